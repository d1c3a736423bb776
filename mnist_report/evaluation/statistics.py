"""Intervals and tests, in the words of this report; SciPy does the mathematics."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field
from scipy import stats

from mnist_report.common.errors import ReportError
from mnist_report.common.storage import Stored


class Interval(NamedTuple):
    """Lower and upper bound."""

    low: float
    high: float


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
    """y = factor · x^exponent, with the 95 % interval of the exponent."""

    exponent: float
    interval: Interval
    factor: float


class Accuracy(Stored):
    """Number of errors, and the accuracy with its exact 95 % interval."""

    errors: int
    accuracy: float
    interval: Interval = Field(alias="accuracy_ci95")

    @classmethod
    def of(cls, hits: int, images: int, /, **others: object) -> Self:
        """Count so many hits of so many images; `others` are the fields of a subclass.

        ReportError if the counts are not 0 ≤ hits ≤ images with at least one image.
        """
        interval = exact_interval(hits, images)
        return cls(errors=images - hits, accuracy=hits / images, interval=interval, **others)


class _Counted(Stored):
    images: int


class CountedAccuracy(Accuracy, _Counted):
    """The same on a number of images; in files, the fields of the last base come first."""


def exact_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Compute the exact interval of a proportion (Clopper and Pearson 1934).

    ReportError if the counts are not 0 ≤ successes ≤ trials with at least one trial.
    """
    if not (trials > 0 and 0 <= successes <= trials):
        raise ReportError(f"{successes} of {trials} is no proportion.")
    result = stats.binomtest(int(successes), int(trials))
    return Interval(*map(float, result.proportion_ci(confidence, method="exact")))


def percentile_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the middle part of bootstrap replicates (B,)."""
    ends = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(*map(float, ends))


def mean_difference(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Difference:
    """Compare the mean of the second sample with that of the first: Welch's t-test (1947).

    ReportError if a sample has fewer than two values, or one that is not finite.
    """
    samples = [np.asarray(values, dtype=np.float64) for values in (second, first)]
    if any(s.ndim != 1 or len(s) < 2 or not np.isfinite(s).all() for s in samples):
        raise ReportError("Comparing means needs at least two values of each, all of them finite.")
    test = stats.ttest_ind(*samples, equal_var=False)
    interval = Interval(*map(float, test.confidence_interval(confidence)))
    difference = samples[0].mean() - samples[1].mean()
    return Difference(float(difference), interval, float(test.pvalue))


def power_law(x: ArrayLike, y: ArrayLike, confidence: float = 0.95) -> PowerLaw:
    """Fit a power law to points x, y (N,) by least squares on their logarithms.

    The interval of the exponent is by Student's t. ReportError if there are fewer than three
    points, all x are equal, or one is not above 0.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    positive = x.shape == y.shape and x.ndim == 1 and (x > 0).all() and (y > 0).all()
    if not positive or len(x) < 3 or np.ptp(x) == 0:
        raise ReportError("A power law needs at least three points with positive coordinates.")
    line = stats.linregress(np.log(x), np.log(y))
    half = float(stats.t.ppf((1 + confidence) / 2, len(x) - 2) * line.stderr)
    slope = float(line.slope)
    return PowerLaw(slope, Interval(slope - half, slope + half), float(np.exp(line.intercept)))


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Compute Student's t-interval of the mean of a normal population, from a sample.

    ReportError if there are fewer than two values, or one is not finite.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < 2 or not np.isfinite(sample).all():
        raise ReportError("The interval of a mean needs at least two values, all of them finite.")
    half = stats.t.ppf((1 + confidence) / 2, len(sample) - 1) * stats.sem(sample)
    return Interval(float(sample.mean() - half), float(sample.mean() + half))


def homogeneity_test(counts: ArrayLike) -> ChiSquared:
    """Test by Pearson's χ² whether the rows of counts (sets, classes) share their proportions.

    ReportError if a row or a column is empty, or there are fewer than two of either.
    """
    table = np.asarray(counts)
    if table.ndim != 2 or min(table.shape) < 2 or not (table.any(0).all() and table.any(1).all()):
        raise ReportError("A χ² test needs at least two rows and two columns, none of them empty.")
    result = stats.chi2_contingency(table, correction=False)
    return ChiSquared(float(result.statistic), int(result.dof), float(result.pvalue))


def uniformity_test(counts: ArrayLike) -> ChiSquared:
    """Test by Pearson's χ² whether all classes are equally frequent, from counts (classes,).

    ReportError if there are fewer than two classes or no count at all.
    """
    observed = np.asarray(counts)
    if observed.ndim != 1 or len(observed) < 2 or observed.sum() == 0:
        raise ReportError("A χ² test needs the counts of at least two classes.")
    result = stats.chisquare(observed)
    return ChiSquared(float(result.statistic), len(observed) - 1, float(result.pvalue))
