"""The page of all figures, with small pictures taken from the notebooks as they stand."""

from __future__ import annotations

import ast
import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from mnist_report import figures
from mnist_report.common.storage import replacing
from mnist_report.reporting.notebooks import files
from tools import ROOT, pictures

if TYPE_CHECKING:
    import nbformat

WIDTH = 420  # pixels of a picture
COLUMNS = 2
NAMES = tuple(name for name in figures.__all__ if name != "use_style")
OPENING = """# Gallery

Every figure of this project, as the notebooks of the analysis draw it, with the function that does.
Each speaks Chinese as well; [notebooks/zh-CN](../notebooks/zh-CN) shows them. This page is made by
`mnist-report notebooks --inplace`.
"""


@dataclass(frozen=True)
class Entry:
    """One figure: the function that draws it, the notebook that it is from, and its picture."""

    name: str
    notebook: Path
    picture: Image.Image


def page(root: Path = ROOT) -> Path:
    """Return the page's path; its pictures lie in the folder of the same name."""
    return root / "docs" / "gallery.md"


def entries(root: Path = ROOT) -> list[Entry]:
    """Return the figures that notebooks show, in order; of one that comes again, the first."""
    found: dict[str, Entry] = {}
    for notebook in sorted(root.glob("notebooks/[0-9]*.ipynb")):
        for name, picture in _drawn(files.read(notebook)):
            found.setdefault(name, Entry(name, notebook, picture))
    return list(found.values())


def refresh(root: Path = ROOT) -> Path:
    """Make the page and its pictures anew; return the page."""
    folder = page(root).with_suffix("")
    shown = entries(root)
    for entry in shown:
        with replacing(folder / f"{entry.name}.png") as temporary:
            temporary.write_bytes(pictures.compact(entry.picture))
    for old in set(folder.glob("*.png")) - {folder / f"{entry.name}.png" for entry in shown}:
        old.unlink()
    with replacing(page(root)) as temporary:
        temporary.write_text(text(shown), encoding="utf-8")
    return page(root)


def text(shown: list[Entry]) -> str:
    """Return the page in Markdown: a section a notebook, a table of figures in each."""
    parts = [OPENING]
    for notebook in dict.fromkeys(entry.notebook for entry in shown):
        cells = [_cell(entry) for entry in shown if entry.notebook == notebook]
        cells += [" "] * (-len(cells) % COLUMNS)
        rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
        head = [" | ".join([" "] * COLUMNS), " | ".join(["---"] * COLUMNS)]
        lines = [f"| {line} |" for line in (*head, *map(" | ".join, rows))]
        title = f"## [{notebook.stem}](../notebooks/{notebook.name})"
        parts.append("\n".join([title, "", *lines, ""]))
    return "\n".join(parts)


def _cell(entry: Entry) -> str:
    says = (getattr(figures, entry.name).__doc__ or "").splitlines()[0]
    return f"![{entry.name}](gallery/{entry.name}.png)<br>`figures.{entry.name}`: {says}"


def _drawn(content: nbformat.NotebookNode) -> Iterator[tuple[str, Image.Image]]:
    """Yield the figure functions that cells call, each with the picture that came of it."""
    for cell in content.cells:
        if cell.cell_type == "code":
            images = [png for output in cell.outputs if (png := _png(output))]
            for name, png in zip(_called(cell.source), images, strict=False):
                yield name, _small(pictures.read(base64.b64decode(png)))


def _png(output: nbformat.NotebookNode) -> str:
    return output.get("data", {}).get("image/png", "")


def _called(source: str) -> list[str]:
    """Return the names of the figure functions that a cell calls, in order."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        func.attr
        for func in calls
        if isinstance(func, ast.Attribute) and func.attr in NAMES and _is_figures(func.value)
    ]


def _is_figures(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "figures"


def _small(picture: Image.Image) -> Image.Image:
    height = round(picture.height * WIDTH / picture.width)
    return picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
