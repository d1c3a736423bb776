"""The notebooks of a hand-in: run from top to bottom without errors, with tables that agree."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import nbformat
from lxml import html
from nbformat import NotebookNode

from mnist_report.checking import documents
from mnist_report.checking.expected import TABLES, Expectations, Expected
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import SHOWN, Finding, State, brief, guarded, judged
from mnist_report.common.errors import raised_as
from mnist_report.common.settings import SHIPPED
from mnist_report.reporting.tables.naming import HTML, name_of

CUT = "..."  # by which pandas shortens long texts where it shows a table by itself
OWN = "notebooks"  # folder, as they came; executed ones have one for each data set and recipe
BUILT = re.compile(r"report/build/(?:[^/]+/){0,2}notebooks(?=/)")
BUILDS = ("report/build", "report/build/*", "report/build/*/*")
PARTS = ("", "zh-CN/")  # of both
OTHER = "own-data."  # about data of one's own, of which nothing is made again


@dataclass
class Tables:
    """Outcome for the tables of a notebook."""

    wrong: list[str] = field(default_factory=list)  # cells that show something else
    absent: list[str] = field(default_factory=list)  # those of runs that are not there
    agreeing: int = 0
    left: int = 0  # were not compared


def read(path: Path) -> NotebookNode:
    """Read a notebook as data."""
    # Whatever a damaged file makes of its reader.
    with raised_as(
        lambda e: UnfitFileError(f"{path.name} is no notebook ({type(e).__name__})."), Exception
    ):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    return notebook


def check(hand_in: HandIn, expected: Expectations) -> list[Finding]:
    """Check each notebook; its tables must be those of one of the runs."""
    folders = [OWN], [f"{build}/notebooks" for build in BUILDS]
    names = [
        [hand_in.name(path) for folder in several for part in PARTS
         for path in hand_in.files(f"{folder}/{part}*.ipynb")]
        for several in folders
    ]  # fmt: skip
    executed = {BUILT.sub(OWN, name) for name in names[1]}
    none = Finding("notebooks", State.MISSING, "there is no notebook")
    findings = [] if any(names) else [none]
    for name in chain(*names):
        told = None if name in executed else expected  # by what the notebook came to
        # Executed in either language, or translated from one that is handed in, too.
        others = (*names[1], *names[0]) if f"/{PARTS[1]}" in name else names[1]
        built = Path(name).name in {Path(one).name for one in others if one != name}
        with guarded(findings, name, State.DIFFERS):
            findings += [*_check(name, hand_in, told, built)]
    return findings


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with code; Jupyter gives no number to an empty one."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


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
    name: str, hand_in: HandIn, expected: Expectations | None, built: bool
) -> Iterator[Finding]:
    path, ours = hand_in.root / name, SHIPPED / name
    notebook = read(path)
    cells, wrong = code(notebook), []
    if BUILT.match(name):
        folder = "report" if path.name.startswith(("report.", OTHER)) else OWN
        source = BUILT.sub(folder, name)
        now = hand_in.file(source)
        if now and [c.source for c in code(read(now))] != [c.source for c in cells]:
            wrong.append(f"it was run with other code than {source} now has")
    elif ours.is_file() and ours.read_bytes() == path.read_bytes():
        yield Finding(name, State.AGREES, "as it came with the project, not run again")
        return
    if not any(cell.execution_count for cell in cells):
        text = "not run here; its executed copy or the English notebook speaks for it"
        agrees = Finding(name, State.AGREES, text)
        yield agrees if built else Finding(name, State.MISSING, "the notebook was not run")
        return
    prose = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    compared = expected and not path.name.startswith(OTHER)
    found = _tables(cells, expected(documents.language(prose)) if compared else ())
    wrong = [*_not_as_run(cells), *wrong, *found.wrong]
    told = f", {found.agreeing} tables as the results have them" if found.agreeing else ""
    if expected and found.left:
        told += f"; {found.left} tables not compared"
    if found.absent and not wrong:
        yield Finding(name, State.MISSING, "; ".join(found.absent[:SHOWN]))
    else:
        yield judged(name, wrong, f"{len(cells)} cells, run in order{told}")


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


def _tables(cells: list[NotebookNode], expected: Sequence[Expected]) -> Tables:
    """Compare the tables that the cells show with those of their runs."""
    found, by_run = Tables(), {one.run.folder.name: one for one in expected}
    outcomes = []
    shown = [(n, output) for n, cell in enumerate(cells, start=1) for output in cell.outputs]
    for place, output in shown:
        source = "".join(output.get("data", {}).get(HTML, ""))
        if "<table" not in source:
            continue
        where, name = f"cell {place}", name_of(output)
        # What is never made again, such as a table of a recorded study, needs no run.
        run = name.run if name and name.name in TABLES else None
        if by_run and run not in (None, *by_run):
            found.absent.append(f"{where} shows a table of {brief(run)}, which is not in results/")
            continue
        made = {key: by_run[key].table(name) for key in ([run] if run in by_run else by_run)}
        outcome = {key: list(_differing(where, rows(source), rows(table.to_html())))
                   for key, table in made.items() if table is not None}  # fmt: skip
        outcomes.append((run, outcome))
    # Where an output does not tell its run, that may be any of the hand-in's, or one that is absent
    # as others of the notebook are; else differences are told from the one that it is nearest to.
    apart = Counter(key for _, outcome in outcomes for key, lines in outcome.items() if lines)
    for run, outcome in outcomes:
        agrees = any(not lines for lines in outcome.values())
        unsure = not outcome or bool(found.absent and run is None and not agrees)
        found.agreeing += agrees
        found.left += unsure
        if not agrees and not unsure:
            found.wrong += outcome[min(outcome, key=apart.__getitem__)]
    return found


def _differing(where: str, theirs: list[list[str]], ours: list[list[str]]) -> Iterator[str]:
    """Yield the first cell of a table that is not as ours, or its wrong number of rows."""
    for found, must in zip(chain(*theirs), chain(*ours), strict=False):
        same = found.replace(" ", "") == must.replace(" ", "")  # "95 %" was written otherwise once
        if not same and not (found.endswith(CUT) and must.startswith(found[: -len(CUT)])):
            yield f"{where} shows {brief(found)}, must be {brief(must)}"
            return
    if len(theirs) != len(ours):
        yield f"{where}: its table has {len(theirs)} rows, must have {len(ours)}"
