"""Were the notebooks run from top to bottom, without errors, and do their tables agree?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import nbformat
import pandas as pd
from lxml import html
from nbformat import NotebookNode

from mnist_report.checking.documents import is_chinese
from mnist_report.checking.expected import Expected
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import Finding, State, brief, judged
from mnist_report.common.settings import project_root
from mnist_report.reporting.tables.naming import HTML, Name, name_of

CUT = "..."
OWN = ("08_", "own-data.")  # about networks and data of one's own, of which nothing is made again
FOLDERS = ("notebooks", "report/build/notebooks")


def read(path: Path) -> NotebookNode:
    """A notebook as data.

    Raises:
        UnfitFileError: it is none.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # whatever a damaged file makes of its reader
        raise UnfitFileError(f"{path.name} is no notebook ({type(error).__name__}).") from error
    return notebook


def check(hand_in: HandIn, expected: Callable[[str], list[Expected]]) -> list[Finding]:
    """A finding for each notebook.

    Args:
        hand_in: what was handed in.
        expected: gives for a language what to expect of each run; a notebook's tables must be
            those of one of them.
    """
    try:
        own, built = (hand_in.files(f"{folder}/*.ipynb") for folder in FOLDERS)
    except UnfitFileError as error:
        return [Finding("notebooks", State.DIFFERS, str(error))]
    speaking = {path.name for path in built}  # an executed copy is what its notebook came to
    findings = [_check(p, hand_in, None if p.name in speaking else expected) for p in own]
    findings += [_check(path, hand_in, expected, built=True) for path in built]
    return findings or [Finding("notebooks", State.MISSING, "there is no notebook")]


def _check(
    path: Path,
    hand_in: HandIn,
    expected: Callable[[str], list[Expected]] | None,
    built: bool = False,
) -> Finding:
    name = hand_in.name(path)
    try:
        notebook = read(path)
    except UnfitFileError as error:
        return Finding(name, State.DIFFERS, str(error))
    ours = project_root() / name
    if not built and ours.is_file() and ours.read_bytes() == path.read_bytes():
        return Finding(name, State.AGREES, "as it came with the project, not run again")
    cells = code(notebook)
    if not any(cell.execution_count for cell in cells):
        if not expected:
            return Finding(name, State.AGREES, "not run here, but in its executed copy")
        return Finding(name, State.MISSING, "the notebook was not run")
    wrong = [*out_of_order(cells), *errors(cells)]
    if built:
        wrong += _stale(cells, hand_in, path.name)
    own = path.name.startswith(OWN)
    compared = tables(cells, expected(language(notebook)) if expected and not own else [])
    told = f", {compared.ours} tables as the results have them" if compared.ours else ""
    if expected and compared.others:
        told += f"; {compared.others} tables not compared"
    return judged(name, [*wrong, *compared.wrong], f"{len(cells)} cells, run in order{told}")


def language(notebook: NotebookNode) -> str:
    """The language of a notebook's prose."""
    prose = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return "zh-CN" if is_chinese(prose) else "en"


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells with code; Jupyter gives no number to an empty one."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def out_of_order(cells: list[NotebookNode]) -> Iterator[str]:
    """The first cell that was not run right after the one above it, in a fresh kernel."""
    for place, cell in enumerate(cells, start=1):
        count = cell.execution_count
        if count != place:
            how = f"was run as number {count}" if count else "was not run"
            yield f"cell {place} of {len(cells)} (“{brief(cell.source, 40)}”) {how}"
            return


def errors(cells: list[NotebookNode]) -> Iterator[str]:
    """Cells that stopped with an error."""
    for place, cell in enumerate(cells, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {place} stopped with {brief(output.ename)}: {brief(output.evalue)}"


class Compared(NamedTuple):
    """What became of the tables in a notebook: how many are ours or not, and what differs."""

    ours: int
    others: int
    wrong: list[str]


def tables(cells: list[NotebookNode], expected: list[Expected]) -> Compared:
    """Compare the tables that the cells show with those of the nearest run."""
    tries = [_against(cells, one.table) for one in expected] or [_against(cells, lambda _: None)]
    return min(tries, key=lambda tried: len(tried.wrong))


def rows(source: str) -> list[list[str]]:
    """The texts of an HTML table's cells, row by row, whichever of its tables they are in."""
    if not source.strip():
        return []
    tree = html.fromstring(source, parser=html.HTMLParser(recover=True, huge_tree=False))
    cells = (
        [" ".join(c.text_content().split()) for c in row.xpath("./th|./td")]
        for row in tree.iter("tr")
    )
    return list(cells)


def shown(output: NotebookNode) -> str:
    """Return an output's HTML if it has a table."""
    source = "".join(output.get("data", {}).get(HTML, ""))
    return source if "<table" in source else ""


def _against(cells: list[NotebookNode], table: Callable[[Name], pd.DataFrame | None]) -> Compared:
    ours, others, wrong = 0, 0, []
    for place, cell in enumerate(cells, start=1):
        for output in filter(shown, cell.outputs):
            name = name_of(output)
            made = table(name) if name else None
            if made is None:
                others += 1
            else:
                ours += 1
                wrong += _differing(f"cell {place}", rows(shown(output)), rows(made.to_html()))
    return Compared(ours, others, wrong)


def _differing(where: str, theirs: list[list[str]], ours: list[list[str]]) -> Iterator[str]:
    pairs = zip(chain(*theirs), chain(*ours), strict=False)
    first = next((pair for pair in pairs if not _same(*pair)), None)
    if first:
        yield f"{where} shows {brief(first[0])}, must be {brief(first[1])}"
    elif len(theirs) != len(ours):
        yield f"{where}: its table has {len(theirs)} rows, must have {len(ours)}"


def _same(theirs: str, ours: str) -> bool:
    """Whether two cells agree; pandas cuts off long ones where it shows a table by itself."""
    return theirs == ours or (theirs.endswith(CUT) and ours.startswith(theirs.removesuffix(CUT)))


def _stale(cells: list[NotebookNode], hand_in: HandIn, name: str) -> Iterator[str]:
    """Whether an executed copy was made from other code than the notebook now has."""
    folder = "report" if name.startswith("report.") else FOLDERS[0]
    source = hand_in.file(f"{folder}/{name}")
    if source and [c.source for c in code(read(source))] != [c.source for c in cells]:
        yield f"it was run with other code than {folder}/{name} now has"
