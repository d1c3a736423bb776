import math

import numpy as np
import pytest
from scipy.stats import beta, chi2, ttest_1samp
from scipy.stats import t as student

from mnist_report.common.errors import ReportError
from mnist_report.evaluation import statistics


@pytest.mark.parametrize(("hits", "trials"), [(9_962, 10_000), (1, 3), (5, 10)])
def test_exact_interval_agrees_with_the_beta_quantiles(hits, trials):
    low, high = statistics.exact_interval(hits, trials)
    assert low == pytest.approx(beta.ppf(0.025, hits, trials - hits + 1), abs=1e-9)
    assert high == pytest.approx(beta.ppf(0.975, hits + 1, trials - hits), abs=1e-9)


def test_exact_interval_at_the_ends_and_its_published_anchor():
    assert statistics.exact_interval(10, 10)[1] == 1
    assert statistics.exact_interval(0, 10)[0] == 0
    low, high = statistics.exact_interval(31, 10_000)
    assert (round(100 * low, 3), round(100 * high, 3)) == (0.211, 0.440)


@pytest.mark.parametrize(("hits", "trials"), [(1, 0), (-1, 10), (11, 10)])
def test_no_proportion_no_interval(hits, trials):
    with pytest.raises(ReportError, match="no proportion"):
        statistics.exact_interval(hits, trials)


def test_mean_interval_agrees_with_the_t_test():
    sample = [0.9961, 0.9965, 0.9958, 0.9963, 0.9966]
    expected = ttest_1samp(sample, 0).confidence_interval(0.9)
    assert statistics.mean_interval(sample, 0.9) == pytest.approx(tuple(expected))
    assert statistics.mean_interval([2, 2, 2]) == (2, 2)


@pytest.mark.parametrize("sample", [[], [1.0], [[1.0, 2.0]], [1.0, np.nan], [1.0, np.inf]])
def test_mean_interval_needs_two_finite_values(sample):
    with pytest.raises(ReportError, match="at least two values"):
        statistics.mean_interval(sample)


def test_homogeneity_by_hand():
    table = np.array([[30, 20, 50], [25, 30, 45]])
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    by_hand = ((table - expected) ** 2 / expected).sum()
    result = statistics.homogeneity_test(table)
    assert result.statistic == pytest.approx(by_hand)
    assert result.dof == 2
    assert result.p_value == pytest.approx(chi2.sf(by_hand, 2))


def test_uniformity_by_hand():
    counts = np.array([10, 20, 30])
    result = statistics.uniformity_test(counts)
    assert result.statistic == pytest.approx(((counts - 20) ** 2 / 20).sum())
    assert result.dof == 2
    assert result.p_value == pytest.approx(chi2.sf(result.statistic, 2))


@pytest.mark.parametrize("table", [[1, 2, 3], [[1, 2]], [[0, 0], [1, 2]], [[0, 1], [0, 2]]])
def test_homogeneity_needs_a_full_table(table):
    with pytest.raises(ReportError):
        statistics.homogeneity_test(table)


@pytest.mark.parametrize("counts", [[5], [0, 0], [[1, 2], [3, 4]]])
def test_uniformity_needs_counts(counts):
    with pytest.raises(ReportError):
        statistics.uniformity_test(counts)


def test_accuracy_counts_errors_and_has_the_exact_interval():
    found = statistics.Accuracy.of(9_965, 10_000)
    assert (found.errors, found.accuracy) == (35, 0.9965)
    low, high = beta.ppf(0.025, 9_965, 36), beta.ppf(0.975, 9_966, 35)
    assert found.interval == pytest.approx((low, high))
    for hits, images in ((0, 0), (3, 2)):
        with pytest.raises(ReportError):
            statistics.Accuracy.of(hits, images)


def test_mean_difference_is_welchs():
    first, second = np.array([1.0, 2.0, 4.0]), np.array([3.0, 7.0])
    found = statistics.mean_difference(first, second)
    assert found.difference == pytest.approx(5 - 7 / 3)
    variances = first.var(ddof=1) / 3, second.var(ddof=1) / 2
    error = math.sqrt(sum(variances))
    dof = sum(variances) ** 2 / (variances[0] ** 2 / 2 + variances[1] ** 2 / 1)
    half = student.ppf(0.975, dof) * error
    assert found.interval == pytest.approx((found.difference - half, found.difference + half))
    assert found.p_value == pytest.approx(2 * student.sf(found.difference / error, dof))


@pytest.mark.parametrize("sample", [[1.0], [1.0, math.nan], [[1.0, 2.0]]])
def test_means_of_too_little_are_not_compared(sample):
    with pytest.raises(ReportError, match="at least two values of each"):
        statistics.mean_difference([1.0, 2.0], sample)


def test_a_power_law_is_found_again():
    x = np.array([1.0, 10.0, 100.0, 1000.0])
    law = statistics.power_law(x, 3 * x**-0.5)
    assert (law.exponent, law.factor) == pytest.approx((-0.5, 3))
    assert law.interval == pytest.approx((-0.5, -0.5))


def test_the_interval_of_an_exponent_covers_as_often_as_it_says():
    rng, x = np.random.default_rng(2), np.geomspace(1, 100, 8)
    laws = [statistics.power_law(x, x**-0.3 * rng.lognormal(0, 0.2, 8)) for _ in range(800)]
    covered = np.mean([law.interval.low <= -0.3 <= law.interval.high for law in laws])
    assert covered == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    ("x", "y"),
    [([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([0, 1, 2], [1, 1, 1]), ([1, 2, 3], [1, 0, 1])],
)
def test_no_power_law_through_such_points(x, y):
    with pytest.raises(ReportError, match="at least three points"):
        statistics.power_law(x, y)
