"""Measure speed, memory and start-up, and hold them against the targets.

The report: `results.md` to be read, `results.json` to be computed with. A target that was missed is
shown, never lowered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any, NamedTuple

from benchmarks.accelerator import COMPILED_RECIPE, SEEDS
from benchmarks.jobs import ACCELERATOR
from benchmarks.pace import Pace
from benchmarks.programs import CPU, PUBLISHED
from benchmarks.steps import ARITHMETIC, AUGMENTED, PLAIN, READY
from mnist_report.common import storage
from mnist_report.common.storage import replacing

RESULTS = "results.json"
STAR = "\\*"  # not the beginning of emphasis

# Recipe: how many times quicker than the published program it must be, and hopes to be.
SPEED = {"fast": (180.0, 220.0), "standard": (8.0, 12.0), "best": (1.0, None)}
INPUT = {PLAIN: 1.03, AUGMENTED: 1.15}
MEMORY_BYTES, GROWTH = 1.5e9, 0.01  # allocators breathe
START_UP_SECONDS = 0.5
EXPORT_SECONDS = {"report": 2.0, "20 merged notebooks": 3.0}
EVALUATED, EVALUATION_SECONDS = "standard", 2.0

Rows = dict[str, Any]


def provenance_now(section: str = "") -> dict[str, Any]:
    """Machine, versions, commit, threads and time of a section's measurement."""
    from mnist_report.common import settings
    from mnist_report.common.provenance import provenance

    device = settings.device() if section == ACCELERATOR else CPU
    facts = provenance(0, device).as_json() | {"cores": os.cpu_count()}
    return {key: facts[key] for key in facts if key != "seed"}


def sections(folder: Path) -> dict[str, Any]:
    """The sections that were written there before, perhaps by another machine."""
    path = folder / RESULTS
    return storage.read_json(path)["sections"] if path.exists() else {}


def write(folder: Path, sections: dict[str, Any]) -> Path:
    """Write both files and return the one to be read."""
    judged = [verdict._asdict() for verdict in verdicts(sections)]
    storage.write_json(folder / RESULTS, {"verdicts": judged, "sections": sections})
    path = folder / "results.md"
    with replacing(path) as temporary:
        temporary.write_text(text(sections), encoding="utf-8")
    return path


def text(sections: dict[str, Any]) -> str:
    """The whole of `results.md`."""
    writers = {"programs": _programs, "steps": _steps, "process": _process, "export": _export}
    writers[ACCELERATOR] = _accelerator
    parts = ["# Measurements", "Made by `make bench`; `benchmarks/README.md` says what each means."]
    rows = [(v.target, v.measured, v.verdict) for v in verdicts(sections)]
    parts += ["## Targets", table(["target", "measured", "verdict"], rows)]
    for name, section in sections.items():
        parts += [*writers[name](section["rows"]), machine(section["provenance"])]
        parts += [section["remark"]] if "remark" in section else []
    return "\n\n".join(part for part in parts if part) + "\n"


def machine(facts: dict[str, Any]) -> str:
    """On what a section was measured, in one paragraph."""
    return (
        f"Measured on {facts['device_name']}, {facts['cores']} cores, {facts['threads']} threads, "
        f"training in {facts['precision']}, {facts['platform']}; Python {facts['python']}, "
        f"PyTorch {facts['torch']}, torchvision {facts['torchvision']}, NumPy {facts['numpy']}; "
        f"mnist-report {facts['mnist_report']}, "
        f"commit {facts['git_commit'] or 'unknown'}; {facts['time']}."
    )


# --- targets ----------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """A target and what was measured, in words; and whether that reaches it."""

    target: str
    measured: str
    reached: bool
    remark: str = ""

    @property
    def verdict(self) -> str:
        """In words, with the remark."""
        words = "reached" if self.reached else "**not reached**"
        return words + (f"; {self.remark}" if self.remark else "")


def verdicts(sections: dict[str, Any]) -> list[Verdict]:
    """All verdicts that the measured sections allow."""
    judges = {"programs": _speed, "steps": _input, "process": _commands, "export": _exports}
    judged = [name for name in judges if name in sections]
    return [v for name in judged for v in judges[name](sections[name]["rows"])]


