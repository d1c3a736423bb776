"""Our recipes, measured through the package's own training code."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from benchmarks.pace import Pace, affordable
from mnist_report import datasets
from mnist_report.common import devices
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Augmentation, Batches, Split, stratified_split
from mnist_report.training import loop, networks
from mnist_report.training.optimisation import make_optimiser, weight_average
from mnist_report.training.recipes import Recipe
from mnist_report.training.train import VALIDATION_SHARE

CPU = torch.device("cpu")  # all targets are for a CPU, whatever else the machine has
PROBE = 8  # steps, to learn how many the budget allows
VALIDATED = 500  # images; few, so that hardly more than training is measured with them


def split_of(data: Dataset) -> Split:
    """The split that `training.train` makes."""
    return stratified_split(data.train_labels, len(data.train_labels) // VALIDATION_SHARE)


def measure(recipe: Recipe, budget: float, data: Dataset | None = None) -> dict[str, Any]:
    """Training and validation time of an epoch; `start` is what the process's first one adds."""
    data = data or datasets.load()
    split = split_of(data)
    total = len(split.train) // recipe.batch_size
    least = min(PROBE, total)
    start, probe, _ = _epoch(recipe, data, split, least)
    steps = affordable(budget, probe / least, least, total)
    _, seconds, fitted = _epoch(recipe, data, split, steps)
    return {
        "train": Pace(steps, seconds, total).as_dict(),
        "evaluation": Pace(1, _validation(fitted, data, split.validation), 1).as_dict(),
        "images": total * recipe.batch_size,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "start": start,
    }


def _epoch(
    recipe: Recipe, data: Dataset, split: Split, steps: int
) -> tuple[float, float, loop.Fitted]:
    # Two epochs in `loop.fit`, shortened to so many steps: the first warms up, which in a run
    # of a single epoch is to be counted; the second, less its validation, is what is measured.
    short = Split(split.train[: steps * recipe.batch_size], split.validation[:VALIDATED])
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "checkpoint"
        two = replace(recipe, epochs=2)
        fitted = loop.fit(two, 0, data, short, CPU, checkpoint, "benchmark")
    first, both = (row["seconds"] for row in fitted.history)
    second = both - first
    validation = _validation(fitted, data, short.validation)
    return max(first - second, 0.0), max(second - validation, 1e-9), fitted


def _validation(fitted: loop.Fitted, data: Dataset, index: Tensor, repeats: int = 3) -> float:
    images, labels = loop.on_device(data, index, CPU)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        loop.validate(fitted.model, images, labels, fitted.normalisation)
        times.append(time.perf_counter() - started)
    return sorted(times)[repeats // 2]


class Trainee:
    """A recipe in training, set up as in `loop.fit`, that is moved on by a few steps at a time.

    Attributes:
        recipe: what is trained.
        model: its network.
        first: a batch of training images without augmentation, ready to be used.
    """

    def __init__(self, recipe: Recipe, data: Dataset | None = None) -> None:
        torch.set_flush_denormal(True)
        devices.retain_freed_memory()
        torch.manual_seed(0)
        data = data or datasets.load()
        self.recipe = recipe
        self.images, self.labels = loop.on_device(data, split_of(data).train, CPU)
        self.normalisation = loop.choose_normalisation(recipe, self.images)
        self.model = networks.build(recipe.network, recipe.width)
        self.model.to(memory_format=torch.channels_last)
        self.average = weight_average(self.model, recipe.weight_average)
        self.optimiser = make_optimiser(recipe, self.model)
        self.first = next(self.batches(None))

    def batches(self, augmentation: Augmentation | None) -> Iterator[tuple[Tensor, Tensor]]:
        """Training batches without end, as `fit` draws them."""
        generator = torch.Generator().manual_seed(0)
        source = Batches(
            self.images,
            self.labels,
            self.recipe.batch_size,
            self.normalisation,
            augmentation=augmentation,
            generator=generator,
        )
        while True:
            yield from source

    def ready(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The same batch without end: input that costs nothing."""
        while True:
            yield self.first

    def train(self, source: Iterator[tuple[Tensor, Tensor]], steps: int = 1) -> None:
        """Take the next steps, by the package's own loop."""
        loop.train_epoch(
            self.recipe,
            self.model,
            self.average,
            self.optimiser,
            _Some(source, steps),
            0,
            tqdm(disable=True),
        )


class _Some:
    """The next `count` batches of a source."""

    def __init__(self, source: Iterator[tuple[Tensor, Tensor]], count: int) -> None:
        self.source, self.count = source, count

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return islice(self.source, self.count)
