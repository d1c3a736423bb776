"""Load the data set that is worked on, whichever it is."""

from __future__ import annotations

from pathlib import Path

from mnist_report.common import settings
from mnist_report.datasets import image_folders, torchvision_sets
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.mnist import load_mnist


def load(root: Path | None = None) -> Dataset:
    """Read the data set that is worked on, `settings.dataset()`, fetching what is missing of it.

    Args:
        root: the folder of the data files; by default `settings.data_dir()`.

    Raises:
        DataError: it cannot be had; see `fetch`, `named.load` and `folders.load`.
    """
    chosen = settings.dataset()
    if chosen == settings.MNIST:
        return load_mnist(root)
    if chosen in torchvision_sets.NAMED:
        return torchvision_sets.load(chosen, settings.data_dir() if root is None else Path(root))
    return image_folders.load(Path(chosen))


def folder(root: Path | None = None) -> Path:
    """Where the files of the data set that is worked on lie, or will lie."""
    chosen = settings.dataset()
    if chosen in settings.DATASETS:
        where = "MNIST" if chosen == settings.MNIST else torchvision_sets.NAMED[chosen].reader
        return (settings.data_dir() if root is None else Path(root)) / where / "raw"
    return Path(chosen)
