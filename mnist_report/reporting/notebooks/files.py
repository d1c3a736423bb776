"""Notebooks as files: read and written whole, and summed up with all that their outputs need."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.common import settings
from mnist_report.common.errors import ReportError, ResultsError, raised_as
from mnist_report.common.storage import read_bytes, replacing
from mnist_report.training import recipes, runs

if TYPE_CHECKING:
    import nbformat

LIBRARIES = ["torch", "numpy", "scipy", "scikit-learn", "scikit-image", "pillow"]
LIBRARIES += ["pandas", "matplotlib", "seaborn"]


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook's content; ReportError if it cannot be read, or is no notebook."""
    import nbformat

    unread = f"Cannot read {path}"
    none = ReportError(f"{path} is no notebook; restore it, or take it away.")
    kinds = (ValueError, RecursionError, nbformat.reader.NotJSONError, nbformat.ValidationError)
    with raised_as(lambda error: ReportError(f"{unread}: {error.strerror}."), OSError):
        content = read_bytes(path)
    with raised_as(lambda _: none, *kinds):
        return nbformat.reads(content.decode(), as_version=4)


def code_cells(content: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that run, in their order."""
    return [cell for cell in content.cells if cell.cell_type == "code"]


def write(content: nbformat.NotebookNode, path: Path) -> None:
    """Store a notebook, whole or not at all."""
    import nbformat

    with replacing(path) as temporary:
        temporary.write_text(nbformat.writes(content) + "\n", encoding="utf-8")


def digest(content: nbformat.NotebookNode, recipe: str) -> str:
    """Sum up in one SHA-256, in hexadecimal, all that an executed notebook depends on.

    These are the code cells without their outputs, the recipe, the data set, the device, the
    language, the package's sources and those of the fonts, the versions of the libraries that draw
    and compute, the studies, and the finished runs; those of networks of one's own only where the
    recipe is one.
    """
    chosen = recipes.get(recipe)
    words = [repr(chosen), settings.dataset(), settings.language()]
    words += [os.environ.get("MNIST_REPORT_DEVICE", ""), *map(version, LIBRARIES)]
    words += [cell.source for cell in code_cells(content)]
    total = hashlib.sha256("\0".join(words).encode())
    stored = settings.results_dir().glob(f"*/{runs.RUN}")
    files = [
        *settings.PACKAGE.rglob("*.p[yo]"),  # sources, and catalogues of words
        *settings.PACKAGE.parent.glob("notebook_report/fonts.py"),  # what figures take from there
        *settings.project_root().glob("report/studies/*.json"),
        *(path for path in stored if chosen.source is not None or not _of_own_network(path)),
    ]
    for path in sorted(files):
        total.update(f"\0{path.name}\0".encode() + read_bytes(path))
    return total.hexdigest()


def _of_own_network(path: Path) -> bool:
    try:
        return runs.Summary.read(path).own_network
    except ResultsError:  # what is damaged has changed, too
        return False
