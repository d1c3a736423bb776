"""Load the data set that is worked on, whichever it is."""

from pathlib import Path

from mnist_report.common import settings
from mnist_report.datasets import image_folders, torchvision_sets
from mnist_report.datasets.dataset import NAMED, Dataset
from mnist_report.datasets.mnist import load_mnist


def load(root: Path | None = None) -> Dataset:
    """Read the data set that is worked on, `settings.dataset()`, fetching what is missing of it.

    `root` is the folder of the data files, by default `settings.data_dir()`. DataError if it cannot
    be had, or its files are damaged.
    """
    chosen = settings.dataset()
    if chosen == settings.MNIST:
        return load_mnist(root)
    if chosen in NAMED:
        return torchvision_sets.load(chosen, Path(root or settings.data_dir()))
    return image_folders.load(Path(chosen))


def folder(root: Path | None = None) -> Path:
    """Return where the files of the data set that is worked on lie, or will lie."""
    chosen = settings.dataset()
    if chosen in NAMED:
        return Path(root or settings.data_dir()) / NAMED[chosen].reader / "raw"
    return Path(chosen)
