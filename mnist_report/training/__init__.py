"""From a recipe and a seed to a finished run in the store."""

import lazy_loader

from mnist_report.common.settings import device
from mnist_report.training.train import (
    VALIDATION_SHARE,
    fewer_images,
    finished_run,
    run_fingerprint,
    split_for,
    train,
)

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submodules=(
        "inference",
        "layers",
        "loop",
        "networks",
        "optimisation",
        "own_network",
        "recipes",
        "runs",
    ),
)
__all__ = [
    "VALIDATION_SHARE",
    "device",
    "fewer_images",
    "finished_run",
    "run_fingerprint",
    "split_for",
    "train",
]
