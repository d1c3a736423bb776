"""Measure what the exporters lose of a folder of notebooks: `python -m tools.corpus FOLDER`.

Each notebook is exported to each format and compared with nbconvert's own HTML: words and symbols
of formulas as multisets, white space line by line in code and what it printed, pictures by their
number, cells of tables by what stands above them. What is lost in a cell that no warning names is
silent. The table on the screen is Markdown.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import TextIO

if __name__ == "__main__":  # as a file, too
    sys.path.insert(0, str(Path(__file__).parents[1]))

import nbformat
from lxml import html
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

from notebook_report import FORMATS, export_notebook
from notebook_report.errors import ExportError
from notebook_report.options import KNOWN
from notebook_report.outputs import FIGURE_REPR, NAMELESS, TEXT_BESIDE, clean
from tools import shown
from tools.shown import Shown

OPTIONS = "|".join(sorted(KNOWN))
OWN_OPTION = re.compile(rf"^\s*(?:#|//|--)\|\s?(?:{OPTIONS}):.*\n?", re.M)
# What the exporters add to Jupyter's Markdown: attributes, footnotes, citations, boxes, breaks
# of pages; references, which they and MathJax fill in; tables in LaTeX, which it refuses.
ADDED = re.compile(
    r"(?<![\\{$])\{[#.][^{}\n]*\}|(?<=[)\]`])\{[^{}\n]*\}|\[\^[^\]\s]+\]:?|^:::.*$"
    r"|\[@[^\]]+\](?![(\[:])|\\(?:newpage|pagebreak|clearpage)\b|\{\{<.*?>\}\}|(\$?)\\(?:eq)?ref\{[^}]*\}\1"
    r"|(?<=> )\[!\w+\]|(?<!\w)@(?:fig|tbl|eq|sec|lst|app)-[\w-]+",
    re.M,
)
# A language of code, which nbconvert prints where it does not know it.
FENCE = re.compile(r"^([ \t>]*(?:`{3,}|~{3,}))[ \t]*[\w\[][^`\n]*$", re.M)
BRACKETED = re.compile(r"\^\[([^\]\n]*)\]|\[([^\]\n]*)\](?=\{[#.])")  # notes, and words of a class
MONEY = re.compile(r"\$(?=\d[^$<]*\$\d)")  # as in "$5 to $7", which is no formula
TABULAR = re.compile(r"\\begin\{(table|tabular)\}.*?\\end\{\1\}", re.S)
COLUMNS = ("notebook", "format", "exit", "s", "warnings", "words", "blanks", "formulas", "symbols",
           "pictures", "cells", "silent")  # fmt: skip


@dataclass
class Result:
    """One notebook in one format; the counts are what is lost of how many."""

    notebook: str
    format: str
    exit: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)
    silent: int = 0

    def row(self) -> list[str]:
        counts = [f"{lost}/{of}" if lost else str(of) for lost, of in self.counts.values()]
        counts = counts or ["–"] * 6
        about = [self.notebook, self.format, self.exit, f"{self.seconds:.1f}", len(self.warnings)]
        return [*map(str, about), *counts, str(self.silent)]


def reference(nb: NotebookNode, folder: Path) -> list[Shown]:
    """Return what nbconvert's HTML shows of each cell, in the notebook's order."""
    exporter = HTMLExporter(template_name="basic")
    exporter.exclude_input = (folder / "metadata.yml").is_file()  # a report, which hides its code
    cells, nb = [], nbformat.from_dict(nb)
    for cell in nb.cells:
        prepare(cell)
        nb.cells = [cell]
        page, _ = exporter.from_notebook_node(nb, {"metadata": {"path": str(folder)}})
        root = html.document_fromstring(f"<div>{page}</div>")
        for prompt in root.find_class("prompt"):
            prompt.drop_tree()
        cells.append(shown.of_html(root, mathjax=True))
        cells[-1].text = NAMELESS.sub("", FIGURE_REPR.sub("", cells[-1].text))
    return cells


def prepare(cell: NotebookNode) -> None:
    """Take from a cell what the exporters mean to change, and what only a browser hides."""
    if cell.cell_type == "markdown":
        cell.source = FENCE.sub(r"\1", BRACKETED.sub(r" \1\2", cell.source))
    cell.source = (ADDED if cell.cell_type == "markdown" else OWN_OPTION).sub("", cell.source)
    cell.source = re.sub(r"\(attachment:[^)]*\)", "(attached.png)", cell.source)
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type == "stream":
            output.text = clean(output.text)
        if TEXT_BESIDE.search("".join(data.get("text/html", ""))):
            del data["text/html"]
        elif "text/html" in data:
            data["text/html"] = MONEY.sub(shown.DOLLAR, "".join(data["text/html"]))
        if "text/markdown" in data:
            data["text/markdown"] = FENCE.sub(r"\1", "".join(data["text/markdown"]))
        if "text/latex" in data:
            data["text/latex"] = TABULAR.sub("", "".join(data["text/latex"]))


def compare(cells: list[Shown], after: Shown, result: Result) -> None:
    """Fill in what is lost, and how much of it in cells that no warning names."""
    before = shown.joined(cells)
    words, places = shown.lost_words(before, after), shown.lost_cells(before, after)
    blanks = shown.lost_blanks(before, after)
    symbols = before.symbols - after.symbols
    formulas = max(0, len(before.formulas) - len(after.formulas))
    pictures = max(0, before.pictures - after.pictures)
    result.counts = {
        "words": (words.total(), before.words.total()),
        "blanks": (len(blanks), len(before.printed)),
        "formulas": (formulas, len(before.formulas)),
        "symbols": (symbols.total(), before.symbols.total()),
        "pictures": (pictures, before.pictures),
        "cells": (len(places), before.cells.total()),
    }
    told = {int(number) for number in re.findall(r"cell (\d+) ", " ".join(result.warnings))}
    said = shown.joined(cell for number, cell in enumerate(cells, 1) if number in told)
    silent = {
        "words": list(words - said.words),
        "blanks": list(Counter(blanks) - Counter(shown.lost_blanks(said, after))),
        "cells": [str(place) for place in Counter(places) - said.cells],
        "formulas": _with(cells, symbols - said.symbols, max(0, formulas - len(said.formulas))),
        "pictures": [f"{pictures}"] if pictures > len(result.warnings) else [],
    }
    result.silent = sum(map(len, silent.values()))
    lost = {"words": words, "blanks": blanks, "cells": [*map(str, places)], "symbols": symbols}
    result.losses = [f"{name} lost: {_few(items)}" for name, items in lost.items() if items]
    result.losses += [f"SILENT {name}: {_few(items)}" for name, items in silent.items() if items]


def _with(cells: list[Shown], symbols: Counter[str], count: int) -> list[str]:
    """Return some formulas that may be the lost ones."""
    found = [text for cell in cells for text in cell.formulas
             if symbols & Shown(formulas=[text]).symbols or (count and not symbols)]  # fmt: skip
    return [" ".join(text.split()) for text in found[:3]]


def _few(items: Iterable[str]) -> str:
    items = list(items)
    return " ".join(items[:12]) + (f" … ({len(items)})" if len(items) > 12 else "")


def results(path: Path, root: Path, formats: tuple[str, ...]) -> list[Result]:
    """Export a notebook to each format and compare."""
    name = path.relative_to(root).with_suffix("").as_posix()
    try:
        cells = reference(nbformat.read(path, as_version=4), path.parent)
    except Exception as error:  # not every file can be read by nbconvert itself
        cells, problem = None, f"nbconvert: {type(error).__name__}"
    found = []
    for to in formats:
        found.append(result := exported(path, name, to, cells))
        if cells is None:
            result.losses.append(problem)
    return found


def exported(path: Path, name: str, to: str, cells: list[Shown] | None) -> Result:
    """Export a notebook to one format; an error of ours is exit code 1, any other one 2."""
    result, start = Result(name, to), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"out.{to}"
        try:
            result.warnings = export_notebook(path, to, out)
        except ExportError as error:
            result.exit, result.losses = 1, [f"stopped: {error}"]
        except Exception:  # the corpus goes on
            result.exit, result.losses = 2, [traceback.format_exc(limit=-3)]
        result.seconds = time.perf_counter() - start
        if not result.exit and cells is not None:
            compare(cells, shown.READERS[to](out.read_bytes()), result)
    return result


def markdown(rows: Iterable[list[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table whose columns stand below each other on a screen, too."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = (f"{cell:{'<' if place < 2 else '>'}{width}}"
                 for place, (cell, width) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            rules = ("-" * width if place < 2 else "-" * (width - 1) + ":"
                     for place, width in enumerate(widths))  # fmt: skip
            yield f"| {' | '.join(rules)} |"


def summary(found: list[Result], to: str) -> list[str]:
    """Return a row with all of a format: failures, median time, sums."""
    some = [result for result in found if result.format == to]
    total = Result(f"all {len(some)}", to)
    total.exit = sum(result.exit > 0 for result in some)
    total.seconds = median(result.seconds for result in some)
    total.silent = sum(result.silent for result in some)
    total.warnings = [line for result in some for line in result.warnings]
    for name in COLUMNS[5:11]:
        pairs = [result.counts.get(name, (0, 0)) for result in some]
        total.counts[name] = tuple(map(sum, zip(*pairs, strict=True)))
    return total.row()


def write(found: list[Result], formats: tuple[str, ...], out: TextIO, details: bool) -> None:
    """Write the table, the sums of each format, and on demand what is behind the numbers."""
    sums = [summary(found, to) for to in formats]
    out.write("\n".join(markdown([list(COLUMNS), *(result.row() for result in found), *sums])))
    out.write("\n")
    for result in found if details else ():
        lines = [*result.losses, *(f"warning: {line}" for line in result.warnings)]
        if lines:
            out.write(f"\n{result.notebook} {result.format}\n")
            out.writelines(f"  {line}\n" for line in lines)


def main(words: list[str] | None = None) -> int:
    """Run the command; exit code 1 where a notebook failed or lost something silently."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", action="append", choices=FORMATS, help="one or more; all")
    parser.add_argument("--match", default="", help="only notebooks with this in their path")
    parser.add_argument("--out", type=Path, help="write the table to this file, too")
    parser.add_argument("--jobs", type=int, default=1, help="notebooks at a time")
    parser.add_argument("--details", action="store_true", help="say what is lost, and warnings")
    given = parser.parse_args(words)
    formats = tuple(dict.fromkeys(given.format or FORMATS))
    paths = [path for path in sorted(given.folder.rglob("*.ipynb"))
             if given.match in str(path) and ".ipynb_checkpoints" not in path.parts]  # fmt: skip
    if not paths:
        parser.error(f"no notebook in {given.folder}")
    work = partial(results, root=given.folder, formats=formats)
    with ExitStack() as stack:
        together = given.jobs > 1 and stack.enter_context(ProcessPoolExecutor(given.jobs))
        each = together.map(work, paths) if together else map(work, paths)
        found = [result for some in each for result in some]
    write(found, formats, sys.stdout, given.details)
    if given.out:
        with given.out.open("w", encoding="utf-8") as file:
            write(found, formats, file, given.details)
    return int(any(result.exit or result.silent for result in found))


if __name__ == "__main__":
    sys.exit(main())
