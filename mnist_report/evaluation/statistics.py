"""Intervals of 95 % and tests, in the words of this report; SciPy does the mathematics."""

from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike
from pydantic import Field

from mnist_report.common import ReportError, Stored

ENDS = ((1 - 0.95) / 2, (1 + 0.95) / 2)  # quantiles between which 95 % lie


class Interval(NamedTuple):
    """Lower and upper bound."""

    low: float
    high: float

    @classmethod
    def around(cls, middle: float, half: float) -> Self:
        """Return the interval that reaches half its width to either side of the middle."""
        return cls(float(middle - half), float(middle + half))


class ChiSquared(NamedTuple):
    """A χ² statistic, its degrees of freedom, and the probability of a larger one."""

    statistic: float
    dof: int
    p_value: float


class Difference(NamedTuple):
    """A difference, its interval, and the two-sided p-value of there being none."""

    difference: float
    interval: Interval
    p_value: float


class PowerLaw(NamedTuple):
    """y = factor · x^exponent, with the interval of the exponent."""

    exponent: float
    interval: Interval
    factor: float


class Accuracy(Stored):
    """Number of errors, and the accuracy with its exact interval."""

    errors: int
    accuracy: float
    interval: Interval = Field(alias="accuracy_ci95")

    @classmethod
    def of(cls, hits: int, images: int, /, **others: object) -> Self:
        """Count so many hits of so many images, as `exact_interval`; others are a subclass's."""
        interval = exact_interval(hits, images)
        return cls(errors=images - hits, accuracy=hits / images, interval=interval, **others)

    @classmethod
    def over(cls, right: np.ndarray, /, **others: object) -> Self:
        """Count the images (N,) that are classified rightly."""
        return cls.of(int(right.sum()), len(right), **others)


class _Counted(Stored):
    images: int


class CountedAccuracy(Accuracy, _Counted):
    """The same on a number of images; in files, the fields of the last base come first."""


@lru_cache(4096)  # a search, for counts that come again and again
def exact_interval(successes: int, trials: int) -> Interval:
    """Compute the exact interval of a proportion (Clopper and Pearson 1934), else ReportError."""
    if not (trials > 0 and 0 <= successes <= trials):
        raise ReportError(f"{successes} of {trials} is no proportion.")
    return Interval(*map(float, scipy.stats.binomtest(int(successes), int(trials)).proportion_ci()))


def percentile_interval(values: ArrayLike) -> Interval:
    """Return the middle part of bootstrap replicates (B,)."""
    return Interval(*np.quantile(values, ENDS).tolist())


def mean_difference(first: ArrayLike, second: ArrayLike) -> Difference:
    """Second mean less first, by Welch's t-test; ReportError below two finite values of each."""
    needed = "Comparing means needs at least two values of each, all of them finite."
    after, before = (_sample(values, needed) for values in (second, first))
    test = scipy.stats.ttest_ind(after, before, equal_var=False)
    interval = Interval(*map(float, test.confidence_interval()))
    return Difference(float(after.mean() - before.mean()), interval, float(test.pvalue))


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Compute Student's t-interval of a mean; ReportError below two finite values."""
    needed = "The interval of a mean needs at least two values, all of them finite."
    sample = _sample(values, needed)
    half = scipy.stats.t.ppf((1 + confidence) / 2, len(sample) - 1) * scipy.stats.sem(sample)
    return Interval.around(sample.mean(), half)


def _sample(values: ArrayLike, needed: str) -> np.ndarray:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < 2 or not np.isfinite(sample).all():
        raise ReportError(needed)
    return sample


def power_law(x: ArrayLike, y: ArrayLike) -> PowerLaw:
    """Fit a line to logarithms of three or more x, y > 0 (N,), of different x, else ReportError."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    positive = x.shape == y.shape and x.ndim == 1 and (x > 0).all() and (y > 0).all()
    if not positive or len(x) < 3 or np.ptp(x) == 0:
        raise ReportError("A power law needs at least three points with positive coordinates.")
    line = scipy.stats.linregress(np.log(x), np.log(y))
    half = scipy.stats.t.ppf(ENDS[1], len(x) - 2) * line.stderr
    interval = Interval.around(line.slope, half)
    return PowerLaw(float(line.slope), interval, float(np.exp(line.intercept)))


def homogeneity_test(counts: ArrayLike) -> ChiSquared:
    """Test by Pearson's χ² if rows of counts share their proportions, else ReportError."""
    table = np.asarray(counts)
    if table.ndim != 2 or min(table.shape) < 2 or not (table.any(0).all() and table.any(1).all()):
        raise ReportError("A χ² test needs at least two rows and two columns, none of them empty.")
    result = scipy.stats.chi2_contingency(table, correction=False)
    return ChiSquared(float(result.statistic), int(result.dof), float(result.pvalue))


def uniformity_test(counts: ArrayLike) -> ChiSquared:
    """Test by Pearson's χ² if classes are equally frequent (counts (C,)), else ReportError."""
    observed = np.asarray(counts)
    if observed.ndim != 1 or len(observed) < 2 or observed.sum() == 0:
        raise ReportError("A χ² test needs the counts of at least two classes.")
    result = scipy.stats.chisquare(observed)
    return ChiSquared(float(result.statistic), len(observed) - 1, float(result.pvalue))
