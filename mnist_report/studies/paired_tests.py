"""Two networks on the same images: which is better, by how much, and how many images tell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mnist_report.common.errors import ReportError
from mnist_report.evaluation.statistics import Interval


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
