"""Notebooks in another language: the English ones, with the words of a gettext catalogue.

The catalogue `notebooks/<language>.po` is all that is written by hand; any gettext editor opens it.
Of a text it has paragraphs, headings, list items and tables; of code, comments, strings that are
printed, and strings of several words: names and keys are code.
"""

import ast
import copy
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from mnist_report.common import settings
from mnist_report.common.errors import TranslationError
from mnist_report.common.storage import replacing
from mnist_report.reporting.notebooks import files

Span = tuple[int, int]  # of characters in the cell's source

BREAK = re.compile(r"\n\s*\n|\n(?=(?:[-*]|\d+\.) )")  # an empty line, or the next item of a list
WIDTH = 100  # characters of a line in the catalogue
SET_LANGUAGE = """import os

os.environ["MNIST_REPORT_LANGUAGE"] = "{}"  # of figures and tables"""


def catalogue_file(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return settings.project_root() / "notebooks" / f"{language}.po"


def refresh(language: str) -> list[Path]:
    """Bring a language's catalogue up to date with the English notebooks, and make its notebooks.

    Outputs that a translated notebook has stay where its code does. Returns the notebooks' paths.
    TranslationError if a passage has no translation, or one that was made for other words.
    """
    sources = sorted(catalogue_file(language).parent.glob("[0-9]*.ipynb"))
    catalogue = _load(language)
    catalogue.update(_template(sources), update_creation_date=False)
    catalogue.obsolete.clear()  # what the notebooks no longer say; git keeps it
    for message in catalogue:
        message.flags &= {"fuzzy"}  # "95 % of" is no format, whatever Babel thinks
    with replacing(catalogue_file(language)) as temporary, temporary.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, include_lineno=False)
    if unfinished := [m for m in catalogue if m.id and (m.fuzzy or not m.string)]:
        first = unfinished[0]
        raise TranslationError(
            f"{len(unfinished)} passages in {catalogue_file(language)} have no translation or a "
            f"fuzzy one, the first in {first.locations[0][0]}: {first.id[:60]!r}. Translate them, "
            "take the mark `fuzzy` away, and run this again."
        )
    return [_make(source, catalogue, language) for source in sources]


def translated(content: NotebookNode, catalogue: Catalog, language: str) -> NotebookNode:
    """Make a notebook in another language; TranslationError if that would change its code."""

    def translate(text: str) -> str:
        return catalogue[text].string

    made = copy.deepcopy(content)
    made.metadata["lang"] = language
    for cell in made.cells:
        source = replaced(cell, translate)
        if cell.cell_type == "code":
            if not same_code(cell.source, source):
                raise TranslationError(
                    f"{language}.po changes the code of the cell {cell.id!r}: keep the quotes, and "
                    "what stands in braces."
                )
            cell.outputs, cell.execution_count = [], None
        cell.source = source
    first = new_code_cell(SET_LANGUAGE.format(language), id="language")
    first.source = replaced(first, translate)
    made.cells.insert(1, first)
    return made


def _template(sources: Sequence[Path]) -> Catalog:
    """Gather all passages, in their order, each with the cells that it comes from."""
    cells = [(Path(__file__).name, new_code_cell(SET_LANGUAGE))]
    for source in sources:
        cells += [(f"{source.stem}#{cell.id}", cell) for cell in files.read(source).cells]
    template = Catalog()
    for place, cell in cells:
        for text in passages(cell):
            template.add(text, locations=[(place, 0)])
    return template


def _load(language: str) -> Catalog:
    path = catalogue_file(language)
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    except FileNotFoundError as error:
        raise TranslationError(f"There is no {path}; an empty file will do to begin.") from error
    except PoFileError as error:
        raise TranslationError(f"{path} is no gettext catalogue: {error}.") from error


def _make(source: Path, catalogue: Catalog, language: str) -> Path:
    """Write one notebook, with the outputs that it had wherever the code is the same."""
    content = translated(files.read(source), catalogue, language)
    path = source.parent / language / source.name
    before = files.code_cells(files.read(path)) if path.is_file() else []
    kept = {(cell.id, cell.source): cell for cell in before}
    for cell in files.code_cells(content):
        if old := kept.get((cell.id, cell.source)):
            cell.outputs, cell.execution_count = old.outputs, old.execution_count
    files.write(content, path)
    return path


def passages(cell: NotebookNode) -> list[str]:
    """Return the passages of a cell, in their order."""
    return [cell.source[start:end] for start, end in _spans(cell)]


def replaced(cell: NotebookNode, translate: Callable[[str], str]) -> str:
    """Put each passage of a cell through `translate`, and return the source that this makes."""
    source = cell.source
    for start, end in reversed(_spans(cell)):
        source = source[:start] + translate(source[start:end]) + source[end:]
    return source


def same_code(one: str, other: str) -> bool:
    """Compare two programs, but for the words in comments and strings."""
    try:
        first, second = (ast.dump(_Blank().visit(ast.parse(source))) for source in (one, other))
    except SyntaxError:
        return False
    return first == second


def _spans(cell: NotebookNode) -> list[Span]:
    find = _in_text if cell.cell_type == "markdown" else _in_code
    return sorted((start, end) for start, end in find(cell.source) if start < end)


def _in_text(source: str) -> Iterator[Span]:
    inner = (edge for found in BREAK.finditer(source) for edge in found.span())
    edges = iter((0, *inner, len(source)))
    return zip(edges, edges, strict=True)


def _in_code(source: str) -> Iterator[Span]:
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def of_bytes(line: int, column: int) -> int:  # ast counts the bytes of UTF-8
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for node in _strings(ast.parse(source)):
        start = of_bytes(node.lineno, node.col_offset)
        yield start, of_bytes(node.end_lineno, node.end_col_offset)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and _has_words(token.string):
            start = starts[token.start[0] - 1] + token.start[1]
            yield start, start + len(token.string)


def _strings(node: ast.AST, printed: bool = False) -> Iterator[ast.expr]:
    """Find the strings that a reader sees: printed, or of several words; and none within them."""
    text = _written(node)
    if _has_words(text) and (printed or " " in text.strip()):
        yield node
    elif not isinstance(node, ast.FormattedValue):
        prints = isinstance(node, ast.Call) and getattr(node.func, "id", None) == "print"
        for child in ast.iter_child_nodes(node):
            yield from _strings(child, prints and child in node.args)


def _written(node: ast.AST) -> str:
    """Return what is written in a string, the braces of an f-string left out; else nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(map(_written, node.values))
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.IfExp):
        return _written(node.value.body) + _written(node.value.orelse)
    return ""


def _has_words(text: str) -> bool:
    return any(character.isalpha() for character in text)


class _Blank(ast.NodeTransformer):
    """Empties strings, and leaves of f-strings the expressions, in any order."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        values = [self.visit(v.value) for v in node.values if isinstance(v, ast.FormattedValue)]
        return ast.Tuple(sorted(values, key=ast.dump), ast.Load())
