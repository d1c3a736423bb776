"""Markdown tables of the measurements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from benchmarks import summary
from benchmarks.limits import ARITHMETIC
from benchmarks.programs import EXAMPLES, PUBLISHED
from benchmarks.steps import AUGMENTED, PLAIN, READY
from benchmarks.summary import Program
from benchmarks.verdicts import Verdict

STAR = "\\*"  # not the beginning of emphasis


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds(value: float) -> str:
    """0.0123 → 12.3 ms; 7.25 → 7.25 s; 952 → 15 min 52 s."""
    if value < 1:
        return f"{number(1000 * value)} ms"
    if value < 100:
        return f"{number(value)} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def spread(values: Sequence[float]) -> str:
    """Median, and from the least to the most, in one unit."""
    factor, unit = (1000, "ms") if median(values) < 1 else (1, "s")
    middle, least, most = (
        number(factor * value) for value in (median(values), min(values), max(values))
    )
    return f"{middle} {unit}" + (f" ({least}–{most})" if len(values) > 1 else "")


def number(value: float) -> str:
    """Three digits, or more before the decimal point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def programs(found: dict[str, Program]) -> str:
    """Time, throughput and memory of each program."""
    head = ["program", "batch", "training an epoch", "evaluation", "images a second", "epochs"]
    head += ["whole run", "times as fast as (a)", "times as fast as (b)", "peak memory"]
    return table(head, [_program(program, found) for program in found.values()])


def _program(program: Program, found: dict[str, Program]) -> list[str]:
    parts = (program.train_part, program.evaluation_part)
    train, evaluation, either = (STAR * (part < 1) for part in (*parts, min(parts)))
    return [
        title(program.name),
        str(program.batch_size),
        spread(program.train) + train,
        spread(program.evaluation) + evaluation,
        f"{program.images_per_second:,.0f}",
        str(program.epochs),
        seconds(program.run_seconds) + either,
        f"{found[PUBLISHED].run_seconds / program.run_seconds:.3g}",
        f"{found[EXAMPLES].run_seconds / program.run_seconds:.3g}",
        f"{program.peak_bytes / 1e6:,.0f} MB",
    ]


def title(name: str) -> str:
    """The program's name with its letter; recipes as code."""
    letters = {PUBLISHED: "(a)", EXAMPLES: "(b)"}
    return f"{letters[name]} {name}" if name in letters else f"(c) `{name}`"


def extrapolations(found: dict[str, Program]) -> str:
    """What was measured in part only."""
    parts = [
        f"{title(program.name)} {what} from {part:.0%}"
        for program in found.values()
        for what, part in (
            ("training", program.train_part),
            ("evaluation", program.evaluation_part),
        )
        if part < 1
    ]
    return f"{STAR} Extrapolated from a part of an epoch: {'; '.join(parts)}." if parts else ""


def goals(found: dict[str, Program]) -> str:
    """Time to 99.0 % on the validation images."""
    head = ["program", "epochs to 99.0 %", "time to 99.0 %", "highest validation accuracy"]
    return table(head, [_goal(program) for program in found.values()])


def _goal(program: Program) -> list[str]:
    if not program.validation:
        return [title(program.name), "not measured", "–", "–"]
    count = len(program.validation)
    best = f"{max(program.validation):.2%} in {count} epoch{'s' if count > 1 else ''}"
    if program.epochs_to_goal is None:
        return [title(program.name), "not reached", "–", best]
    return [
        title(program.name),
        str(program.epochs_to_goal),
        seconds(program.seconds_to_goal),
        best,
    ]


def inputs(rows: dict[str, Any]) -> str:
    """A step on each kind of input."""
    head = ["recipe", READY, PLAIN, "ratio", AUGMENTED, "ratio", "steps of each"]
    return table(head, [_input(*item) for item in summary.recipes_in(rows, "input").items()])


def _input(name: str, row: dict[str, Any]) -> list[str]:
    ready, cells = row[READY]["median"], [f"`{name}`", quartiles(row[READY])]
    for kind in (PLAIN, AUGMENTED):
        there = kind in row
        cells += (
            [quartiles(row[kind]), f"{row[kind]['median'] / ready:.3f}"] if there else ["–", "–"]
        )
    return [*cells, str(row[READY]["count"])]


def quartiles(row: dict[str, float]) -> str:
    """Median and quartiles, in milliseconds."""
    return f"{1000 * row['median']:.2f} ms ({1000 * row['low']:.2f}–{1000 * row['high']:.2f})"


def limits(rows: dict[str, Any]) -> str:
    """GFLOP/s of the steps against those of matrix products."""
    peak = max(rows["matrix product"].values())
    head = ["recipe", "MFLOP an image", "a step", "GFLOP/s", "of the peak"]
    head += ["in convolutions and linear layers", "of the peak"]
    body = []
    for name, row in summary.recipes_in(rows, "limits").items():
        whole, inside = summary.gflops(row), summary.gflops_inside(row, ARITHMETIC)
        body.append(
            [
                f"`{name}`",
                f"{row['flop'] / row['batch_size'] / 1e6:.1f}",
                seconds(row["seconds"]),
                f"{whole:.1f}",
                f"{whole / peak:.0%}",
                f"{inside:.1f}",
                f"{inside / peak:.0%}",
            ]
        )
    return table(head, body)


def peaks(rows: dict[str, Any]) -> str:
    """The matrix products themselves, in one sentence."""
    found = ", ".join(f"{rate:.0f} at {size}×{size}" for size, rate in rows.items())
    where = "Matrix products in training's precision reach"
    return f"{where}, in GFLOP/s: {found}. The highest is the peak below."


def profiles(rows: dict[str, Any]) -> str:
    """Share of a step in each group of operations."""
    shares = {
        name: summary.profile_shares(row)
        for name, row in summary.recipes_in(rows, "limits").items()
    }
    groups = dict.fromkeys(group for found in shares.values() for group in found)
    head = ["share of a step", *(f"`{name}`" for name in shares)]
    return table(
        head,
        [
            [
                group,
                *(f"{found[group]:.1%}" if group in found else "–" for found in shares.values()),
            ]
            for group in groups
        ],
    )


def judged(found: Sequence[Verdict]) -> str:
    """Target, measurement, verdict."""
    body = []
    for verdict in found:
        words = "reached" if verdict.reached else "**not reached**"
        remark = f"; {verdict.remark}" if verdict.remark else ""
        body.append([verdict.target, verdict.measured, words + remark])
    return table(["target", "measured", "verdict"], body)
