"""The passages of a notebook's cells that a reader reads, and that a translation replaces.

In text these are paragraphs, headings, list items and tables. In code they are comments, strings
that are printed, and strings of several words; names and keys are code.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nbformat

Span = tuple[int, int]  # of characters in the cell's source

BREAK = re.compile(r"\n\s*\n|\n(?=(?:[-*]|\d+\.) )")  # an empty line, or the next item of a list


def passages(cell: nbformat.NotebookNode) -> list[str]:
    """Return the passages of a cell, in their order."""
    return [cell.source[start:end] for start, end in _spans(cell)]


def replaced(cell: nbformat.NotebookNode, translate: Callable[[str], str]) -> str:
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


def _spans(cell: nbformat.NotebookNode) -> list[Span]:
    find = _in_text if cell.cell_type == "markdown" else _in_code
    return sorted((start, end) for start, end in find(cell.source) if start < end)


def _in_text(source: str) -> Iterator[Span]:
    start = 0
    for found in BREAK.finditer(source):
        yield start, found.start()
        start = found.end()
    yield start, len(source)


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