def _speed(rows: Rows) -> Iterable[Verdict]:
    programs = summaries(rows)
    whole = programs[PUBLISHED].run_seconds
    for name, (must, hope) in SPEED.items():
        if name in programs:
            ratio = whole / programs[name].run_seconds
            part = "" if must == 1 else f"1/{must:g} of "
            further = f"the further aim of 1/{hope:g} is " if hope else ""
            further += ("reached, too" if ratio >= hope else "not reached") if hope else ""
            words = f"`{name}` takes at most {part}the published program's time"
            yield Verdict(words, f"1/{ratio:.1f}", ratio >= must, further)


def _input(rows: Rows) -> Iterable[Verdict]:
    for name, row in recipes_in(rows, "input").items():
        for kind, most in INPUT.items():
            if kind in row:
                ratio = row[kind]["median"] / row[READY]["median"]
                words = f"a step of `{name}` {kind} takes at most {most:.2f} times one on a {READY}"
                yield Verdict(words, f"{ratio:.3f}", ratio <= most)


def _commands(rows: Rows) -> Iterable[Verdict]:
    row = rows["start-up"]
    words = f"`mnist-report --help` in at most {START_UP_SECONDS:g} s, without importing PyTorch"
    measured = f"{row['seconds']:.2f} s, {'with' if row['torch'] else 'without'} PyTorch"
    yield Verdict(words, measured, row["seconds"] <= START_UP_SECONDS and not row["torch"])
    if row := rows.get("training memory"):
        words = f"resident memory of `mnist-report train {row['recipe']}`"
        within, peak = f"{words} stays within {MEMORY_BYTES / 1e9:g} GB", row["peak_bytes"]
        yield Verdict(within, f"{peak / 1e9:.2f} GB", peak <= MEMORY_BYTES)
        grown = row["late_bytes"] - row["middle_bytes"]
        measured = f"{grown / 1e6:+.0f} MB from the middle of training to its end"
        still = grown <= GROWTH * row["middle_bytes"]
        yield Verdict(f"{words} does not grow with the epochs", measured, still)
    row = rows[f"{EVALUATED} / evaluation"]
    words = f"{row['images']:,} logits of `{EVALUATED}` in under {EVALUATION_SECONDS:g} s"
    yield Verdict(words, f"{row['seconds']:.2f} s", row["seconds"] < EVALUATION_SECONDS)


def _exports(rows: Rows) -> Iterable[Verdict]:
    for row in rows.values():
        most, same = EXPORT_SECONDS[row["what"]], "the same" if row["same"] else "other bytes"
        words = f"{row['what']} to {row['to']} in at most {most:g} s, twice the same bytes"
        reached = row["seconds"] <= most and row["same"]
        yield Verdict(words, f"{row['seconds']:.2f} s, {same}", reached)


# --- from rows to numbers ---------------------------------------------------------------------


class Program(NamedTuple):
    """A program over all its turns: seconds of an epoch's training and evaluation, one a round."""

    name: str
    turn: Rows  # the first one: epochs, images, batch_size
    train: list[Pace]
    evaluation: list[Pace]
    start: float  # seconds that the first steps take longer than later ones; of ours only
    peak_bytes: int  # resident memory, the most of all rounds

    @property
    def run_seconds(self) -> float:
        """The whole run, of medians of the rounds."""
        epoch = sum(
            median(pace.epoch_seconds for pace in part) for part in (self.train, self.evaluation)
        )
        return self.start + self.turn["epochs"] * epoch


def summaries(rows: Rows) -> dict[str, Program]:
    """The programs, by name, in the order of their turns."""
    names = dict.fromkeys(key.split(" / round ")[0] for key in rows if " / round " in key)
    return {name: _summary(name, rows) for name in names}


def _summary(name: str, rows: Rows) -> Program:
    turns = [row for key, row in rows.items() if key.startswith(f"{name} / round ")]
    train, evaluation = ([Pace(**turn[part]) for turn in turns] for part in ("train", "evaluation"))
    start = median(turn.get("start", 0.0) for turn in turns)
    return Program(
        name, turns[0], train, evaluation, start, max(turn["peak_bytes"] for turn in turns)
    )


