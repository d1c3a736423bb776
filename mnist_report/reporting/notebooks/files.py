"""Notebooks as files: read and written whole, with pictures that do not burden the repository."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.common.errors import ReportError
from mnist_report.common.storage import replacing
from mnist_report.reporting.notebooks import pictures

if TYPE_CHECKING:
    import nbformat


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook's content.

    Raises:
        ReportError: it cannot be read, or is no notebook.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise ReportError(f"Cannot read {path}: {error.strerror}.") from error
    except (ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise ReportError(f"{path} is no notebook; restore it, or take it away.") from error


def code_cells(content: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that run, in their order."""
    return [cell for cell in content.cells if cell.cell_type == "code"]


def write(content: nbformat.NotebookNode, path: Path) -> None:
    """Store a notebook, whole or not at all."""
    import nbformat

    with replacing(path) as temporary:
        temporary.write_text(nbformat.writes(content) + "\n", encoding="utf-8")


def shrink_pictures(content: nbformat.NotebookNode) -> None:
    """Give the pictures among a notebook's outputs a palette, in place."""
    for cell in content.cells:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                picture = pictures.read(base64.b64decode(png))
                output.data["image/png"] = base64.b64encode(pictures.compact(picture)).decode()
