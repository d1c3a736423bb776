"""Two networks on the same test images: what only one of them reads, and how sure one can be.

The study `recipes` keeps which images the first seed of each recipe misreads, so that any later run
can be compared with it image by image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mnist_report.common.errors import MissingStudyError, ReportError
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import statistics
from mnist_report.evaluation.metrics import Misclassified, misclassified
from mnist_report.evaluation.statistics import Interval
from mnist_report.training import recipes
from mnist_report.training.runs import Run

# Neighbours in the order of the recipes, and the published program beside what we offer instead.
PAIRS = (("original", "standard"), ("original", "fast"), ("fast", "standard"), ("standard", "best"))


def measure(runs: Sequence[Run], data: Dataset) -> dict[str, Any]:
    """What the record of the study `recipes` says of pairs of recipes.

    Returns:
        `misread`: for each recipe the test images that its run with the lowest seed misreads, as
        `misread` gives them; `pairs`: for each of `PAIRS`, and each seed that both have, `paired`.
    """
    labels = data.test_labels.numpy()
    found = {
        (run.summary["recipe"], run.summary["seed"]): misclassified(run.test_logits, labels)
        for run in runs
    }
    seeds = sorted({seed for _, seed in found})
    return {
        "misread": {
            recipe: found[recipe, seed].as_json() for recipe, seed in found if seed == seeds[0]
        },
        "pairs": [
            {"first": first, "second": second, "seed": seed}
            | paired(found[first, seed], found[second, seed], len(labels))
            for first, second in PAIRS
            for seed in seeds
            if {(first, seed), (second, seed)} <= found.keys()
        ],
    }


def paired(first: Misclassified, second: Misclassified, images: int) -> dict[str, Any]:
    """Two networks by the images that each misreads, of so many.

    Returns:
        `only_first` and `only_second`, how many images only that one reads; the `p_value` of
        McNemar's exact test; the `difference` of the accuracies, second minus first, and its
        `interval`; `images_needed` to find such a difference four times in five.

    Raises:
        ReportError: an index is not one of an image.
    """
    right = np.ones((2, images), bool)
    for row, wrong in zip(right, (first, second), strict=True):
        row[wrong.index] = False
    test = mcnemar(*right)
    counts = test.only_first, test.only_second
    needed = images_needed(*(count / images for count in counts))
    return {
        **test._asdict(),
        "images": images,
        "difference": (test.only_second - test.only_first) / images,
        "interval": list(paired_difference(*counts, images)),
        "images_needed": round(needed) if np.isfinite(needed) else None,
    }


def compare_with_record(run: Run, labels: ArrayLike, study: Mapping[str, Any]) -> dict[str, Any]:
    """`paired`, of the recorded run of its reference recipe and of the run, with their names.

    Args:
        run: the second network.
        labels: (N,) of the test images.
        study: the record of `recipes`.
    """
    first = recipes.reference(run.summary["recipe"])
    names = {"first": first, "second": run.summary["recipe"]}
    recorded = Misclassified.model_validate(study["misread"][first])
    found = paired(recorded, misclassified(run.test_logits, labels), len(run.test_logits))
    return names | found


def pooled(study: Mapping[str, Any], first: str, second: str) -> dict[str, Any]:
    """Two recipes of the record of `recipes`, over all its seeds.

    Returns:
        `runs`, how many pairs there are; `only_first` and `only_second`, their means; the
        `difference` of the mean accuracies with `interval` and `p_value` (Welch), None where one
        seed alone was run; `images_needed`, as by the mean counts.

    Raises:
        MissingStudyError: the record knows no such pair.
    """
    pairs = [p for p in study["pairs"] if (p["first"], p["second"]) == (first, second)]
    if not pairs:
        raise MissingStudyError(
            f"The record of the recipes compares no {first} with {second}: run "
            "`mnist-report study recipes` again."
        )
    counts = [float(np.mean([p[key] for p in pairs])) for key in ("only_first", "only_second")]
    needed = images_needed(*(count / pairs[0]["images"] for count in counts))
    welch = over_seeds(study, first, second)._asdict() if len(pairs) > 1 else {}
    return {
        "runs": len(pairs),
        **dict(zip(("only_first", "only_second"), counts, strict=True)),
        **{key: welch.get(key) for key in ("difference", "interval", "p_value")},
        "images_needed": round(needed) if np.isfinite(needed) else None,
    }


def over_seeds(study: Mapping[str, Any], first: str, second: str) -> statistics.Difference:
    """How much more accurate the second recipe is on average over the runs of a study.

    Raises:
        ReportError: there are fewer than two runs of either.
    """
    accuracies = [
        [run["test"]["accuracy"] for run in study["runs"] if run["recipe"] == name]
        for name in (first, second)
    ]
    return statistics.mean_difference(*accuracies)


class McNemar(NamedTuple):
    """Images that only the first or only the second network reads, and the two-sided p-value."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> McNemar:
    """Do two networks read the same images equally often rightly? McNemar's test (1947), exact.

    Images that both read, or neither, say nothing about the difference. If the networks are
    equally good, each of the others is as likely to be read by the one as by the other.

    Args:
        first_right: (N,) whether the first network reads each image rightly.
        second_right: (N,) the same of the second network.

    Raises:
        ReportError: the lengths differ, or an entry is not true or false.
    """
    first, second = np.asarray(first_right), np.asarray(second_right)
    if (
        first.shape != second.shape
        or first.ndim != 1
        or {first.dtype, second.dtype} != {np.dtype(bool)}
    ):
        raise ReportError("McNemar's test needs true or false for the same images, twice.")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    different = only_first + only_second
    p_value = stats.binomtest(only_first, different).pvalue if different else 1.0
    return McNemar(only_first, only_second, float(p_value))


