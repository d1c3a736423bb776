"""The published program: what its way of loading images costs, and what its faults do.

It loads MNIST through torchvision's data set and a `DataLoader`: every image becomes a PIL image,
then a tensor, is normalised alone, and is stacked to a batch again in Python.
"""

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.data import DataLoader

from mnist_report.common import DataError, Stored, devices, raised_as, settings
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import HALF, Batches, pixel_statistics
from mnist_report.evaluation.statistics import Interval, mean_interval
from mnist_report.training import Run, networks

from .record import Spread, Study

BATCH_SIZE = 64
DROPPED = 0.5  # the share that the dropout before the last layer sets to 0


class Cost(NamedTuple):
    """The cost of loading one epoch."""

    seconds: float  # wall time of one epoch
    measured: float  # seconds that the measurement itself took
    share: float  # of the epoch that was loaded, 0 to 1; below 1 `seconds` is extrapolated


def loader(root: Path | None = None, train: bool = True, **options: object) -> DataLoader:
    """Make the published loader: image by image, no worker processes; or DataError."""
    from torchvision import datasets, transforms  # which takes seconds to import

    steps = [transforms.ToTensor(), transforms.Normalize((HALF.mean,), (HALF.std,))]
    folder = root or settings.data_dir()
    missing = f"No MNIST files in {folder}; run `mnist-report data` first."
    with raised_as(lambda _: DataError(missing), RuntimeError):
        images = datasets.MNIST(folder, train=train, transform=transforms.Compose(steps))
    # Worker processes would start anew in each epoch, and hang in a notebook on Windows.
    return DataLoader(images, **{"batch_size": BATCH_SIZE, "shuffle": train} | options)


def epoch_cost(batches: DataLoader | Batches, budget: float = 2.0) -> Cost:
    """Load batches for `budget` seconds, or one epoch if that is shorter, and tell its cost.

    On one thread, as the published loader works: small batches gain nothing from more, and threads
    that wait for each other on a busy machine would spoil the measurement.
    """
    total, count, elapsed = len(batches), 0, 0.0
    if total == 0:
        raise DataError("There is no batch to read; give at least one image.")
    with devices.threads(1):
        start = time.perf_counter()
        for count, _ in enumerate(batches, start=1):  # noqa: B007 (the count is what is wanted)
            elapsed = time.perf_counter() - start
            if elapsed >= budget:
                break
    return Cost(seconds=elapsed * total / count, measured=elapsed, share=count / total)


class DeviceCrash(Stored):
    """A batch that stays on the CPU meets a network on a GPU."""

    error: str  # as PyTorch says it
    mended: str  # where the output lies once the batch is moved, too


class FlatDropout(Stored):
    """`Dropout2d` on flat vectors (N, 128), and on feature maps (N, 64, 12, 12)."""

    warning: str  # the first sentence of PyTorch's
    dropped: float  # share of the vectors' numbers that became 0
    same: bool  # whether `Dropout` with the same seed drops the very same ones
    maps: float  # share of feature maps that became 0 as a whole
    parts: float  # share of those that did so in part


class LossScale(Stored):
    """The loss an image in the first epoch, and the printed one."""

    an_image: float
    printed: float
    ratio: float


class Gain(Stored):
    """Mean of a gain over runs, and its 95 % interval, None of one run."""

    mean: float
    interval: Interval | None


class Peeking(Stored):
    """Accuracies of the epochs, a list a run; the best on the test set, and the honest ones."""

    validation: list[list[float]]
    test: list[list[float]]
    best: list[float]
    honest: list[float]
    gain: Gain


class HalfNormalisation(Stored):
    """Training pixels after (x − 0.5) / 0.5, and as they were before."""

    half: Spread
    measured: Spread


class FaultStudy(Study):
    """The record of `faults`: the published program's, each shown."""

    device: DeviceCrash
    dropout: FlatDropout
    loss: LossScale
    peeking: Peeking
    normalisation: HalfNormalisation

    @classmethod
    def of(cls, base: Study, runs: Sequence[Run], data: Dataset) -> Self:
        """Show all faults, by runs of one recipe with `peek`."""
        return cls(
            **dict(base),
            device=device_crash(),
            dropout=flat_dropout(),
            loss=loss_scale(runs[0], len(data.train_images)),
            peeking=peeking(runs),
            normalisation=half_normalisation(data),
        )


def device_crash() -> DeviceCrash:
    """Leave a batch on the CPU, and move it, with a network on a GPU that PyTorch imitates."""
    with FakeTensorMode():
        with torch.device("cuda"):
            network = networks.original()
        x = torch.empty(BATCH_SIZE, 1, 28, 28)
        try:
            network(x)
            error = ""
        except RuntimeError as caught:
            error = str(caught).splitlines()[0]
        return DeviceCrash(error=error, mended=network(x.to("cuda")).device.type)


def flat_dropout(vectors: int = 1_000) -> FlatDropout:
    """Apply `Dropout2d` to so many flat vectors and stacks of feature maps."""
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        flat = nn.Dropout2d(DROPPED)(torch.ones(vectors, 128))
    torch.manual_seed(0)
    plain = nn.Dropout(DROPPED)(torch.ones(vectors, 128))
    maps = (nn.Dropout2d(DROPPED)(torch.ones(vectors, 64, 12, 12)) == 0).flatten(2)  # (N, 64, 144)
    whole, some = maps.all(2), maps.any(2)
    return FlatDropout(
        warning=str(caught[0].message).split(". ")[0],
        dropped=(flat == 0).double().mean().item(),
        same=torch.equal(flat, plain),
        maps=whole.double().mean().item(),
        parts=(some & ~whole).double().mean().item(),
    )


def loss_scale(run: Run, images: int) -> LossScale:
    """Compare a first epoch's loss with the printed one, a sum of batch means over images."""
    loss = float(run.history.train_loss.iloc[0])  # mean of the batches' means
    printed = loss * -(-images // BATCH_SIZE) / images
    return LossScale(an_image=loss, printed=printed, ratio=loss / printed)


def peeking(runs: Sequence[Run]) -> Peeking:
    """Compare the best epoch on the test set with the honest one."""
    validation = [run.history.validation_accuracy.tolist() for run in runs]
    test = [run.history.test_accuracy.tolist() for run in runs]
    best = [max(epochs) for epochs in test]
    honest = [t[honest_epoch(v)] for v, t in zip(validation, test, strict=True)]
    gains = [b - h for b, h in zip(best, honest, strict=True)]
    interval = mean_interval(gains) if len(gains) > 1 else None
    gain = Gain(mean=sum(gains) / len(gains), interval=interval)
    return Peeking(validation=validation, test=test, best=best, honest=honest, gain=gain)


def honest_epoch(validation: Sequence[float]) -> int:
    """Return the index of the best epoch on validation, the last of them if several are."""
    return len(validation) - 1 - int(np.argmax(validation[::-1]))


def half_normalisation(data: Dataset) -> HalfNormalisation:
    """Measure the training pixels before and after (x − 0.5) / 0.5."""
    measured = pixel_statistics(data.train_images)
    pixels = {"half": measured.under(HALF), "measured": measured}
    spreads = {key: Spread(mean=each.mean, deviation=each.std) for key, each in pixels.items()}
    return HalfNormalisation(**spreads)
