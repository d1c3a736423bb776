"""The targets, and whether they were reached. A target that was missed is shown, never lowered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import summary
from benchmarks.programs import PUBLISHED
from benchmarks.steps import AUGMENTED, PLAIN, READY

# Recipe: how many times quicker than the published program it must be, and hopes to be.
SPEED = {"fast": (90.0, 200.0), "standard": (6.0, 10.0), "best": (1.0, None)}
INPUT = {PLAIN: 1.03, AUGMENTED: 1.10}
MEMORY_BYTES = 1.5e9
GROWTH = 0.01  # of what is resident: allocators breathe
START_UP_SECONDS = 0.5
EXPORT_SECONDS = {"report": 2.0, "20 merged notebooks": 3.0}
EVALUATED, EVALUATION_SECONDS = "standard", 2.0


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured.

    Attributes:
        target: in words.
        measured: in words.
        reached: whether it was reached.
        remark: what else is to be said, such as whether a further aim was reached, too.
    """

    target: str
    measured: str
    reached: bool
    remark: str = ""


def verdicts(sections: dict[str, Any]) -> list[Verdict]:
    """All verdicts that the measured sections allow."""
    judges = {"programs": _speed, "steps": _input, "process": _process, "export": _export}
    return [
        verdict for name, section in sections.items() for verdict in judges[name](section["rows"])
    ]


def _speed(rows: dict[str, Any]) -> list[Verdict]:
    programs = summary.programs(rows)
    whole = programs[PUBLISHED].run_seconds
    found = []
    for name, (must, hope) in SPEED.items():
        if name in programs:
            ratio = whole / programs[name].run_seconds
            found.append(
                Verdict(
                    f"`{name}` takes at most {_part(must)}the published program's time",
                    f"1/{ratio:.1f}",
                    ratio >= must,
                    _hope(ratio, hope),
                )
            )
    return found


def _part(must: float) -> str:
    return "" if must == 1 else f"1/{must:g} of "


def _hope(ratio: float, hope: float | None) -> str:
    if hope is None:
        return ""
    return f"the further aim of 1/{hope:g} is {'reached, too' if ratio >= hope else 'not reached'}"


def _input(rows: dict[str, Any]) -> list[Verdict]:
    found = []
    for name, row in summary.recipes_in(rows, "input").items():
        for kind, most in INPUT.items():
            if kind in row:
                ratio = row[kind]["median"] / row[READY]["median"]
                words = f"a step of `{name}` {kind} takes at most {most:.2f} times one on a {READY}"
                found.append(Verdict(words, f"{ratio:.3f}", ratio <= most))
    return found


def _process(rows: dict[str, Any]) -> list[Verdict]:
    found = [_start_up(rows["start-up"])]
    if "training memory" in rows:
        found += _memory(rows["training memory"])
    row = rows[f"{EVALUATED} / evaluation"]
    found.append(
        Verdict(
            f"{row['images']:,} logits of `{EVALUATED}` in under {EVALUATION_SECONDS:g} s",
            f"{row['seconds']:.2f} s",
            row["seconds"] < EVALUATION_SECONDS,
        )
    )
    return found


def _start_up(row: dict[str, Any]) -> Verdict:
    return Verdict(
        f"`mnist-report --help` in at most {START_UP_SECONDS:g} s, without importing PyTorch",
        f"{row['seconds']:.2f} s, {'with' if row['torch'] else 'without'} PyTorch",
        row["seconds"] <= START_UP_SECONDS and not row["torch"],
    )


def _memory(row: dict[str, Any]) -> list[Verdict]:
    words = f"`mnist-report train {row['recipe']}`"
    grown = row["late_bytes"] - row["middle_bytes"]
    return [
        Verdict(
            f"resident memory of {words} stays within {MEMORY_BYTES / 1e9:g} GB",
            f"{row['peak_bytes'] / 1e9:.2f} GB",
            row["peak_bytes"] <= MEMORY_BYTES,
        ),
        Verdict(
            f"resident memory of {words} does not grow with the epochs",
            f"{grown / 1e6:+.0f} MB from the middle of training to its end",
            grown <= GROWTH * row["middle_bytes"],
        ),
    ]


def _export(rows: dict[str, Any]) -> list[Verdict]:
    found = []
    for row in rows.values():
        most = EXPORT_SECONDS[row["what"]]
        found.append(
            Verdict(
                f"{row['what']} to {row['to']} in at most {most:g} s, twice the same bytes",
                f"{row['seconds']:.2f} s, {'the same' if row['same'] else 'other bytes'}",
                row["seconds"] <= most and row["same"],
            )
        )
    return found
