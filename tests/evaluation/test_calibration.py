"""Calibration against loops in plain Python and against the conditions that define it."""

import math
from itertools import pairwise

import numpy as np
import pytest

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation import calibration
from mnist_report.evaluation.statistics import exact_interval


def drawn(sharpness, count=20_000, seed=0):
    """Labels drawn from the softmax of logits, which are then made `sharpness` times too large."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 10))
    given = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (given.cumsum(1) < rng.random((count, 1))).sum(1).clip(max=9)
    return sharpness * logits, labels


def by_hand(logits, labels, temperature=1.0):
    """(confidence, right, all probabilities, label) of each image, without NumPy's help."""
    rows = []
    for row, label in zip(np.asarray(logits).tolist(), labels.tolist(), strict=True):
        powers = [math.exp((z - max(row)) / temperature) for z in row]
        given = [power / math.fsum(powers) for power in powers]
        rows.append((max(given), given.index(max(given)) == label, given, label))
    return rows


@pytest.fixture(scope="module")
def sample():
    return drawn(2.5, count=2000)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_what_was_done_to_the_logits(sharpness):
    logits, labels = drawn(sharpness)
    assert calibration.temperature(logits, labels) == pytest.approx(sharpness, rel=0.03)


def test_no_temperature_near_by_is_better(sample):
    best = calibration.temperature(*sample)
    least = calibration.nll(*sample, best)
    for factor in (0.9, 0.999, 1.001, 1.1):
        assert calibration.nll(*sample, best * factor) > least


def test_the_temperature_ends_at_its_bounds_or_stays_at_one():
    labels = np.arange(10)
    assert calibration.temperature(9 * np.eye(10), labels) == calibration.COLDEST
    assert calibration.temperature(9 * np.eye(10), labels[::-1]) == calibration.HOTTEST
    assert calibration.temperature(np.zeros((10, 10)), labels) == 1


def test_brier_and_nll_by_hand(sample):
    rows = by_hand(*sample, 1.7)
    squares = [sum((p - (k == y)) ** 2 for k, p in enumerate(g)) for *_, g, y in rows]
    assert calibration.brier(*sample, 1.7) == pytest.approx(sum(squares) / len(rows), abs=1e-12)
    logs = [-math.log(g[y]) for *_, g, y in rows]
    assert calibration.nll(*sample, 1.7) == pytest.approx(sum(logs) / len(rows), abs=1e-12)


def test_brier_of_a_guess_and_of_the_worst():
    labels = np.arange(10)
    assert calibration.brier(np.zeros((10, 10)), labels) == pytest.approx(0.9)
    assert calibration.brier(99 * np.eye(10), (labels + 1) % 10) == pytest.approx(2)


def test_bins_of_equal_width_by_hand(sample):
    rows = by_hand(*sample)
    found = calibration.reliability(*sample, bins=7)
    assert sum(row.images for row in found) == len(rows)
    for row in found:
        inside = [(c, right) for c, right, *_ in rows if row.low < c <= row.high]
        assert row.high - row.low == pytest.approx(1 / 7)
        assert row.images == len(inside)
        assert row.confidence == pytest.approx(sum(c for c, _ in inside) / len(inside))
        hits = sum(right for _, right in inside)
        assert row.accuracy == pytest.approx(hits / len(inside))
        assert row.interval == exact_interval(hits, len(inside))


def test_bins_of_equal_mass_hold_equally_many(sample):
    found = calibration.reliability(*sample, bins=15, binning="mass")
    assert {row.images for row in found} == {133, 134}
    assert all(a.high <= b.low for a, b in pairwise(found))


@pytest.mark.parametrize("binning", calibration.BINNINGS)
def test_ece_by_hand(sample, binning):
    rows = sorted(by_hand(*sample), key=lambda row: row[0])
    if binning == "mass":
        groups = np.array_split(np.array([row[:2] for row in rows]), 15)
    else:
        edges = [k / 15 for k in range(16)]
        groups = [
            np.array([row[:2] for row in rows if a < row[0] <= b]) for a, b in pairwise(edges)
        ]
    total = sum(len(g) * abs(g[:, 0].mean() - g[:, 1].mean()) for g in groups if len(g))
    found = calibration.calibration_error(calibration.reliability(*sample, binning=binning))
    assert found == pytest.approx(total / len(rows), abs=1e-9)


def test_a_temperature_that_fits_calibrates(sample):
    result = calibration.evaluate(*drawn(2.5, seed=1), calibration.temperature(*sample))
    assert result.ece > 0.1 > 5 * result.ece_calibrated
    assert result.ece_width > 5 * result.ece_width_calibrated
    assert result.brier > result.brier_calibrated
    assert result.nll > result.nll_calibrated


def test_a_confidence_of_one_is_in_the_last_bin():
    (row,) = calibration.reliability(9000 * np.eye(10), np.arange(10))
    assert (row.high, row.accuracy, row.images) == (1, 1, 10)


@pytest.mark.parametrize(
    "function",
    [calibration.temperature, calibration.reliability, calibration.brier, calibration.nll],
)
@pytest.mark.parametrize("shape", [(0, 10), (3, 1)])
def test_wrong_logits_are_refused(function, shape):
    with pytest.raises(ResultsError):
        function(np.zeros(shape), np.zeros(shape[0], int))


@pytest.mark.parametrize("options", [{"bins": 0}, {"binning": "size"}])
def test_bins_that_make_no_sense_are_refused(sample, options):
    with pytest.raises(ResultsError, match="bins"):
        calibration.reliability(*sample, **options)
