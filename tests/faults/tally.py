"""Counts what became of each injected fault: survived, refused clearly, or lost."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from notebook_report.errors import ExportError

RECORD = settings.project_root() / "docs" / "reliability.json"
PAGE = RECORD.with_suffix(".md")
FIGURES = re.compile(r"(?<=<!-- figures: made by make test-faults -->\n).*?(?=<!-- end -->)", re.S)
LONG = os.environ.get("MNIST_REPORT_FAULTS") == "long"


def budget(quick: int, long: int) -> int:
    """How often to try: `quick` in every run of the tests, `long` in `make test-faults`."""
    return long if LONG else quick


@dataclass
class Row:
    """A kind of fault, and what became of those that were tried."""

    kind: str
    fuzzed: bool
    tried: int = 0
    survived: int = 0
    refused: int = 0
    lost: int = 0


class Fault:
    """One fault, from its injection until all that it may have harmed was looked at."""

    def __init__(self) -> None:
        self.refusal = ""

    def attempt(self, action: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What the action gives, or None where it refuses by an error of ours in one line."""
        try:
            return action(*arguments, **named)
        except (ReportError, ExportError) as error:
            self.refusal = str(error)
            assert self.refusal, type(error)
            assert "\n" not in self.refusal, self.refusal
            assert len(self.refusal) < 2000, self.refusal
            return None


class Tally:
    """All kinds of faults of a run of the tests."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    @contextmanager
    def fault(self, kind: str, *, fuzzed: bool = False) -> Iterator[Fault]:
        """A fault is lost unless this block ends without an error.

        Args:
            kind: its row in the table.
            fuzzed: whether it is one of many random inputs, not a fault of the machine.
        """
        row = self.rows.setdefault(kind, Row(kind, fuzzed))
        row.tried += 1
        row.lost += 1
        fault = Fault()
        yield fault
        row.lost -= 1
        if fault.refusal:
            row.refused += 1
        else:
            row.survived += 1

    def table(self) -> list[str]:
        """The rows in Markdown, with their sums."""
        return table([asdict(row) for row in self.rows.values()])


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Kinds of faults, and what became of them, as lines of Markdown."""
    columns = ("tried", "survived", "refused", "lost")
    parts = [("faults", False), ("fuzzed inputs", True)]
    lines = [
        "| kind of fault | tried | survived | refused clearly | lost |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, fuzzed in parts:
        some = [row for row in rows if row["fuzzed"] == fuzzed]
        lines += [_line(row["kind"], [row[key] for key in columns]) for row in some]
        lines.append(_line(f"**all {name}**", [sum(row[key] for row in some) for key in columns]))
    return lines


def _line(name: str, numbers: list[int]) -> str:
    return f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |"


def recorded() -> list[dict[str, Any]]:
    """The rows of the record, none before there is one."""
    return json.loads(RECORD.read_text(encoding="utf-8"))["rows"] if RECORD.exists() else []


def merged(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of both, the newer ones in the places of older ones of their kind."""
    return list(({row["kind"]: row for row in before} | {row["kind"]: row for row in now}).values())


def with_figures(page: str, record: dict[str, Any]) -> str:
    """The page with these figures in the place of those that it has."""
    names = ("python", "torch", "numpy", "pillow", "hypothesis")
    versions = ", ".join(f"{name} {record[name]}" for name in names)
    head = f"\nRecorded {record['date']} on {record['machine']}, one thread, {versions}:\n"
    return FIGURES.sub(lambda _: "\n".join([head, *table(record["rows"]), "\n"]), page)
