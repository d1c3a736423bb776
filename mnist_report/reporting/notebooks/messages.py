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
    """The passages of a cell, in their order."""
    return [cell.source[start:end] for start, end in _spans(cell)]


def replaced(cell: nbformat.NotebookNode, translate: Callable[[str], str]) -> str:
    """The source of a cell with each of its passages put through `translate`."""
    source = cell.source
    for start, end in sorted(_spans(cell), reverse=True):
        source = source[:start] + translate(source[start:end]) + source[end:]
    return source


def same_code(one: str, other: str) -> bool:
    """Whether two sources are the same program but for the words in comments and strings."""
    try:
        return _outline(one) == _outline(other)
    except SyntaxError:
        return False


def _spans(cell: nbformat.NotebookNode) -> list[Span]:
    find = _in_text if cell.cell_type == "markdown" else _in_code
    return [(start, end) for start, end in find(cell.source) if start < end]


def _in_text(source: str) -> Iterator[Span]:
    start = 0
    for found in BREAK.finditer(source):
        yield start, found.start()
        start = found.end()
    yield start, len(source)


def _in_code(source: str) -> list[Span]:
    places = _Places(source)
    literals = _Strings()
    literals.visit(ast.parse(source))
    return sorted([*map(places.of_node, literals.found), *_comments(source, places)])


def _comments(source: str, places: _Places) -> Iterator[Span]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and _has_words(token.string):
            start = places.at(*token.start)
            yield start, start + len(token.string)


class _Places:
    """Where lines and columns lie in a source."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines(keepends=True)

    def at(self, line: int, column: int) -> int:
        """The character at a line, counted from 1, and a column of characters."""
        return sum(map(len, self.lines[: line - 1])) + column

    def of_node(self, node: ast.expr) -> Span:
        """The characters of a node, whose columns are bytes of UTF-8."""
        ends = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        start, end = (
            self.at(line, len(self.lines[line - 1].encode()[:column].decode()))
            for line, column in ends
        )
        return start, end


class _Strings(ast.NodeVisitor):
    """Finds the strings that a reader sees."""

    def __init__(self) -> None:
        self.found: list[ast.expr] = []

    def visit_Call(self, node: ast.Call) -> None:
        printed = isinstance(node.func, ast.Name) and node.func.id == "print"
        for argument in node.args if printed else ():
            if _has_words(_written(argument)):
                self.found.append(argument)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._take_sentence(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._take_sentence(node)  # and what stands inside of its braces with it

    def _take_sentence(self, node: ast.expr) -> None:
        text = _written(node)
        if _has_words(text) and " " in text.strip() and node not in self.found:
            self.found.append(node)


def _written(node: ast.expr) -> str:
    """What is written in a string, the braces of an f-string left out; else nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(map(_written, node.values))
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.IfExp):
        return _written(node.value.body) + _written(node.value.orelse)
    return ""


def _has_words(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _outline(source: str) -> str:
    return ast.dump(_Blank().visit(ast.parse(source)))


class _Blank(ast.NodeTransformer):
    """Empties strings, and leaves of f-strings the expressions, in any order."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        values = [self.visit(v.value) for v in node.values if isinstance(v, ast.FormattedValue)]
        return ast.Tuple(sorted(values, key=ast.dump), ast.Load())
