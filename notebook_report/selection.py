"""The part of a notebook that is in the document: by its length, and by its chapters' names."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nbformat import NotebookNode

from . import LENGTHS
from .errors import ExportError
from .options import split_options

FENCE = re.compile(r"^[ \t]*(```+|~~~+)")
HEADING = re.compile(r"^(#{1,6})[ \t]")
LABEL = re.compile(r"\{[^{}\n]*#((?:sec|app|fig|tbl|eq|lst)-[\w-]+)")
REFERENCE = re.compile(r"(?<![\w.\\])@((?:sec|app|fig|tbl|eq|lst)-[\w-]*\w)")
# Stands for a cell that is left out, so that the others keep their numbers.
LEFT_OUT = NotebookNode(cell_type="raw", source="", metadata=NotebookNode())
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z@*])|(?<=[。？！])|\n\n")


def select(nb: NotebookNode, length: str, chapters: Mapping[str, bool]) -> NotebookNode:
    """Return the notebook with an empty raw cell for each one that the document leaves out.

    Those are the cells tagged with another length, and all below the headings whose anchors,
    without their prefix, are False in ``chapters``. ExportError for a name that no heading has.
    """
    headings = [label for cell in prose(nb) for _, label, _ in sections(cell.source)]
    known = dict.fromkeys(label.partition("-")[2] for label in headings if label)
    for name in chapters.keys() - known.keys():
        raise ExportError(f"chapters: no heading is labelled '{name}'; known: {', '.join(known)}")
    others = {name for name in LENGTHS if length and name != length}
    out, dropped = nb.copy(), 0  # the level of the heading that is left out; 0: none is
    out.cells = []
    for cell in nb.cells:
        kept, tags = [], set(cell.metadata.get("tags") or ())
        if not tags & others:
            parts = sections(cell.source) if cell.cell_type == "markdown" else [(0, "", "")]
            for level, label, text in parts:
                if level and (not dropped or level <= dropped):
                    dropped = level * (not chapters.get(label.partition("-")[2], True))
                kept += [text] * (not dropped)
        shown = NotebookNode(cell, source="".join(kept) or cell.source)
        out.cells.append(shown if kept else LEFT_OUT)
    return out


def sections(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield what a Markdown text has before, at and below each heading: level, label, text."""
    level, label, lines, fence = 0, "", [], ""
    for line in source.splitlines(keepends=True):
        mark = FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if not fence and (heading := HEADING.match(line)):
            if lines:
                yield level, label, "".join(lines)
            found = LABEL.search(line)
            level, label, lines = len(heading[1]), found[1] if found else "", []
        lines.append(line)
    if lines:
        yield level, label, "".join(lines)


def prose(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "markdown"]


def anchors(nb: NotebookNode) -> list[str]:
    """The anchors of headings, formulas, figures and tables, those of code cells first."""
    code = (cell for cell in nb.cells if cell.cell_type == "code")
    options = [split_options(cell.source, "")[0] for cell in code]
    texts = [*(cell.source for cell in prose(nb)), *(o.tbl_cap for o in options)]
    return [o.label for o in options if o.label] + LABEL.findall("\n".join(texts))


def about(nb: NotebookNode, length: str) -> dict[str, dict[str, Any]]:
    """The value ``document`` for prose: the length and the anchors of what ``select`` left."""
    return {"document": {"length": length, "anchors": anchors(nb)}}


def check(cells: Iterable[NotebookNode], left_out: set[str], warn: Callable[[str], None]) -> None:
    """Name each sentence of the prepared ``cells`` that refers to what is left out."""
    for cell in cells:
        for sentence in SENTENCE.split(cell.source) if cell.cell_type == "markdown" else ():
            for label in left_out & set(REFERENCE.findall(sentence)):
                said = " ".join(sentence.split())
                warn(
                    f"{cell.metadata['cell-name']}: @{label} is not in the document; change the "
                    f"sentence “{said if len(said) <= 160 else f'{said[:160]}…'}”"
                )