def recipes_in(rows: Rows, kind: str) -> Rows:
    """Recipe → its row of that kind."""
    end = f" / {kind}"
    return {key.removesuffix(end): row for key, row in rows.items() if key.endswith(end)}


# --- tables -----------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds(value: float) -> str:
    """0.0123 → 12.3 ms; 7.25 → 7.25 s; 952 → 15 min 52 s."""
    if value < 100:
        return f"{number(1000 * value)} ms" if value < 1 else f"{number(value)} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def spread(values: Sequence[float]) -> str:
    """Median, and from the least to the most, in one unit."""
    factor, unit = (1000, "ms") if median(values) < 1 else (1, "s")
    middle, least, most = (number(factor * v) for v in (median(values), min(values), max(values)))
    return f"{middle} {unit}" + (f" ({least}–{most})" if len(values) > 1 else "")


def number(value: float) -> str:
    """Three digits, or more before the decimal point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _programs(rows: Rows) -> list[str]:
    found = summaries(rows)
    rounds = len(found[PUBLISHED].train)
    head = ["program", "batch", "training an epoch", "evaluation", "images a second", "epochs"]
    head += ["whole run", "times as fast", "peak memory"]
    return [
        "## Programs",
        f"Each in a process of its own, in turn, {rounds} round{'s' if rounds > 1 else ''}: "
        "the median, and in brackets the least and the most. The published program computes in "
        f"float32, as it is written. {STAR} Extrapolated from a part of an epoch.",
        table(head, [_program(program, found[PUBLISHED]) for program in found.values()]),
    ]


def _program(program: Program, published: Program) -> list[str]:
    parts = [
        spread([pace.epoch_seconds for pace in part]) + STAR * (min(p.share for p in part) < 1)
        for part in (program.train, program.evaluation)
    ]
    rate = program.turn["images"] / median(pace.epoch_seconds for pace in program.train)
    return [
        program.name if program.name == PUBLISHED else f"`{program.name}`",
        str(program.turn["batch_size"]),
        *parts,
        f"{rate:,.0f}",
        str(program.turn["epochs"]),
        seconds(program.run_seconds),
        f"{published.run_seconds / program.run_seconds:.3g}",
        f"{program.peak_bytes / 1e6:,.0f} MB",
    ]


def _steps(rows: Rows) -> list[str]:
    peaks = ", ".join(f"{rate:.0f} at {n}×{n}" for n, rate in rows["matrix product"].items())
    costs, limits = recipes_in(rows, "input"), recipes_in(rows, "limits")
    shares = {name: profile_shares(row) for name, row in limits.items()}
    groups = dict.fromkeys(group for found in shares.values() for group in found)
    profiles = [
        [group, *(f"{found[group]:.1%}" if group in found else "–" for found in shares.values())]
        for group in groups
    ]
    head = ["recipe", READY, PLAIN, "ratio", AUGMENTED, "ratio", "steps of each"]
    rates = ["recipe", "MFLOP an image", "a step", "GFLOP/s", "of the peak"]
    rates += ["in convolutions and linear layers", "of the peak"]
    best = max(rows["matrix product"].values())
    return [
        "## What input costs",
        "The same training step on different input, in turn: median and quartiles.",
        table(head, [_cost(name, row) for name, row in costs.items()]),
        "## How near to the limit",
        f"Matrix products in training's precision reach {peaks} GFLOP/s.",
        table(rates, [_limit(name, row, best) for name, row in limits.items()]),
        "### Where a step goes",
        "By PyTorch's profiler, which slows small operations down more than large ones.",
        table(["share of a step", *(f"`{name}`" for name in shares)], profiles),
    ]


def _cost(name: str, row: Rows) -> list[str]:
    cells = [f"`{name}`"]
    for kind in (READY, PLAIN, AUGMENTED):
        if found := row.get(kind):
            low, middle, high = (1000 * found[key] for key in ("low", "median", "high"))
            cells.append(f"{middle:.2f} ms ({low:.2f}–{high:.2f})")
            cells.append(f"{found['median'] / row[READY]['median']:.3f}")
        else:
            cells += ["–", "–"]
    del cells[2]  # the ratio of the first to itself
    return [*cells, str(row[READY]["count"])]


def _limit(name: str, row: Rows, peak: float) -> list[str]:
    whole = row["flop"] / row["seconds"] / 1e9
    # What is counted happens in these groups of the profile only.
    share = sum(profile_shares(row).get(group, 0.0) for group in ARITHMETIC)
    inside, per_image = whole / share if share else 0.0, row["flop"] / row["batch_size"] / 1e6
    rates = [f"{whole:.1f}", f"{whole / peak:.0%}", f"{inside:.1f}", f"{inside / peak:.0%}"]
    return [f"`{name}`", f"{per_image:.1f}", seconds(row["seconds"]), *rates]


def profile_shares(row: Rows) -> dict[str, float]:
    """Group → its share of a step."""
    total = sum(row["profile"].values())
    return {group: spent / total for group, spent in row["profile"].items()}


def _process(rows: Rows) -> list[str]:
    start = rows["start-up"]
    lines = [f"- `mnist-report --help`: {start['seconds']:.2f} s, at worst {start['worst']:.2f}"]
    lines += [
        f"- {row['images']:,} logits of `{name}`: {row['seconds']:.2f} s, "
        f"{row['first']:.2f} s the first time"
        for name, row in recipes_in(rows, "evaluation").items()
    ]
    if row := rows.get("training memory"):
        peak, middle, late = (row[f"{key}_bytes"] / 1e6 for key in ("peak", "middle", "late"))
        lines.append(
            f"- `mnist-report train {row['recipe']}`: {seconds(row['seconds'])} from start to end; "
            f"{peak:,.0f} MB at most, {middle:,.0f} MB in the middle, {late:,.0f} MB near the end"
        )
    return ["## Commands", "\n".join(lines)]


def _export(rows: Rows) -> list[str]:
    body = [
        [row["what"], row["to"], str(row["cells"]), f"{row['seconds']:.2f}", f"{row['worst']:.2f}"]
        for row in rows.values()
    ]
    head = ["notebook", "format", "cells", "seconds", "at worst"]
    return ["## Export", "After start-up, one after the other.", table(head, body)]


def _accelerator(rows: Rows) -> list[str]:
    turn = rows[PUBLISHED]
    epoch = sum(Pace(**turn[part]).epoch_seconds for part in ("train", "evaluation"))
    body = [[PUBLISHED, "–", seconds(turn["epochs"] * epoch) + STAR, "–", "–"]]
    whole = {n: [rows[key] for key in rows if key.startswith(f"{n} / seed ")] for n in SEEDS}
    body += [_runs(name, found) for name, found in whole.items() if found]
    costs = next(row for key, row in rows.items() if key.endswith(" / steps"))
    head = ["program", "runs", "training", "test accuracy", "memory of the card"]
    return [
        "## On an accelerator",
        f"Whole runs, one after the other. {STAR} With its crash mended: batches are moved to the "
        "device; extrapolated from a part of an epoch.",
        table(head, body),
        f"A step of `{COMPILED_RECIPE}` in turn, median and quartiles; the last column is the very "
        "first step, in which it is compiled.",
        table(["step", "a step", "the first"], [_step(kind, costs) for kind in costs["steps"]]),
    ]


def _runs(name: str, rows: list[Rows]) -> list[str]:
    right = [100 * (1 - row["errors"] / row["images"]) for row in rows]
    accuracy = f"{mean(right):.2f}" + (f" ± {stdev(right):.2f}" if len(right) > 1 else "") + " %"
    memory = f"{max(row['peak_bytes'] for row in rows) / 1e6:,.0f} MB"
    return [f"`{name}`", str(len(rows)), spread([r["seconds"] for r in rows]), accuracy, memory]


def _step(kind: str, costs: Rows) -> list[str]:
    low, middle, high = (1000 * costs["steps"][kind][key] for key in ("low", "median", "high"))
    first = costs["first"].get(kind)
    return [kind, f"{middle:.2f} ms ({low:.2f}–{high:.2f})", seconds(first) if first else "–"]
