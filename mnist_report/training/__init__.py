"""From a recipe and a seed to a finished run in the store."""

# ruff: noqa: F401 (what is imported here is what the rooms above and notebooks call)

import pkgutil

import lazy_loader

from mnist_report.common.settings import device

from .recipes import Recipe
from .runs import Run
from .train import VALIDATION_SHARE, fewer_images, finished_run, run_fingerprint, split_for, train

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__, [module.name for module in pkgutil.iter_modules(__path__)]
)