def paired_difference(
    only_first: int, only_second: int, images: int, confidence: float = 0.95
) -> Interval:
    """Interval of how much more often the second of two networks reads rightly, on the same images.

    The adjusted Wald interval of Bonett and Price (2012), "Adjusted Wald confidence interval for a
    difference of binomial proportions based on paired data".

    Args:
        only_first: images that only the first network reads.
        only_second: images that only the second one reads.
        images: all images.
        confidence: of the interval.

    Raises:
        ReportError: a count is negative, or together they are more than the images.
    """
    if min(only_first, only_second) < 0 or not 0 < images >= only_first + only_second:
        raise ReportError(f"{only_first} and {only_second} of {images} images do not go together.")
    first, second = (only_first + 1) / (images + 2), (only_second + 1) / (images + 2)
    error = np.sqrt((first + second - (second - first) ** 2) / (images + 2))
    half = stats.norm.ppf((1 + confidence) / 2) * error
    return Interval(float(second - first - half), float(second - first + half))


def images_needed(
    first_rate: float, second_rate: float, power: float = 0.8, level: float = 0.05
) -> float:
    """How many test images McNemar's test needs to find a difference with probability `power`.

    After Connor (1987), "Sample size for testing differences in proportions for the paired-sample
    design". Infinite if the rates are equal.

    Args:
        first_rate: share of images that only the first network reads.
        second_rate: share of images that only the second one reads.
        power: the probability of a significant result.
        level: of significance, two-sided.

    Raises:
        ReportError: the rates are no shares of the same images.
    """
    both, difference = first_rate + second_rate, abs(first_rate - second_rate)
    if min(first_rate, second_rate) < 0 or both > 1:
        raise ReportError(f"{first_rate} and {second_rate} are not shares of the same images.")
    if difference == 0:
        return float("inf")
    under_none, under_some = stats.norm.ppf(1 - level / 2), stats.norm.ppf(power)
    root = under_none * np.sqrt(both) + under_some * np.sqrt(both - difference**2)
    return float((root / difference) ** 2)
