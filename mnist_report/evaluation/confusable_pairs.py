"""Confusable pairs with their uncertainty: errors and expected confusions, over several runs.

A good network makes some forty errors on 45 pairs, so that counts alone rank by chance. The
expected confusions, sums of the probabilities that images of either class give to the other, use
all images, but label smoothing gives every pair about as much: they are therefore taken at the
temperature that was fitted on validation, one for each run.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from math import factorial
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from mnist_report.common.errors import ResultsError
from mnist_report.common.kept import kept

from .metrics import checked, predictions, probabilities
from .statistics import Interval, percentile_interval

REPLICATES = 2000
ORDERS = 10_000  # of the classes, in Mantel's test
Pair = tuple[int, int]  # of classes, the smaller first


def of(classes: int) -> tuple[Pair, ...]:
    """All pairs (smaller, larger) of so many classes."""
    return tuple(combinations(range(classes), 2))


class Resampled(NamedTuple):
    """Errors and expected confusions of P pairs, a mean over the runs."""

    errors: np.ndarray  # (P,), of the images as they are
    expected: np.ndarray  # (P,)
    errors_again: np.ndarray  # (B, P), of images and runs drawn again with replacement
    expected_again: np.ndarray  # (B, P)
    runs: int  # how many there were
    classes: int = 10

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Return the P pairs."""
        return of(self.classes)


class RankedPair(NamedTuple):
    """A pair with its percentile intervals; rank 1 is that of the most expected confusions."""

    pair: Pair
    errors: float
    errors_interval: Interval
    expected: float
    expected_interval: Interval
    rank_interval: Interval


class Agreement(NamedTuple):
    """Spearman's ρ, its p-value by Mantel's test, and the bootstrap's interval of ρ."""

    rho: float
    p_value: float
    interval: Interval


@kept
def resample(
    runs: Sequence[ArrayLike],
    labels: ArrayLike,
    temperatures: Sequence[float] | None = None,
    replicates: int = REPLICATES,
) -> Resampled:
    """Count the pairs of some runs, and what other images and seeds could have made of them.

    The bootstrap draws images and, where there are several, runs, each apart, with replacement, B
    times (Efron 1979; for rows and columns at once Owen 2007). `runs` are test logits (N, classes)
    of one recipe with different seeds, against labels (N,); temperatures are fitted on validation,
    by default 1. ResultsError if there is no run, shapes do not fit, or a temperature is missing.
    """
    temperatures = [1.0] * len(runs) if temperatures is None else temperatures
    if len(runs) == 0 or len(temperatures) != len(runs) or replicates < 1:
        raise ResultsError("Pairs need at least one run, a temperature for each, and replicates.")
    rng, labels, classes = np.random.default_rng(0), np.asarray(labels), np.shape(runs[0])[-1]
    images = rng.multinomial(len(labels), np.full(len(labels), 1 / len(labels)), replicates)
    shares = rng.multinomial(len(runs), np.full(len(runs), 1 / len(runs)), replicates) / len(runs)
    pairs = len(of(classes))
    totals, again = np.zeros((2, pairs)), np.zeros((2, replicates, pairs))
    for run, temperature, share in zip(runs, temperatures, shares.T, strict=True):
        logits, _ = checked(run, labels)
        predicted = predictions(logits)[:, np.newaxis] == np.arange(classes)
        # Weights (N, C) of each image in each class: 1 where so predicted, and its probability.
        weights = predicted.astype(np.float64), probabilities(logits, temperature)
        for k, given in enumerate(weights):
            totals[k] += _of_pairs(given, labels, np.ones((1, len(labels))))[0] / len(runs)
            again[k] += share[:, np.newaxis] * _of_pairs(given, labels, images)
    return Resampled(*totals, *again, len(runs), classes)


def ranking(resampled: Resampled) -> list[RankedPair]:
    """Rank the pairs, that of the most expected confusions first."""
    again = resampled.errors_again, resampled.expected_again
    places = scipy.stats.rankdata(-resampled.expected_again, axis=1)
    rows = []
    for k, pair in enumerate(resampled.pairs):
        errors, expected, rank = (percentile_interval(b[:, k]) for b in (*again, places))
        counts = float(resampled.errors[k]), errors, float(resampled.expected[k]), expected
        rows.append(RankedPair(pair, *counts, rank))
    return sorted(rows, key=lambda row: (-row.expected, -row.errors))


