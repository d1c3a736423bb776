"""Measure speed, memory and start-up, and hold them against the targets.

The report: `results.md` to be read, whose form is `results.md.jinja`, `results.json` to be computed
with. A target that was missed is shown, never lowered.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any, NamedTuple

from jinja2 import Environment

from benchmarks.jobs import ACCELERATOR
from benchmarks.process import Pace
from benchmarks.programs import CPU, PUBLISHED
from benchmarks.steps import ARITHMETIC, AUGMENTED, PLAIN, READY, SEEDS
from mnist_report.common import settings, storage
from mnist_report.common.provenance import provenance

RESULTS = "results.json"

# Recipe: how many times quicker than the published program it must be, and hopes to be.
SPEED = {"fast": (180.0, 220.0), "standard": (8.0, 12.0), "best": (1.0, None)}
INPUT = {PLAIN: 1.03, AUGMENTED: 1.15}
MEMORY_BYTES, GROWTH = 1.5e9, 0.01  # allocators breathe
START_UP_SECONDS = 0.5
EXPORT_SECONDS = {"report": 2.0, "20 merged notebooks": 3.0}
EVALUATED, EVALUATION_SECONDS = "standard", 2.0

Rows = dict[str, Any]


def provenance_now(section: str = "") -> Rows:
    """Machine, versions, commit, threads and time of a section's measurement."""
    device = settings.device() if section == ACCELERATOR else CPU
    facts = provenance(0, device).as_json() | {"cores": os.cpu_count()}
    return {key: facts[key] for key in facts if key != "seed"}


def sections(folder: Path) -> Rows:
    """The sections that were written there before, perhaps by another machine."""
    path = folder / RESULTS
    return storage.read_json(path)["sections"] if path.exists() else {}


def write(folder: Path, sections: Rows) -> Path:
    """Write both files and return the one to be read."""
    judged = [verdict._asdict() for verdict in verdicts(sections)]
    storage.write_json(folder / RESULTS, {"verdicts": judged, "sections": sections})
    path = folder / "results.md"
    with storage.replacing(path) as temporary:
        temporary.write_text(text(sections), encoding="utf-8")
    return path


def text(sections: Rows) -> str:
    """The whole of `results.md`."""
    page = Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 (Markdown, not HTML)
    filters = (summaries, of_recipes, whole_runs, rates, shares)
    filters += (epochs, seconds, spread, megabytes, quartiles, accuracy)
    page.filters |= {function.__name__: function for function in filters}
    form = Path(__file__).with_name("results.md.jinja").read_text(encoding="utf-8")
    written = page.from_string(form).render(sections=sections, verdicts=verdicts(sections))
    return re.sub(r"\n{3,}", "\n\n", written).strip() + "\n"


# --- targets ----------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """A target and what was measured, in words; and whether that reaches it."""

    target: str
    measured: str
    reached: bool
    remark: str = ""


def verdicts(sections: Rows) -> list[Verdict]:
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
    for name, row in of_recipes(rows, "input").items():
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
        parts = (self.train, self.evaluation)
        epoch = sum(median(pace.epoch_seconds for pace in part) for part in parts)
        return self.start + self.turn["epochs"] * epoch

    @property
    def images_a_second(self) -> float:
        """Images of the median epoch."""
        return self.turn["images"] / median(pace.epoch_seconds for pace in self.train)


def summaries(rows: Rows) -> dict[str, Program]:
    """The programs, by name, in the order of their turns."""
    programs = {}
    for name in dict.fromkeys(key.split(" / round ")[0] for key in rows):
        turns = [row for key, row in rows.items() if key.split(" / round ")[0] == name]
        paces = ([Pace(**turn[part]) for turn in turns] for part in ("train", "evaluation"))
        start = median(turn.get("start", 0.0) for turn in turns)
        most = max(turn.get("peak_bytes", 0) for turn in turns)
        programs[name] = Program(name, turns[0], *paces, start, most)
    return programs


def of_recipes(rows: Rows, kind: str) -> Rows:
    """Recipe → its row of that kind."""
    end = f" / {kind}"
    return {key.removesuffix(end): row for key, row in rows.items() if key.endswith(end)}


def shares(row: Rows) -> dict[str, float]:
    """Group of operations → its share of a step."""
    total = sum(row["profile"].values())
    return {group: spent / total for group, spent in row["profile"].items()}


def rates(row: Rows) -> tuple[float, float]:
    """GFLOP/s of a step, and inside convolutions and linear layers, where all is counted."""
    whole = row["flop"] / row["seconds"] / 1e9
    share = sum(shares(row).get(group, 0.0) for group in ARITHMETIC)
    return whole, whole / share if share else 0.0


def whole_runs(rows: Rows) -> dict[str, list[Rows]]:
    """Recipe → the rows of its seeds, where there are some."""
    found = {n: [rows[key] for key in rows if key.startswith(f"{n} / seed ")] for n in SEEDS}
    return {name: runs for name, runs in found.items() if runs}


# --- numbers in words -------------------------------------------------------------------------


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


def epochs(paces: Sequence[Pace]) -> str:
    """The spread of an epoch's seconds, with a star where they were extrapolated."""
    star = "\\*" if min(pace.share for pace in paces) < 1 else ""  # not the beginning of emphasis
    return spread([pace.epoch_seconds for pace in paces]) + star


def quartiles(row: Rows, ready: Rows | None = None) -> str:
    """Median and quartiles of a step, and in a further cell its ratio to one on a ready batch."""
    low, middle, high = (1000 * row[key] for key in ("low", "median", "high"))
    ratio = f" | {row['median'] / ready['median']:.3f}" if ready else ""
    return f"{middle:.2f} ms ({low:.2f}–{high:.2f}){ratio}"


def megabytes(value: float) -> str:
    """1.6e9 → 1,600 MB."""
    return f"{value / 1e6:,.0f} MB"


def accuracy(runs: Sequence[Rows]) -> str:
    """Mean and deviation of the runs' accuracies, in per cent."""
    right = [100 * (1 - row["errors"] / row["images"]) for row in runs]
    return f"{mean(right):.2f}" + (f" ± {stdev(right):.2f}" if len(right) > 1 else "") + " %"
