"""The study `ablation`: step by step from the published program to `standard`, and `standard`
without each of its parts.

The first step is not trained: loading image by image changes the seconds of a run and nothing else,
so its error is that of the next one and its seconds are measured (`published_program`).
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch

from mnist_report.common.storage import Stored
from mnist_report.datasets import HALF, Batches, Dataset
from mnist_report.evaluation.statistics import Interval
from mnist_report.training.runs import Run

from . import published_program
from .record import Study

STEPS, PARTS = "ladder-", "without-"  # how the names of its recipes begin


class LoadingSeconds(Stored):
    """Seconds of an epoch from the published program's loader, and from tensors."""

    loader: float
    tensors: float


class Loading(Stored):
    """The cost of loading so many images."""

    images: int
    seconds: LoadingSeconds


class AblationStudy(Study):
    """The record of `ablation`, with what loading image by image would add to any run."""

    reading: Loading

    @classmethod
    def of(cls, base: Study, runs: Sequence[Run], data: Dataset) -> Self:
        """Measure an epoch of the training files by the published loader, and from tensors."""
        x, y, chance = data.train_images, data.train_labels, torch.Generator().manual_seed(0)
        tensors = Batches(x, y, published_program.BATCH_SIZE, HALF, generator=chance)
        sources = {"loader": published_program.loader(), "tensors": tensors}
        costs = {key: published_program.epoch_cost(each).seconds for key, each in sources.items()}
        return cls(**dict(base), reading=Loading(images=len(x), seconds=LoadingSeconds(**costs)))


class Row(NamedTuple):
    """One recipe of the study."""

    key: str  # what was changed or taken out, as in `definitions`
    errors: list[float]  # rate of each run on the test set, 0 to 1
    mean: float
    interval: Interval | None  # 95 % t-interval of the mean; None for a single run
    seconds: float  # mean training time


def ladder(study: AblationStudy) -> list[Row]:
    """Return the steps, from the published program as it is to `clean`."""
    first, *others = _rows(study, STEPS)
    loading, epochs = study.reading, study.recipes[0].epochs
    images = loading.images - study.runs[0].validation.images  # of which a run sees so many
    slower = (loading.seconds.loader - loading.seconds.tensors) * images / loading.images
    loader = first._replace(seconds=first.seconds + epochs * slower)
    return [loader, first._replace(key="tensors"), *others]


def leave_one_out(study: AblationStudy) -> list[Row]:
    """Return `clean`, as `whole`, and it without each part; without EMA: the last step but one."""
    *_, before, whole = _rows(study, STEPS)
    return [whole._replace(key="whole"), *_rows(study, PARTS), before._replace(key=whole.key)]


def _rows(study: Study, prefix: str) -> list[Row]:
    rows = []
    for recipe in (each for each in study.recipes if each.recipe.startswith(prefix)):
        runs, test = study.runs_of(recipe.recipe), recipe.test
        interval = test.interval and Interval(1 - test.interval.high, 1 - test.interval.low)
        errors = [1 - run.test.accuracy for run in runs]
        seconds = sum(run.training_seconds for run in runs) / len(runs)
        key = recipe.recipe.removeprefix(prefix)
        rows.append(Row(key, errors, 1 - test.mean, interval, seconds))
    return rows
