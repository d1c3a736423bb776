"""The numbers of a report, against the results.

The text is rendered afresh from the hand-in's own report notebook, read as data: its Markdown, with
the values that this project computes from the hand-in's results, and its tables, made anew. The
numbers in it are then looked for in the Word and PDF files.
"""

import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from lxml import html
from nbformat import NotebookNode

from mnist_report.checking import notebooks, numbers
from mnist_report.checking.expected import Expected
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import SHOWN, Finding, State, brief, differences, judged
from mnist_report.common import settings, storage
from mnist_report.reporting.tables.naming import HTML, name_of
from notebook_report import LENGTHS, selection
from notebook_report.cells import Cells, values_handed_over
from notebook_report.languages import LANGUAGES
from notebook_report.pandoc import program
from notebook_report.values import Values

# Citations and cross-references; their numbers are the exporter's.
CITED = re.compile(r"\[[^\[\]]*@[A-Za-z][^\[\]]*\]|(?<![\w.])@[A-Za-z][A-Za-z0-9_:-]*")
FILLED = re.compile(r"\{\{.*?\}\}", re.DOTALL)  # what values are filled into
BLOCKS = ("p", "h1", "h2", "h3", "h4", "li", "dt", "dd", "table", "caption")
INNER = "|".join(f".//{tag}" for tag in BLOCKS)
PNG = "image/png"
FORMULA = ("sup", "sub", "mn", "mo", "mi", "mtext", "annotation")
# As the exporter reads it (filters/markdown.lua).
MARKDOWN = (
    "commonmark+tex_math_dollars+pipe_tables+strikeout+task_lists+footnotes+attributes+fenced_divs"
    "+bracketed_spans+raw_attribute+implicit_figures"
)
# Values that all finished runs have a part in, or that of the published program.
OF_OTHERS = (("audit", "runs"), ("audit", "never"), ("robustness", "original"))
PATIENCE = 60  # seconds for pandoc
MEMORY = "-M1g"  # for pandoc


def source(
    hand_in: HandIn, language: str, beside: str = "report/build"
) -> tuple[str, NotebookNode]:
    """Read the report's notebook in a language, an executed copy if there is one.

    That is the one `beside` the report's file, or of one that came apart from it, the first.
    """
    file = f"report.{language}.ipynb"
    folders = (beside, *notebooks.BUILDS)
    built = [p for folder in folders for p in hand_in.files(f"{folder}/notebooks/{file}")]
    for path in [*built, *hand_in.files(f"report/{file}")]:
        return hand_in.name(path), notebooks.read(path)
    raise UnfitFileError(f"there is no report notebook in {language}")


def check_values(notebook: NotebookNode, name: str, expected: Expected) -> Finding:
    """Compare the values that a report notebook handed over with those of the results."""
    theirs = values_handed_over(notebook)
    subject, ours = f"{name}: values", expected.values
    if not theirs:
        return Finding(subject, State.MISSING, "it has published none: it was not run")
    wrong = list(differences(theirs, must := written(notebook, expected)))
    then, now = (one.get("audit", {}).get("runs") for one in (must, ours))
    if not wrong and then != now and now is not None:
        text = f"they speak of {then} finished runs, and results/ holds {now}; all else agrees"
        return Finding(subject, State.UNCHECKED, text)
    if not wrong and (left := sorted(set(theirs) - set(ours))):
        text = f"the results do not tell {', '.join(map(brief, left))}; all else agrees"
        return Finding(subject, State.UNCHECKED, text)
    return judged(subject, wrong, f"{len(ours)} groups, made again")


def check_text(text: str, name: str, notebook: NotebookNode, expected: Expected) -> Finding:
    """Compare the numbers in a document's text with those that the notebook's text must have."""
    values = written(notebook, expected)
    found = numbers.Text(text)
    by_length = []  # the document is of either; the nearer one is taken
    for length in LENGTHS:
        passages = list(rendered(notebook, expected, length))
        by_length.append((numbers.compare(passages, found), passages))
    done, passages = max(by_length, key=lambda one: one[0].agreeing - len(one[0].lost))
    computed = set(numbers.roundings([values, dict(expected.evaluation)]))
    typed = _typed(notebook) - _typed(_ours(expected.language)) - computed
    known = {number for p in passages for number in numbers.Text(p).numbers} | computed
    met = {index for index in done.used if found.numbers[index] not in typed}
    strange = numbers.unmatched(found, met, known - typed)
    if not done.agreeing and not done.wrong:
        return Finding(name, State.UNCHECKED, "nothing of the report's text was found in it")
    told = f"{done.agreeing} numbers as the results have them"
    if done.lost:
        told += f"; own text, not checked: {numbers.told(done.lost)}"
    if not strange:
        return judged(name, done.wrong, told)
    look = f"not among the results, look at them: {numbers.told(strange)}"
    if done.wrong:
        return judged(name, [*done.wrong[:SHOWN], look], told, SHOWN + 1)
    return Finding(name, State.LOOK, f"{look}; {told}")


