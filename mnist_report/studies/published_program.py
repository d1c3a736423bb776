"""The published program's way of reading the data, and what it costs beside tensor batches.

That program reads MNIST through torchvision's data set and a `DataLoader`: every image becomes a
PIL image, then a tensor, is normalised alone, and is stacked to a batch again in Python.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from mnist_report.common import devices, settings
from mnist_report.common.errors import DataError
from mnist_report.datasets.mnist import Mnist
from mnist_report.datasets.preprocessing import HALF, Batches

BATCH_SIZE = 64
HALF_TRANSFORM = ((0.5,), (0.5,))


class BatchSource(Iterable[tuple[Tensor, Tensor]], Sized, Protocol):
    """What can be iterated over for (x, y) batches and knows how many there are."""


@dataclass(frozen=True)
class Cost:
    """What reading one epoch costs.

    Attributes:
        seconds: wall time of one epoch.
        measured: the seconds that the measurement itself took.
        share: the part of the epoch that was read, from 0 to 1; below 1 `seconds` is extrapolated.
    """

    seconds: float
    measured: float
    share: float


def loader(root: Path | None = None, train: bool = True, **options: Any) -> DataLoader:
    """The published program's loader: batches of 64 that are read image by image.

    Without worker processes, as in the published program; they start anew in each epoch, and in a
    notebook on Windows they hang.

    Raises:
        DataError: the data files are not there.
    """
    steps = [transforms.ToTensor(), transforms.Normalize(*HALF_TRANSFORM)]
    folder = root or settings.data_dir()
    try:
        images = datasets.MNIST(folder, train=train, transform=transforms.Compose(steps))
    except RuntimeError as error:
        raise DataError(f"No MNIST files in {folder}; run `mnist-report data` first.") from error
    return DataLoader(images, **{"batch_size": BATCH_SIZE, "shuffle": train} | options)


def epoch_cost(batches: BatchSource, budget: float = 2.0) -> Cost:
    """Read batches for `budget` seconds, or one epoch if that is shorter, and tell its cost.

    On one thread, as the published loader works: small batches gain nothing from more, and
    threads that wait for each other on a busy machine would spoil the measurement.

    Raises:
        DataError: there is no batch to read.
    """
    total, read, elapsed = len(batches), 0, 0.0
    if total == 0:
        raise DataError("There is no batch to read; give at least one image.")
    with devices.threads(1):
        start = time.perf_counter()
        for read, _ in enumerate(batches, start=1):  # noqa: B007 (the count is what is wanted)
            elapsed = time.perf_counter() - start
            if elapsed >= budget:
                break
    return Cost(seconds=elapsed * total / read, measured=elapsed, share=read / total)


def reading_costs(data: Mnist) -> dict[str, Any]:
    """Seconds to read an epoch of the training files by the published loader, and from tensors.

    Args:
        data: what the tensors are.

    Raises:
        DataError: the data files are not there.
    """
    tensors = Batches(
        data.train_images,
        data.train_labels,
        BATCH_SIZE,
        HALF,
        generator=torch.Generator().manual_seed(0),
    )
    sources = {"loader": loader(), "tensors": tensors}
    costs = {name: epoch_cost(batches).seconds for name, batches in sources.items()}
    return {"reading": {"images": len(data.train_images), "seconds": costs}}
