import math

import numpy as np
import pytest
from scipy.stats import chi2

from mnist_report.common.errors import ReportError
from mnist_report.studies import comparison


def test_mcnemar_is_the_binomial_test_of_the_images_that_differ():
    first = np.array([True] * 12 + [False] * 3 + [True] * 80 + [False] * 5)
    second = np.array([False] * 12 + [True] * 3 + [True] * 80 + [False] * 5)
    # Two-sided, by hand: twice the chance of at most 3 heads among 15 throws.
    by_hand = 2 * sum(math.comb(15, k) for k in range(4)) / 2**15
    assert comparison.mcnemar(first, second) == (12, 3, pytest.approx(by_hand))
    assert comparison.mcnemar(second, first) == (3, 12, pytest.approx(by_hand))


def test_networks_that_never_differ_are_not_different():
    right = np.array([True, False, True])
    assert comparison.mcnemar(right, right) == (0, 0, 1.0)


@pytest.mark.parametrize(
    ("first", "second"), [([True], [True, False]), ([1, 0], [0, 1]), ([[True]], [[True]])]
)
def test_mcnemar_refuses_what_is_not_paired(first, second):
    with pytest.raises(ReportError, match="McNemar"):
        comparison.mcnemar(first, second)


@pytest.mark.parametrize(("first", "second"), [(0.02, 0.05), (0.001, 0.013)])
def test_the_paired_interval_covers_as_often_as_it_says(first, second):
    rng = np.random.default_rng(0)
    counts = rng.multinomial(1000, [first, second, 1 - first - second], 2000)[:, :2].tolist()
    intervals = [comparison.paired_difference(*pair, 1000) for pair in counts]
    covered = np.mean([low <= second - first <= high for low, high in intervals])
    assert 0.94 <= covered <= 0.985


def test_the_paired_interval_by_hand():
    # Bonett and Price: p = (3 + 1)/102 and (8 + 1)/102, z = 1.95996
    low, high = comparison.paired_difference(3, 8, 100)
    half = 1.959964 * math.sqrt((4 / 102 + 9 / 102 - (5 / 102) ** 2) / 102)
    assert (low, high) == pytest.approx((5 / 102 - half, 5 / 102 + half))


@pytest.mark.parametrize("counts", [(-1, 0, 10), (6, 5, 10), (0, 0, 0)])
def test_counts_that_do_not_go_together_are_refused(counts):
    with pytest.raises(ReportError, match="do not go together"):
        comparison.paired_difference(*counts)


@pytest.mark.parametrize(("first", "second"), [(0.01, 0.03), (0.004, 0.01), (0.05, 0.08)])
def test_as_many_images_as_needed_give_the_power(first, second):
    """Against McNemar's test without continuity correction, which the formula is made for."""
    images = round(comparison.images_needed(first, second))
    rng = np.random.default_rng(1)
    b, c = rng.multinomial(images, [first, second, 1 - first - second], 20_000)[:, :2].T
    significant = (c - b) ** 2 > chi2.ppf(0.95, 1) * (b + c)
    assert significant.mean() == pytest.approx(0.8, abs=0.03)


def test_no_difference_needs_endless_images_and_rates_are_shares():
    assert comparison.images_needed(0.01, 0.01) == math.inf
    assert comparison.images_needed(0.03, 0.01) == comparison.images_needed(0.01, 0.03)
    for rates in ((-0.1, 0.2), (0.6, 0.5)):
        with pytest.raises(ReportError, match="not shares"):
            comparison.images_needed(*rates)
