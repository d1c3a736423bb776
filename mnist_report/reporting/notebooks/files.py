"""Notebooks as files: read and written whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.common.errors import ReportError
from mnist_report.common.storage import replacing

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
