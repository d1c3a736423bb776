"""Time exports to Word and PDF, and compare the bytes of repeats."""

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

from benchmarks.process import repeated
from mnist_report.common import settings

REPORT, MERGED = "report", "20 merged notebooks"
FORMATS = ("docx", "pdf")
PARTS = 20
TABLE = "<table><tr><th>class</th><th>images</th></tr>{}</table>".format(
    "".join(f"<tr><td>{digit}</td><td>{digit * 999}</td></tr>" for digit in range(10))
)
PROSE = "The network reads a digit of 28 by 28 pixels, and says which of ten it is. " * 12


def export_time(what: str, to: str, repeats: int) -> dict[str, Any]:
    """Seconds of exports one after the other, start-up left out; whether all gave the same file."""
    from notebook_report import export_notebook

    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "notebook.ipynb", Path(folder) / f"out.{to}"
        metadata, times, files = None, [], set()
        if what == REPORT:
            shutil.copyfile(executed_report(), path)
            metadata = settings.project_root() / "report" / "metadata.yml"
        else:
            nbformat.write(merged(), path)
        for _ in range(max(repeats, 2)):
            times += repeated(lambda: export_notebook(path, to, out, metadata_file=metadata), 1)
            files.add(out.read_bytes())
        cells = len(nbformat.read(path, as_version=4).cells)
    seconds = {"seconds": median(times), "worst": max(times)}
    return {"what": what, "to": to} | seconds | {"same": len(files) == 1, "cells": cells}


def executed_report() -> Path:
    """The executed copy of the report, which may not be there yet."""
    from mnist_report.reporting.notebooks import files

    return files.executed_copy(files.report_notebook("zh-CN"))


def merged(parts: int = PARTS) -> NotebookNode:
    """Twenty notebooks in one: each with prose, a formula, code, a figure and a table."""
    from matplotlib.figure import Figure

    drawing, png, svg = Figure(figsize=(6, 3.5), dpi=150), io.BytesIO(), io.StringIO()
    drawing.subplots().plot([1 / step for step in range(1, 60)])
    drawing.savefig(png, format="png")
    drawing.savefig(svg, format="svg")
    # As notebooks keep it: PNG for Word, SVG for the PDF.
    picture = {"image/png": b64encode(png.getvalue()).decode(), "image/svg+xml": svg.getvalue()}
    figure, table = (
        [new_output("display_data", data=data)] for data in (picture, {"text/html": TABLE})
    )
    cells = [
        cell
        for k in range(1, parts + 1)
        for cell in (
            new_markdown_cell(f"# Part {k}\n\n{PROSE}\n\n{PROSE}"),
            new_markdown_cell(f"## Loss\n\n{PROSE}\n\n$$-\\sum_i y_i \\log p_i$$"),
            new_code_cell(
                f"#| label: fig-{k}\n#| fig-cap: The loss.\nplot(losses)", outputs=figure
            ),
            new_code_cell(f"#| label: tbl-{k}\n#| tbl-cap: Images.\ncounts", outputs=table),
            new_markdown_cell(f"See @fig-{k} and @tbl-{k}. {PROSE}"),
        )
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # otherwise random, and the notebook a new one each time
    return new_notebook(cells=cells, metadata={"lang": "en"})
