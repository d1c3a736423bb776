"""The published program's way of reading the data, and what it costs beside tensor batches.

That program reads MNIST through torchvision's data set and a `DataLoader`: every image becomes a
PIL image, then a tensor, is normalised alone, and is stacked to a batch again in Python.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from mnist_report.common import devices, settings
from mnist_report.common.errors import DataError
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import HALF, Batches, pixel_statistics
from mnist_report.evaluation.statistics import mean_interval
from mnist_report.training import networks
from mnist_report.training.runs import Run

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


def reading_costs(data: Dataset) -> dict[str, Any]:
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


DROPPED = 0.5  # the share that the dropout before the last layer sets to 0


def examine(runs: Sequence[Run], data: Dataset) -> dict[str, Any]:
    """All faults, as plain values.

    Args:
        runs: of one recipe with `peek`, which looks at the test set after every epoch.
        data: MNIST.
    """
    return {
        "device": device_crash(),
        "dropout": flat_dropout(),
        "loss": loss_scale(runs[0], len(data.train_images)),
        "peeking": peeking(runs),
        "normalisation": half_normalisation(data),
    }


def device_crash() -> dict[str, str]:
    """A batch that stays on the CPU meets a network on a GPU, whose tensors are only imitated.

    PyTorch's fake tensors know shape and device without holding a number, so that a GPU's errors
    can be had without one.

    Returns:
        `error`: what PyTorch says; `mended`: where the output lies once the batch is moved, too.
    """
    with FakeTensorMode():
        with torch.device("cuda"):
            network = networks.original()
        x = torch.empty(BATCH_SIZE, 1, 28, 28)
        try:
            network(x)
            error = ""
        except RuntimeError as caught:
            error = str(caught).splitlines()[0]
        return {"error": error, "mended": network(x.to("cuda")).device.type}


def flat_dropout(vectors: int = 1_000) -> dict[str, Any]:
    """What `Dropout2d` does to flat vectors (N, 128), and to feature maps (N, 64, 12, 12).

    Args:
        vectors: N.

    Returns:
        `warning`, the first sentence of PyTorch's; `dropped`, the share of the vectors' numbers
        that became 0; `same`, whether `Dropout` with the same seed drops the very same ones;
        `maps`, the share of feature maps that became 0 as a whole; `parts`, the share of those
        that did so in part.
    """
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        flat = nn.Dropout2d(DROPPED)(torch.ones(vectors, 128))
    torch.manual_seed(0)
    plain = nn.Dropout(DROPPED)(torch.ones(vectors, 128))
    maps = (nn.Dropout2d(DROPPED)(torch.ones(vectors, 64, 12, 12)) == 0).flatten(2)
    whole, some = maps.all(2), maps.any(2)
    return {
        "warning": str(caught[0].message).split(". ")[0],
        "dropped": (flat == 0).double().mean().item(),
        "same": bool(torch.equal(flat, plain)),
        "maps": whole.double().mean().item(),
        "parts": (some & ~whole).double().mean().item(),
    }


def loss_scale(run: Run, images: int) -> dict[str, float]:
    """The published program's loss of the first epoch beside the loss an image.

    It sums the means of the batches, and divides by the number of images instead of batches.

    Args:
        run: whose first epoch is looked at.
        images: how many training images the published program counts.
    """
    loss = float(run.history.train_loss.iloc[0])  # mean of the batches' means
    batches = -(-images // BATCH_SIZE)
    printed = loss * batches / images
    return {"an_image": loss, "printed": printed, "ratio": loss / printed}


def peeking(runs: Sequence[Run]) -> dict[str, Any]:
    """How much better a program looks that quotes its best epoch on the test set.

    The honest epoch is the one that is best on validation, the last of them if several are.

    Returns:
        A list a run of `validation` and `test` accuracies, epoch by epoch; for each run the
        `best` test accuracy and the `honest` one; the differences' mean and 95 % interval.
    """
    validation = [run.history.validation_accuracy.tolist() for run in runs]
    test = [run.history.test_accuracy.tolist() for run in runs]
    best = [max(epochs) for epochs in test]
    chosen = [max(range(len(epochs)), key=lambda i, e=epochs: (e[i], i)) for epochs in validation]
    honest = [epochs[i] for epochs, i in zip(test, chosen, strict=True)]
    gains = [b - h for b, h in zip(best, honest, strict=True)]
    several = len(gains) > 1
    return {
        **{"validation": validation, "test": test, "best": best, "honest": honest},
        "gain": {
            "mean": sum(gains) / len(gains),
            "interval": list(mean_interval(gains)) if several else None,
        },
    }


def half_normalisation(data: Dataset) -> dict[str, Any]:
    """Mean and deviation of the training pixels after (x − 0.5) / 0.5, and as they were before."""
    measured = pixel_statistics(data.train_images)
    return {
        "half": {
            "mean": (measured.mean - HALF.mean) / HALF.std,
            "deviation": measured.std / HALF.std,
        },
        "measured": {"mean": measured.mean, "deviation": measured.std},
    }