def _typed(notebook: NotebookNode) -> set[str]:
    """Return the numbers that stand in a notebook's prose as they are, not as named values."""
    prose = (FILLED.sub("", cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    return {number for source in prose for number in numbers.Text(source).numbers}


def _ours(language: str) -> NotebookNode:
    """Read the report's notebook as this package ships it."""
    return notebooks.read(settings.SHIPPED / "report" / f"report.{language}.ipynb")


def check_figures(shown: Sequence[str], name: str, notebook: NotebookNode) -> Iterator[Finding]:
    """Find the pictures of a Word file, by their sums, among the notebook's, in the same order."""
    outputs = [output for cell in notebooks.code(notebook) for output in cell.outputs]
    made = [storage.checksum(b64decode(o.data[PNG])) for o in outputs if PNG in o.get("data", {})]
    theirs = [(place, one) for place, one in enumerate(shown, start=1) if one in made]
    strange = [str(place) for place, one in enumerate(shown, start=1) if one not in made]
    state, text = State.AGREES, f"{len(shown)} as in the notebook, whose own are not drawn again"
    if strange:  # Word may store pictures anew when it saves a file
        state, text = State.LOOK, f"pictures {', '.join(strange)} are none of the notebook's"
    left = iter(made)
    if not all(one in left for _, one in theirs):  # each is looked for after the one before it
        kept = [one for one in made if one in shown]
        moved = [str(n) for (n, one), must in zip(theirs, kept, strict=False) if one != must]
        state, text = State.DIFFERS, f"pictures {', '.join(moved)} are not in the notebook's order"
    if shown:
        yield Finding(f"{name}: figures", state, text)


def written(notebook: NotebookNode, expected: Expected) -> dict[str, Any]:
    """Return the values that a report must have.

    What it says of other runs than its own is left to it if some came or went since.
    """
    theirs, ours = values_handed_over(notebook) or {}, expected.values
    made = deepcopy(theirs | ours)
    both = theirs.keys() & ours.keys() >= {"audit", "robustness"}
    if both and theirs["audit"].get("runs") != ours["audit"]["runs"]:
        for group, key in OF_OTHERS:
            made[group][key] = theirs[group].get(key)
    return made


def rendered(notebook: NotebookNode, expected: Expected, length: str) -> Iterator[str]:
    """Yield the passages of a report as they must read: captions, tables, prose."""
    shown = selection.select(notebook, length, {})
    values = selection.about(shown, length) | written(notebook, expected)
    filled = Values(values, LANGUAGES[expected.language])
    cells = Cells("html", lambda _: None, echo=False, report=True, values=filled)
    prose = []
    for cell in cells.prepare(_with_tables(shown, expected)):
        if cell.cell_type == "markdown":
            prose.append(CITED.sub("", cell.source))
        elif cell.cell_type == "code":
            captions = (cell.metadata.get(key) for key in ("fig-cap", "tbl-cap"))
            yield from (str(caption) for caption in captions if caption is not None)
            for output in cell.outputs:
                rows = notebooks.rows(output.get("data", {}).get(HTML, ""))
                yield "\n".join(" ".join(row) for row in rows)
    yield from _blocks(_as_html("\n\n".join(prose)))


def _with_tables(notebook: NotebookNode, expected: Expected) -> NotebookNode:
    """Put our tables in the place of those that the notebook shows."""
    made = deepcopy(notebook)
    for cell in notebooks.code(made):
        for output in cell.outputs:
            if (table := expected.table(name_of(output))) is not None:
                output.data = {HTML: table.to_html()}
    return made


def _as_html(markdown: str) -> str:
    """Convert Markdown by pandoc shut off from files and network."""
    command = [
        *(program(), "+RTS", MEMORY, "-RTS", "--sandbox", "--mathml", "--to", "html"),
        *("--from", MARKDOWN),
    ]
    done = subprocess.run(  # noqa: S603 (pandoc from its wheel, arguments of our own making)
        command, input=markdown.encode(), capture_output=True, check=True, timeout=PATIENCE
    )
    return done.stdout.decode("utf-8", "replace")


def _blocks(page: str) -> Iterator[str]:
    """Yield the passages of an HTML page; a table is one, a line a row."""
    tree = html.fromstring(f"<div>{page}</div>")
    for formula in tree.xpath("//math[@display='block']"):  # set in two dimensions, and no values
        formula.drop_tree()
    for mark in tree.iter(*FORMULA):
        mark.text = "" if mark.tag == "annotation" else f" {mark.text or ''} "
    for block in tree.iter(*BLOCKS):
        if block.tag == "table":
            rows = (" ".join(cell.text_content() for cell in row) for row in block.iter("tr"))
            yield "\n".join(rows)
        elif not block.xpath(INNER) and not block.xpath("ancestor::td|ancestor::th"):
            yield " ".join(block.text_content().split())
