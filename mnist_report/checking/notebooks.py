"""The notebooks of a hand-in: run from top to bottom without errors, with tables that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import nbformat
import pandas as pd
from lxml import html
from nbformat import NotebookNode

from mnist_report.checking import documents
from mnist_report.checking.expected import Expected
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import Finding, State, brief, judged
from mnist_report.common.settings import project_root
from mnist_report.reporting.tables.naming import HTML, name_of

CUT = "..."  # by which pandas shortens long texts where it shows a table by itself
FOLDERS = ("notebooks", "report/build/notebooks")
OWN = ("08_", "own-data.")  # about networks and data of one's own, of which nothing is made again


class Compared(NamedTuple):
    """Outcome for the tables of a notebook: how many are ours or not, and what differs."""

    ours: int
    others: int
    wrong: list[str]


def read(path: Path) -> NotebookNode:
    """Read a notebook as data."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # whatever a damaged file makes of its reader
        raise UnfitFileError(f"{path.name} is no notebook ({type(error).__name__}).") from error
    return notebook


def check(hand_in: HandIn, expected: Callable[[str], Sequence[Expected]]) -> list[Finding]:
    """Check each notebook; its tables must be those of one of the runs.

    `expected` gives for a language what to expect of each run.
    """
    try:
        own, built = (hand_in.files(f"{folder}/*.ipynb") for folder in FOLDERS)
    except UnfitFileError as error:
        return [Finding("notebooks", State.DIFFERS, str(error))]
    speaking = {path.name for path in built}  # an executed copy is what its notebook came to
    findings = [_check(p, hand_in, None if p.name in speaking else expected) for p in own]
    findings += [_check(path, hand_in, expected, built=True) for path in built]
    return findings or [Finding("notebooks", State.MISSING, "there is no notebook")]


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with code; Jupyter gives no number to an empty one."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def ours(output: NotebookNode, expected: Expected) -> pd.DataFrame | None:
    """Make the table again that an output shows; None if it has no name that we know."""
    name = name_of(output)
    return expected.table(name) if name else None


def rows(source: str) -> list[list[str]]:
    """Return the texts of an HTML table's cells, row by row, whichever table they are in."""
    if not source.strip():
        return []
    tree = html.fromstring(source, parser=html.HTMLParser(recover=True, huge_tree=False))
    return [
        [" ".join(c.text_content().split()) for c in row.xpath("./th|./td")]
        for row in tree.iter("tr")
    ]


def _check(
    path: Path,
    hand_in: HandIn,
    expected: Callable[[str], Sequence[Expected]] | None,
    built: bool = False,
) -> Finding:
    name = hand_in.name(path)
    try:
        notebook = read(path)
    except UnfitFileError as error:
        return Finding(name, State.DIFFERS, str(error))
    project_s = project_root() / name
    if not built and project_s.is_file() and project_s.read_bytes() == path.read_bytes():
        return Finding(name, State.AGREES, "as it came with the project, not run again")
    cells = code(notebook)
    if not any(cell.execution_count for cell in cells):
        if not expected:
            return Finding(name, State.AGREES, "not run here, but in its executed copy")
        return Finding(name, State.MISSING, "the notebook was not run")
    wrong = list(_not_as_run(cells))
    if built:
        wrong += _stale(cells, hand_in, path.name)
    told = f"{len(cells)} cells, run in order"
    if expected:
        tables = _tables(cells, () if path.name.startswith(OWN) else expected(_language(notebook)))
        wrong += tables.wrong
        told += f", {tables.ours} tables as the results have them" if tables.ours else ""
        told += f"; {tables.others} tables not compared" if tables.others else ""
    return judged(name, wrong, told)


def _language(notebook: NotebookNode) -> str:
    prose = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return documents.language("".join(prose))


def _not_as_run(cells: list[NotebookNode]) -> Iterator[str]:
    """Yield the first cell that was not run right after the one above it, and all errors."""
    counts = [cell.execution_count for cell in cells]
    in_order = list(range(1, len(cells) + 1))
    if counts != in_order:
        place = next(place for place in in_order if counts[place - 1] != place)
        count, source = counts[place - 1], brief(cells[place - 1].source, 40)
        how = f"was run as number {count}" if count else "was not run"
        yield f"cell {place} of {len(cells)} (“{source}”) {how}"
    for place, cell in enumerate(cells, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {place} stopped with {brief(output.ename)}: {brief(output.evalue)}"


def _stale(cells: list[NotebookNode], hand_in: HandIn, name: str) -> Iterator[str]:
    """Say that an executed copy was made from other code than the notebook now has."""
    folder = "report" if name.startswith("report.") else FOLDERS[0]
    source = hand_in.file(f"{folder}/{name}")
    if source and [c.source for c in code(read(source))] != [c.source for c in cells]:
        yield f"it was run with other code than {folder}/{name} now has"


def _tables(cells: list[NotebookNode], expected: Sequence[Expected]) -> Compared:
    """Compare the tables that the cells show with those of the nearest run."""
    shown = [
        (f"cell {place}", output, source)
        for place, cell in enumerate(cells, start=1)
        for output in cell.outputs
        if "<table" in (source := "".join(output.get("data", {}).get(HTML, "")))
    ]
    tries = [Compared(0, len(shown), [])] if not expected else []
    for one in expected:
        made = [(where, ours(output, one), source) for where, output, source in shown]
        known = [(where, rows(s), rows(t.to_html())) for where, t, s in made if t is not None]
        wrong = list(chain.from_iterable(_differing(*table) for table in known))
        tries.append(Compared(len(known), len(shown) - len(known), wrong))
    return min(tries, key=lambda tried: len(tried.wrong))


def _differing(where: str, theirs: list[list[str]], ours: list[list[str]]) -> Iterator[str]:
    """Yield the first cell of a table that is not as ours, or its wrong number of rows."""
    for found, must in zip(chain(*theirs), chain(*ours), strict=False):
        if found != must and not (found.endswith(CUT) and must.startswith(found[: -len(CUT)])):
            yield f"{where} shows {brief(found)}, must be {brief(must)}"
            return
    if len(theirs) != len(ours):
        yield f"{where}: its table has {len(theirs)} rows, must have {len(ours)}"
