"""The notebooks of a hand-in: run from top to bottom without errors, with tables that agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import nbformat
import pandas as pd
from lxml import html
from nbformat import NotebookNode

from mnist_report.checking import documents
from mnist_report.checking.expected import Expectations, Expected
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import Finding, State, brief, judged
from mnist_report.common.settings import project_root
from mnist_report.reporting.tables.naming import HTML, name_of

CUT = "..."  # by which pandas shortens long texts where it shows a table by itself
FOLDERS = ("notebooks", "report/build/notebooks")
OWN = ("08_", "own-data.")  # about networks and data of one's own, of which nothing is made again


def read(path: Path) -> NotebookNode:
    """Read a notebook as data."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # whatever a damaged file makes of its reader
        raise UnfitFileError(f"{path.name} is no notebook ({type(error).__name__}).") from error
    return notebook


def check(hand_in: HandIn, expected: Expectations) -> list[Finding]:
    """Check each notebook; its tables must be those of one of the runs."""
    try:
        own, built = (hand_in.files(f"{folder}/*.ipynb") for folder in FOLDERS)
    except UnfitFileError as error:
        return [Finding("notebooks", State.DIFFERS, str(error))]
    speaking = {path.name for path in built}  # an executed copy is what its notebook came to
    findings = [_check(p, hand_in, None if p.name in speaking else expected) for p in own]
    findings += [_check(path, hand_in, expected) for path in built]
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


def _check(path: Path, hand_in: HandIn, expected: Expectations | None) -> Finding:
    name = hand_in.name(path)
    built, ours = name.startswith(FOLDERS[1]), project_root() / name
    try:
        notebook = read(path)
    except UnfitFileError as error:
        return Finding(name, State.DIFFERS, str(error))
    if not built and ours.is_file() and ours.read_bytes() == path.read_bytes():
        return Finding(name, State.AGREES, "as it came with the project, not run again")
    cells = code(notebook)
    if not any(cell.execution_count for cell in cells):
        if not expected:
            return Finding(name, State.AGREES, "not run here, but in its executed copy")
        return Finding(name, State.MISSING, "the notebook was not run")
    wrong = list(_not_as_run(cells))
    if built:
        source = f"{'report' if path.name.startswith('report.') else FOLDERS[0]}/{path.name}"
        now = hand_in.file(source)
        if now and [c.source for c in code(read(now))] != [c.source for c in cells]:
            wrong.append(f"it was run with other code than {source} now has")
    told = f"{len(cells)} cells, run in order"
    if expected:
        prose = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        own = path.name.startswith(OWN)
        differing, compared = _tables(cells, () if own else expected(documents.language(prose)))
        wrong, told = wrong + differing, told + compared
    return judged(name, wrong, told)


def _not_as_run(cells: list[NotebookNode]) -> Iterator[str]:
    """Yield the first cell that was not run right after the one above it, and all errors."""
    places = list(enumerate(cells, start=1))
    for place, cell in [one for one in places if one[1].execution_count != one[0]][:1]:
        count, source = cell.execution_count, brief(cell.source, 40)
        how = f"was run as number {count}" if count else "was not run"
        yield f"cell {place} of {len(cells)} (“{source}”) {how}"
    for place, cell in places:
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {place} stopped with {brief(output.ename)}: {brief(output.evalue)}"


def _tables(cells: list[NotebookNode], expected: Sequence[Expected]) -> tuple[list[str], str]:
    """Compare the tables that the cells show with those of the nearest run; say how many agree."""
    shown = [
        (f"cell {place}", output, source)
        for place, cell in enumerate(cells, start=1)
        for output in cell.outputs
        if "<table" in (source := "".join(output.get("data", {}).get(HTML, "")))
    ]
    tries: list[tuple[list[str], int]] = []
    for one in expected:
        made = [(where, rows(source), ours(output, one)) for where, output, source in shown]
        known = [(where, found, rows(t.to_html())) for where, found, t in made if t is not None]
        tries.append(([line for table in known for line in _differing(*table)], len(known)))
    wrong, count = min(tries, key=lambda tried: len(tried[0]), default=([], 0))
    told = f", {count} tables as the results have them" if count else ""
    left = len(shown) - count
    return wrong, told + (f"; {left} tables not compared" if left else "")


def _differing(where: str, theirs: list[list[str]], ours: list[list[str]]) -> Iterator[str]:
    """Yield the first cell of a table that is not as ours, or its wrong number of rows."""
    for found, must in zip(chain(*theirs), chain(*ours), strict=False):
        if found != must and not (found.endswith(CUT) and must.startswith(found[: -len(CUT)])):
            yield f"{where} shows {brief(found)}, must be {brief(must)}"
            return
    if len(theirs) != len(ours):
        yield f"{where}: its table has {len(theirs)} rows, must have {len(ours)}"
