"""Two networks on the same test images: what only one classifies, and how sure one can be."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike
from pydantic import Field

from mnist_report.common import MissingStudyError, ReportError, Stored
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import statistics
from mnist_report.evaluation.metrics import Misclassified, misclassified
from mnist_report.training import Run, recipes

from .record import Study

# Neighbours in the order of the recipes, and the published program beside what we offer instead.
PAIRS = (("original", "standard"), ("original", "fast"), ("fast", "standard"), ("standard", "best"))

LEVEL, POWER = 0.05, 0.8  # probabilities of finding a difference: where there is none, and one


class Paired(Stored):
    """Two networks on the same images."""

    first: str  # recipe
    second: str
    seed: int | None = None  # of both, in a record
    only_first: int  # images that only the first network classifies
    only_second: int
    p_value: float  # of McNemar's exact test
    images: int
    difference: float  # of the accuracies, second minus first, with its 95 % interval
    interval: statistics.Interval
    images_needed: int | None  # to find it four times in five; None if none would do


class RecipeStudy(Study):
    """The record of `recipes`: pairs of them, and what the first seed misclassifies."""

    misclassified: dict[str, Misclassified] = Field(alias="misread")
    pairs: list[Paired]

    @classmethod
    def of(cls, base: Study, runs: Sequence[Run], data: Dataset) -> Self:
        """Compare each of `PAIRS` for each seed that both have."""
        labels = data.test_labels.numpy()
        found = {
            (run.summary.recipe, run.summary.seed): misclassified(run.test_logits, labels)
            for run in runs
        }
        pairs = [
            paired((found[a, seed], found[b, seed]), len(labels), (a, b), seed=seed)
            for a, b in PAIRS
            for seed in base.seeds
            if {(a, seed), (b, seed)} <= found.keys()
        ]
        of_first = {name: wrong for (name, seed), wrong in found.items() if seed == base.seeds[0]}
        return cls(**dict(base), misclassified=of_first, pairs=pairs)

    def between(self, first: str, second: str) -> list[Paired]:
        """Return the comparisons of two recipes, the first seed's first, or MissingStudyError."""
        pairs = [pair for pair in self.pairs if (pair.first, pair.second) == (first, second)]
        if not pairs:
            missing = f"The record of the recipes compares no {first} with {second}"
            raise MissingStudyError(f"{missing}: run `mnist-report study recipes` again.")
        return pairs


class Pooled(NamedTuple):
    """Two recipes over all seeds of a record."""

    runs: int  # of either
    only_first: float  # mean number of images that only the first classifies
    only_second: float
    difference: float | None  # of the mean accuracies (Welch); None where one seed alone was run
    interval: statistics.Interval | None
    p_value: float | None
    images_needed: int | None  # by the mean numbers


class McNemar(NamedTuple):
    """Images that only the first or only the second network classifies; two-sided p-value."""

    only_first: int
    only_second: int
    p_value: float


def paired(
    wrong: tuple[Misclassified, Misclassified], images: int, names: tuple[str, str], **seed: int
) -> Paired:
    """Compare two networks, which have these names, by the images that each misclassifies."""
    right = np.ones((2, images), bool)
    for row, misses in zip(right, wrong, strict=True):
        row[misses.index] = False
    test = mcnemar(*right)
    return Paired(
        first=names[0],
        second=names[1],
        **seed,
        **test._asdict(),
        images=images,
        difference=(test.only_second - test.only_first) / images,
        interval=paired_difference(test.only_first, test.only_second, images),
        images_needed=_needed(test.only_first, test.only_second, images),
    )


def compare_with_record(run: Run, labels: ArrayLike, study: RecipeStudy) -> Paired:
    """Compare the recorded run of its reference recipe with a run; `labels` are the test set's."""
    first, second = recipes.reference(run.summary.recipe), run.summary.recipe
    wrong = study.misclassified[first], misclassified(run.test_logits, labels)
    return paired(wrong, len(run.test_logits), (first, second))


def pooled(study: RecipeStudy, first: str, second: str) -> Pooled:
    """Compare two recipes over all seeds of the record; errors as of `between`."""
    pairs = study.between(first, second)
    counts = np.mean([(pair.only_first, pair.only_second) for pair in pairs], axis=0).tolist()
    welch = over_seeds(study, first, second) if len(pairs) > 1 else [None] * 3
    return Pooled(len(pairs), *counts, *welch, _needed(*counts, pairs[0].images))


def over_seeds(study: Study, first: str, second: str) -> statistics.Difference:
    """Compare the mean accuracies of two recipes over the runs, two of each, else ReportError."""
    samples = ([run.test.accuracy for run in study.runs_of(name)] for name in (first, second))
    return statistics.mean_difference(*samples)


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> McNemar:
    """Test whether two networks classify equally often: McNemar's test (1947), exact.

    The arguments (N,) tell which images each classifies. Images that both classify, or neither, say
    nothing about the difference. If the networks are equally good, each of the others is as likely
    to be classified by the one as by the other. ReportError unless all are true or false.
    """
    first, second = np.asarray(first_right), np.asarray(second_right)
    both_bool = {first.dtype, second.dtype} == {np.dtype(bool)}
    if first.shape != second.shape or first.ndim != 1 or not both_bool:
        raise ReportError("McNemar's test needs true or false for the same images, twice.")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    different = only_first + only_second
    p_value = scipy.stats.binomtest(only_first, different).pvalue if different else 1.0
    return McNemar(only_first, only_second, float(p_value))


def paired_difference(only_first: int, only_second: int, images: int) -> statistics.Interval:
    """Adjusted Wald interval of second − first accuracy (Bonett, Price 2012), or ReportError."""
    if min(only_first, only_second) < 0 or not 0 < images >= only_first + only_second:
        raise ReportError(f"{only_first} and {only_second} of {images} images do not go together.")
    first, second = (only_first + 1) / (images + 2), (only_second + 1) / (images + 2)
    error = np.sqrt((first + second - (second - first) ** 2) / (images + 2))
    return statistics.Interval.around(
        second - first, scipy.stats.norm.ppf(statistics.ENDS[1]) * error
    )


def images_needed(first_rate: float, second_rate: float) -> float:
    """Compute how many images McNemar's test needs to find a difference four times in five.

    After Connor (1987), "Sample size for testing differences in proportions for the paired-sample
    design"; the test is two-sided, at 5 %. The rates are shares of the images that only the one
    network classifies, else ReportError. Infinite if they are equal.
    """
    both, difference = first_rate + second_rate, abs(first_rate - second_rate)
    if min(first_rate, second_rate) < 0 or both > 1:
        raise ReportError(f"{first_rate} and {second_rate} are not shares of the same images.")
    if difference == 0:
        return float("inf")
    under_none, under_some = scipy.stats.norm.ppf([1 - LEVEL / 2, POWER])
    root = under_none * np.sqrt(both) + under_some * np.sqrt(both - difference**2)
    return float((root / difference) ** 2)


def _needed(only_first: float, only_second: float, images: int) -> int | None:
    needed = images_needed(only_first / images, only_second / images)
    return round(needed) if np.isfinite(needed) else None
