"""Time exports to Word and PDF, and compare the bytes of repeats."""

from __future__ import annotations

import io
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from benchmarks.pace import repeated

REPORT, MERGED = "report", "20 merged notebooks"
FORMATS = ("docx", "pdf")
PARTS = 20
TABLE = "<table><tr><th>class</th><th>images</th></tr>{rows}</table>"
PROSE = "The network reads a digit of 28 by 28 pixels, and says which of ten it is. " * 12


def export_time(what: str, to: str, repeats: int) -> dict[str, Any]:
    """Seconds of exports one after the other, start-up left out; whether all gave the same file."""
    from notebook_report import export_notebook

    with tempfile.TemporaryDirectory() as folder:
        path, metadata = prepared(what, Path(folder))
        out, times, files = Path(folder) / f"out.{to}", [], set()
        for _ in range(max(repeats, 2)):
            times += repeated(lambda: export_notebook(path, to, out, metadata_file=metadata), 1)
            files.add(out.read_bytes())
        cells = len(nbformat.read(path, as_version=4).cells)
    return {"what": what, "to": to, "seconds": median(times), "worst": max(times)} | {
        "same": len(files) == 1,
        "cells": cells,
    }


def exportable() -> list[str]:
    """The report, if it has been built, so that there is an executed copy; and the merged one."""
    return [REPORT] * executed_report().exists() + [MERGED]


def executed_report() -> Path:
    from mnist_report.reporting.notebooks import files

    return files.executed_copy(files.report_notebook("zh-CN"))


def prepared(what: str, folder: Path) -> tuple[Path, Path | None]:
    """The notebook to export, in a folder of its own, and its metadata."""
    from mnist_report.common import settings

    path = folder / "notebook.ipynb"
    if what == REPORT:
        shutil.copyfile(executed_report(), path)
        return path, settings.project_root() / "report" / "metadata.yml"
    nbformat.write(merged(), path)
    return path, None


def merged(parts: int = PARTS) -> NotebookNode:
    """Twenty notebooks in one: each with prose, a formula, code, a figure and a table."""
    picture = figure()
    cells = [cell for number in range(1, parts + 1) for cell in part(number, picture)]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # otherwise random, and the notebook a new one each time
    return new_notebook(cells=cells, metadata={"lang": "en"})


def part(number: int, picture: dict[str, str]) -> list[NotebookNode]:
    rows = "".join(f"<tr><td>{digit}</td><td>{digit * 999}</td></tr>" for digit in range(10))
    return [
        new_markdown_cell(f"# Part {number}\n\n{PROSE}\n\n{PROSE}"),
        new_markdown_cell(f"## Loss\n\n{PROSE}\n\n$$-\\sum_i y_i \\log p_i$$"),
        new_code_cell(
            f"#| label: fig-{number}\n#| fig-cap: The loss.\nplot(losses)",
            outputs=[new_output("display_data", data=picture)],
        ),
        new_code_cell(
            f"#| label: tbl-{number}\n#| tbl-cap: Images of each class.\ncounts",
            outputs=[new_output("display_data", data={"text/html": TABLE.format(rows=rows)})],
        ),
        new_markdown_cell(f"See @fig-{number} and @tbl-{number}. {PROSE}"),
    ]


def figure() -> dict[str, str]:
    """A line plot as notebooks keep it: PNG for Word, SVG for the PDF."""
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(6, 3.5), dpi=150)
    drawing.subplots().plot([1 / step for step in range(1, 60)])
    png, svg = io.BytesIO(), io.StringIO()
    drawing.savefig(png, format="png")
    drawing.savefig(svg, format="svg")
    return {
        "image/png": b64encode(png.getvalue()).decode("ascii"),
        "image/svg+xml": svg.getvalue(),
    }
