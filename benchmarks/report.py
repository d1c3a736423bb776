"""The report: `results.md` to be read, `results.json` to be computed with."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import summary, tables
from benchmarks.verdicts import verdicts
from mnist_report.common import storage
from mnist_report.common.storage import replacing

RESULTS = "results.json"


def provenance_now() -> dict[str, Any]:
    """Machine, versions, commit, threads and time."""
    import torch

    from mnist_report.common.provenance import provenance

    facts = provenance(0, torch.device("cpu")).as_json() | {"cores": os.cpu_count()}
    return {key: facts[key] for key in facts if key != "seed"}


def sections(folder: Path) -> dict[str, Any]:
    """The sections that were written there before, perhaps by another machine."""
    path = folder / RESULTS
    return storage.read_json(path)["sections"] if path.exists() else {}


def write(folder: Path, sections: dict[str, Any]) -> Path:
    """Write both files and return the one to be read."""
    judged = [asdict(verdict) for verdict in verdicts(sections)]
    storage.write_json(folder / RESULTS, {"verdicts": judged, "sections": sections})
    path = folder / "results.md"
    with replacing(path) as temporary:
        temporary.write_text(text(sections), encoding="utf-8")
    return path


def text(sections: dict[str, Any]) -> str:
    """The whole of `results.md`."""
    writers = {"programs": _programs, "steps": _steps, "process": _process, "export": _export}
    parts = [
        "# Measurements",
        "Made by `make bench`; `benchmarks/README.md` says what each table means.",
        "## Targets",
        tables.judged(verdicts(sections)),
    ]
    for name, section in sections.items():
        parts += [*writers[name](section["rows"]), machine(section["provenance"])]
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


def _programs(rows: dict[str, Any]) -> list[str]:
    found = summary.programs(rows)
    rounds = len(next(iter(found.values())).train)
    return [
        "## Programs",
        f"Each in a process of its own, in turn, {rounds} round{'s' if rounds > 1 else ''}: "
        "the median, and in brackets the least and the most. "
        "(a) and (b) compute in float32, as they are written.",
        tables.programs(found),
        tables.extrapolations(found),
        "### Time to 99.0 % of the validation images",
        "Epochs from a training of its own (seed 0; (b): its default, 1), times the seconds above. "
        "(a) trains as `original` does.",
        tables.goals(found),
    ]


def _steps(rows: dict[str, Any]) -> list[str]:
    return [
        "## What input costs",
        "The same training step on different input, in turn: median and quartiles.",
        tables.inputs(rows),
        "## How near to the limit",
        tables.peaks(rows["matrix product"]),
        tables.limits(rows),
        "### Where a step goes",
        "By PyTorch's profiler, which slows small operations down more than large ones.",
        tables.profiles(rows),
    ]


def _process(rows: dict[str, Any]) -> list[str]:
    start, lines = rows["start-up"], []
    lines.append(
        f"- `mnist-report --help`: {start['seconds']:.2f} s, at worst {start['worst']:.2f}"
    )
    for name, row in summary.recipes_in(rows, "evaluation").items():
        first = f"{row['first']:.2f} s the first time"
        lines.append(f"- {row['images']:,} logits of `{name}`: {row['seconds']:.2f} s, {first}")
    if "training memory" in rows:
        lines.append(_memory(rows["training memory"]))
    return ["## Commands", "\n".join(lines)]


def _memory(row: dict[str, Any]) -> str:
    middle, late, peak = (row[f"{key}_bytes"] / 1e6 for key in ("middle", "late", "peak"))
    return (
        f"- `mnist-report train {row['recipe']}`: {tables.seconds(row['seconds'])} from start to "
        f"end; {peak:,.0f} MB at most, {middle:,.0f} MB in the middle, {late:,.0f} MB near the end"
    )


def _export(rows: dict[str, Any]) -> list[str]:
    body = [
        [row["what"], row["to"], str(row["cells"]), f"{row['seconds']:.2f}", f"{row['worst']:.2f}"]
        for row in rows.values()
    ]
    head = ["notebook", "format", "cells", "seconds", "at worst"]
    return ["## Export", "After start-up, one after the other.", tables.table(head, body)]
