"""The sum of all that an executed notebook depends on; while it stays, nothing is run again."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.common import settings, storage
from mnist_report.common.errors import ResultsError
from mnist_report.reporting.notebooks.files import code_cells
from mnist_report.training import recipes, runs

if TYPE_CHECKING:
    import nbformat

LIBRARIES = (
    *("torch", "numpy", "scipy", "scikit-learn", "scikit-image", "pillow"),
    *("pandas", "matplotlib", "seaborn"),
)


def digest(content: nbformat.NotebookNode, recipe: str) -> str:
    """Sum up in one SHA-256, in hexadecimal, all that an executed notebook depends on.

    These are the code cells without their outputs, the recipe, the data set, the device, the
    language, the package's sources and those of the fonts, the versions of the libraries that draw
    and compute, the studies, and the finished runs; those of networks of one's own only where the
    recipe is one.
    """
    words = [repr(recipes.get(recipe)), settings.dataset(), settings.language()]
    words.append(os.environ.get("MNIST_REPORT_DEVICE", ""))
    words += [version(library) for library in LIBRARIES]
    words += [cell.source for cell in code_cells(content)]
    root = settings.project_root()
    files = [
        *root.glob("mnist_report/**/*.p[yo]"),  # sources, and catalogues of words
        *root.glob("notebook_report/fonts.py"),  # what figures take from there
        *root.glob("report/studies/*.json"),
        *_runs(recipe),
    ]
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(files):
        total.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return total.hexdigest()


def _runs(recipe: str) -> list[Path]:
    """Find the files in which the finished runs tell of themselves."""
    found = settings.results_dir().glob(f"*/{runs.RUN}")
    own = recipes.get(recipe).source is not None
    return [path for path in found if own or not _of_own_network(path)]


def _of_own_network(path: Path) -> bool:
    try:
        return runs.own_network(storage.read_sealed(path))
    except ResultsError:  # what is damaged has changed, too
        return False
