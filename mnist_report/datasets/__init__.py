"""From bytes on disk to images, labels, splits and augmented batches on the device."""

# ruff: noqa: F401 (what is imported here is what the rooms above and notebooks call)

import pkgutil
from pathlib import Path

import lazy_loader

from mnist_report.common import settings

from . import image_folders, mnist
from .dataset import NAMED, Dataset, evenly_spaced
from .preprocessing import HALF, Batches, Normalisation, Split, stratified_split

# The modules are imported when they are first used: a worker of a study needs few of them.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__, [module.name for module in pkgutil.iter_modules(__path__)]
)


def load(root: Path | None = None) -> Dataset:
    """Read the data set that is worked on; what is missing of it is fetched, else DataError."""
    chosen = settings.dataset()
    if chosen == settings.MNIST:
        return mnist.load_mnist(root)
    if chosen in NAMED:
        return mnist.load_named(chosen, Path(root or settings.data_dir()))
    return image_folders.load(Path(chosen))


def folder(root: Path | None = None) -> Path:
    """Return where the files of the data set that is worked on lie, or will lie."""
    chosen = settings.dataset()
    if chosen in NAMED:
        return Path(root or settings.data_dir()) / NAMED[chosen].reader / "raw"
    return Path(chosen)
