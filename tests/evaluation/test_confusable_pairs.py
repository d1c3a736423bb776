"""Pairs: sums by hand, and SciPy's own bootstrap as the oracle of the intervals."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation import confusable_pairs


def sample(seed, count=600, lead=2.0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    logits = rng.normal(size=(count, 10))
    logits[np.arange(count), labels] += lead
    logits[labels == 4, 9] += 1.5  # so that 4–9 leads
    return logits, labels


@pytest.fixture(scope="module")
def runs():
    return [sample(seed)[0] for seed in range(3)], sample(0)[1]


@pytest.fixture(scope="module")
def resampled(runs):
    return confusable_pairs.resample(*runs, temperatures=[1.0, 0.5, 2.0], replicates=400)


def test_one_run_by_hand(runs):
    (logits, *_), labels = runs
    given = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    read = logits.argmax(1)
    found = confusable_pairs.resample([logits], labels, replicates=1)
    for k, (a, b) in enumerate(confusable_pairs.of(10)):
        errors = ((labels == a) & (read == b)) | ((labels == b) & (read == a))
        assert found.errors[k] == errors.sum()
        mass = given[labels == a, b].sum() + given[labels == b, a].sum()
        assert found.expected[k] == pytest.approx(mass, abs=1e-9)
    assert found.errors.sum() == (read != labels).sum()


def test_several_runs_give_the_mean_at_their_own_temperatures(runs, resampled):
    means = np.mean(
        [
            confusable_pairs.resample([logits / t], runs[1], replicates=1).expected
            for logits, t in zip(runs[0], [1.0, 0.5, 2.0], strict=True)
        ],
        axis=0,
    )
    assert resampled.expected == pytest.approx(means, abs=1e-9)


def test_intervals_agree_with_scipys_bootstrap(runs):
    (logits, *_), labels = runs
    given = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    share = np.where(labels == 4, given[:, 9], np.where(labels == 9, given[:, 4], 0.0))
    expected = stats.bootstrap(
        (share,), np.sum, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    found = confusable_pairs.ranking(confusable_pairs.resample([logits], labels, replicates=4000))[
        0
    ]
    assert found.pair == (4, 9)
    wide = expected.high - expected.low
    assert found.expected_interval == pytest.approx(list(expected), abs=0.05 * wide)


def test_runs_are_drawn_again_too(runs):
    """Three runs of which one takes every digit for the next: its share spreads the mass."""
    logits, labels = runs[0][0], runs[1]
    odd = [logits, logits, np.roll(logits, 1, axis=1)]
    alike, unlike = (
        confusable_pairs.resample(three, labels, replicates=400).expected_again[
            :, confusable_pairs.of(10).index((0, 1))
        ]
        for three in ([logits] * 3, odd)
    )
    assert unlike.std() > 3 * alike.std()


def test_the_ranking_goes_by_mass_and_holds_each_estimate(resampled):
    rows = confusable_pairs.ranking(resampled)
    mass = [row.expected for row in rows]
    assert mass == sorted(mass, reverse=True)
    assert rows[0].pair == (4, 9)
    for row in rows:
        assert row.expected_interval[0] < row.expected < row.expected_interval[1]
        assert row.errors_interval[0] <= row.errors <= row.errors_interval[1]
        assert 1 <= row.rank_interval[0] <= row.rank_interval[1] <= 45
    assert rows[0].rank_interval == (1, 1)


def test_the_agreement_is_spearmans_in_every_replicate(resampled):
    rng = np.random.default_rng(3)
    scores = resampled.expected + rng.normal(0, 2, 45)
    hypothesis = dict(zip(confusable_pairs.of(10), scores, strict=True))
    found = confusable_pairs.agreement(resampled, hypothesis)
    assert found.rho == pytest.approx(stats.spearmanr(scores, resampled.expected).statistic)
    rhos = [stats.spearmanr(scores, again).statistic for again in resampled.expected_again]
    assert found.interval == pytest.approx(np.quantile(rhos, [0.025, 0.975]).tolist())


@pytest.mark.parametrize("noise", [0.5, 3, 100])
def test_the_test_of_mantel_permutes_classes(noise):
    """Against all 120 orders of five classes, one by one, with SciPy's own ρ."""
    rng = np.random.default_rng(5)
    pairs = confusable_pairs.of(5)
    one = rng.normal(size=10)
    other = one + noise * rng.normal(size=10)
    value = {frozenset(pair): x for pair, x in zip(pairs, other, strict=True)}
    found = stats.spearmanr(one, other).statistic
    as_high = [
        stats.spearmanr(one, [value[frozenset((order[a], order[b]))] for a, b in pairs]).statistic
        >= found - 1e-12
        for order in permutations(range(5))
    ]
    ranks = stats.rankdata(one), stats.rankdata(other)
    assert confusable_pairs.mantel_test(*ranks, pairs) == pytest.approx(np.mean(as_high))


def test_ten_classes_are_permuted_by_chance():
    ranks = np.arange(45.0)
    assert confusable_pairs.mantel_test(ranks, ranks, confusable_pairs.of(10)) == 1e-4
    assert confusable_pairs.mantel_test(ranks, -ranks, confusable_pairs.of(10)) > 0.9


def test_the_same_seed_draws_the_same(runs, resampled):
    again = confusable_pairs.resample(*runs, temperatures=[1.0, 0.5, 2.0], replicates=400)
    assert np.array_equal(again.expected_again, resampled.expected_again)


def test_images_go_from_clear_to_ambiguous(runs):
    (logits, *_), labels = runs
    chosen = confusable_pairs.from_clear_to_ambiguous(logits, labels, (4, 9), 8)
    assert len(set(chosen.tolist())) == 8
    assert set(labels[chosen]) <= {4, 9}
    everyone = np.flatnonzero(np.isin(labels, [4, 9]) & np.isin(logits.argmax(1), [4, 9]))
    doubt = {k: logits[k, 13 - labels[k]] - logits[k, labels[k]] for k in everyone}
    found = [doubt[k] for k in chosen]
    assert found == sorted(found)
    assert found[-1] == max(doubt.values())
    assert found[0] == pytest.approx(np.median(list(doubt.values())), abs=0.1)


def test_what_does_not_fit_is_refused(runs, resampled):
    logits, labels = runs
    for arguments in (([], labels), (logits, labels, [1.0]), (logits, labels[:5])):
        with pytest.raises(ResultsError):
            confusable_pairs.resample(*arguments, replicates=1)
    with pytest.raises(ResultsError, match="0–1"):
        confusable_pairs.agreement(resampled, {})
    with pytest.raises(ResultsError, match="images of the pair"):
        confusable_pairs.from_clear_to_ambiguous(logits[0], labels, (4, 9), 121)