def agreement(resampled: Resampled, scores: Mapping[Pair, float]) -> Agreement:
    """Compare a hypothesis with the ranking by expected confusions: Spearman's ρ.

    The hypothesis gives a score to each pair, the highest to the likeliest. The interval says what
    other test images and seeds would have given; resampling adds noise to the ranks, so that ρ
    itself can lie in its upper part. ResultsError if a pair has no score.
    """
    missing = [pair for pair in resampled.pairs if pair not in scores]
    if missing:
        raise ResultsError("The pair {}–{} has no score.".format(*missing[0]))
    hypothesis = np.array([scores[pair] for pair in resampled.pairs])
    ranks, found = scipy.stats.rankdata(hypothesis), scipy.stats.rankdata(resampled.expected)
    again = scipy.stats.rankdata(resampled.expected_again, axis=1)
    # Spearman's ρ is Pearson's r of the ranks.
    rhos = scipy.stats.pearsonr(np.broadcast_to(ranks, again.shape), again, axis=1).statistic
    rho = float(scipy.stats.pearsonr(ranks, found).statistic)
    return Agreement(rho, mantel_test(ranks, found, resampled.pairs), percentile_interval(rhos))


def mantel_test(one: np.ndarray, other: np.ndarray, pairs: Sequence[Pair]) -> float:
    """Return the share of the orders of the classes whose correlation is at least as high (Mantel).

    Pairs share their classes and so depend on each other: it is the classes of `other` (P,) that
    are permuted, in all ways, or by chance with a fixed seed where there are more than `ORDERS`.
    `one` and `other` have a value for each pair of classes.
    """
    first, second = np.array(pairs).T  # (P,) each
    classes = int(second.max()) + 1
    square = np.zeros((classes, classes))
    square[first, second] = square[second, first] = other
    draw = np.random.default_rng(0).permuted
    orders = np.tile(np.arange(classes), (ORDERS, 1))  # (B, C), of which the first stays as it is
    orders[1:] = draw(orders[1:], axis=1)
    if factorial(classes) <= ORDERS:
        orders = np.array([*permutations(range(classes))])
    sums = square[orders[:, first], orders[:, second]] @ one  # ρ grows with them
    return float((sums >= one @ other - 1e-9).mean())


def spectra(
    logits: ArrayLike, labels: ArrayLike, chosen: Sequence[Pair], count: int = 8
) -> dict[Pair, np.ndarray]:
    """`from_clear_to_ambiguous` of each pair, with as many images as it has, up to `count`."""
    given = checked(logits, labels)
    there = {pair: min(count, len(_members(*given, pair))) for pair in chosen}
    return {pair: from_clear_to_ambiguous(*given, pair, n) for pair, n in there.items() if n}


def from_clear_to_ambiguous(
    logits: ArrayLike, labels: ArrayLike, pair: Pair, count: int = 8, temperature: float = 1.0
) -> np.ndarray:
    """Choose images of either class, from clear ones to the most misleading: indices (count,).

    Only images that are classified as one of the two are taken, else ResultsError: others tell of
    another pair. They are at equal steps of log p(other) − log p(own), from the median image, which
    is clear, to the last: at equal steps of rank all but the last would look alike.
    """
    logits, labels = checked(logits, labels)
    members = _members(logits, labels, pair)
    if not 0 < count <= len(members):
        raise ResultsError(f"There are {len(members)} images of the pair, not {count}.")
    own = labels[members]
    other = np.where(own == pair[0], pair[1], pair[0])
    doubt = (logits[members, other] - logits[members, own]) / temperature
    order = doubt.argsort(kind="stable")
    doubts = dict(zip(members[order].tolist(), doubt[order].tolist(), strict=True))
    free, chosen = list(doubts), []
    for step in np.linspace(np.median(doubt), doubt.max(), count)[::-1]:
        chosen.append(min(free, key=lambda index: abs(doubts[index] - step)))
        free.remove(chosen[-1])
    return np.array(sorted(chosen, key=doubts.__getitem__))


def _members(logits: np.ndarray, labels: np.ndarray, pair: Pair) -> np.ndarray:
    """Indices of the images of either class that are classified as one of the two."""
    return np.flatnonzero(np.isin(labels, pair) & np.isin(predictions(logits), pair))


def _of_pairs(given: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sums (B, P) over images of either class of what they give to the other, weighted (B, N)."""
    classes = range(given.shape[1])
    table = np.stack([weights[:, labels == k] @ given[labels == k] for k in classes], axis=1)
    first, second = np.array(of(len(classes))).T
    return table[:, first, second] + table[:, second, first]
