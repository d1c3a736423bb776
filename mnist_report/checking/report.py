"""Does every number of a report equal the results?

The text is rendered afresh from the hand-in's own report notebook, read as data: its Markdown, with
the values that this project computes from the hand-in's results, and its tables, made anew. The
numbers in it are then looked for in the Word and PDF files.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import html
from nbformat import NotebookNode

from mnist_report.checking import notebooks, numbers
from mnist_report.checking.expected import Expected
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import Finding, State, brief, differences, judged
from mnist_report.reporting.tables.naming import HTML, name_of
from notebook_report.cells import Cells, published_values
from notebook_report.languages import LANGUAGES
from notebook_report.pandoc import EXTENSIONS, program
from notebook_report.values import Values

# Citations and cross-references; their numbers are the exporter's.
CITED = re.compile(r"\[[^\[\]]*@[A-Za-z][^\[\]]*\]|(?<![\w.])@[A-Za-z][A-Za-z0-9_:-]*")
BLOCKS = ("p", "h1", "h2", "h3", "h4", "li", "dt", "dd", "table", "caption")
INNER = "|".join(f".//{tag}" for tag in BLOCKS)
PATIENCE = 60  # seconds for pandoc
MEMORY = "-M1g"  # for pandoc


def check_values(notebook: NotebookNode, name: str, expected: Expected) -> Finding:
    """Whether the values that a report notebook published are those of the results."""
    published, _ = published_values(notebook)
    if not published:
        return Finding(f"{name}: values", State.MISSING, "it has published none: it was not run")
    ours = expected.values
    wrong = list(differences(published, ours))
    left = sorted(set(published) - set(ours))
    if left and not wrong:
        text = f"the results do not tell {', '.join(map(brief, left))}; all else agrees"
        return Finding(f"{name}: values", State.UNCHECKED, text)
    return judged(f"{name}: values", wrong, f"{len(ours)} groups, made again")


def check_text(text: str, name: str, notebook: NotebookNode, expected: Expected) -> Finding:
    """Whether the numbers in a document's text are those that the notebook's text must have."""
    found = numbers.Text(text)
    passages, values = rendered(notebook, expected)
    done = numbers.compare(passages, found)
    known = {n for p in map(numbers.Text, passages) for n in map(p.number, range(len(p.marks)))}
    known |= set(numbers.roundings([values, dict(expected.evaluation)]))
    strange = numbers.strangers(found, done.used, known)
    told = f"{done.agreeing} numbers as the results have them"
    if done.lost:
        told += f"; own text, not checked: {numbers.told(done.lost)}"
    if strange:
        told += f"; not among the results, look at them: {numbers.told(strange)}"
    if not done.agreeing and not done.wrong:
        return Finding(name, State.UNCHECKED, "nothing of the report's text was found in it")
    return judged(name, done.wrong, told)


def rendered(notebook: NotebookNode, expected: Expected) -> tuple[list[str], dict[str, Any]]:
    """The passages of a report as they must read, and the values in them.

    Raises:
        ExportError: the notebook's text asks for a value that there is not.
    """
    language = LANGUAGES[expected.language]
    published, _ = published_values(notebook)
    values = published | expected.values
    cells = Cells("html", lambda _: None, echo=False, report=True, values=Values(values, language))
    prepared = cells.prepare(_with_tables(notebook, expected))
    passages = [text for cell in prepared for text in _of_code(cell)]
    prose = [c.source for c in prepared if c.cell_type == "markdown"]
    return [*passages, *_blocks(_as_html(prose))], values


def source(hand_in: HandIn, language: str) -> tuple[str, NotebookNode] | None:
    """The report's notebook in a language, the executed copy if there is one.

    Raises:
        UnfitFileError: it cannot be read.
    """
    for folder in ("report/build/notebooks", "report"):
        name = f"{folder}/report.{language}.ipynb"
        if path := hand_in.file(name):
            return name, notebooks.read(path)
    return None


def _with_tables(notebook: NotebookNode, expected: Expected) -> NotebookNode:
    """The notebook with our tables in the place of those that its cells show."""
    made = deepcopy(notebook)
    for cell in notebooks.code(made):
        for output in cell.outputs:
            name = name_of(output)
            table = expected.table(name) if name else None
            if table is not None:
                output.data = {HTML: table.to_html()}
    return made


def _of_code(cell: NotebookNode) -> Iterator[str]:
    """Captions and tables of a prepared code cell."""
    if cell.cell_type == "code":
        yield from (
            str(cell.metadata[key]) for key in ("fig-cap", "tbl-cap") if key in cell.metadata
        )
        for output in cell.outputs:
            found = notebooks.rows(output.get("data", {}).get(HTML, ""))
            if found:
                yield "\n".join(" ".join(row) for row in found)


def _as_html(prose: list[str]) -> str:
    """Markdown as HTML, by pandoc shut off from files and network."""
    text = "\n\n".join(CITED.sub("", part) for part in prose)
    command = [
        *(program(), "+RTS", MEMORY, "-RTS", "--sandbox", "--mathml", "--to", "html"),
        *("--from", "+".join(["markdown", *EXTENSIONS])),
    ]
    try:
        done = subprocess.run(  # noqa: S603 (pandoc from its wheel, arguments of our own making)
            command, input=text.encode(), capture_output=True, check=True, timeout=PATIENCE
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise UnfitFileError(f"its Markdown cannot be read ({type(error).__name__})") from error
    return done.stdout.decode("utf-8", "replace")


def _blocks(source: str) -> Iterator[str]:
    """The passages of an HTML page; a table is one, a line a row."""
    if not source.strip():
        return
    tree = html.fromstring(f"<div>{source}</div>")
    for formula in tree.xpath("//math[@display='block']"):  # set in two dimensions, and no values
        formula.drop_tree()
    for mark in tree.iter("sup", "sub", "mn", "mo", "mi", "mtext", "annotation"):
        mark.text = "" if mark.tag == "annotation" else f" {mark.text or ''} "
    for block in tree.iter(*BLOCKS):
        if block.tag == "table":
            lines = (" ".join(cell.text_content() for cell in row) for row in block.iter("tr"))
            yield "\n".join(lines)
        elif not block.xpath(INNER) and not block.xpath("ancestor::td|ancestor::th"):
            yield block.text_content()
