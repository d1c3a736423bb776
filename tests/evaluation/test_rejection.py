"""The reject option against counting by hand."""

import itertools

import numpy as np
import pytest

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation import rejection
from mnist_report.evaluation.statistics import exact_interval


def sure(confidences, right):
    """Logits whose largest probability is as given, and labels that make them right or wrong."""
    logits = np.log([[p] + [(1 - p) / 9] * 9 for p in confidences])
    return logits, np.where(right, 0, 1)


@pytest.fixture
def sample():
    """Two of five images are misread, and two are equally sure."""
    return sure([0.9, 0.8, 0.8, 0.6, 0.5], [True, True, False, True, False])


def test_risk_and_coverage_by_hand(sample):
    curve = rejection.risk_coverage(*sample)
    assert curve.threshold == pytest.approx([0.9, 0.8, 0.6, 0.5])
    assert curve.coverage.tolist() == [0.2, 0.6, 0.8, 1.0]
    assert curve.risk == pytest.approx([0, 1 / 3, 1 / 4, 2 / 5])


def test_curve_of_many_images_by_counting():
    rng = np.random.default_rng(0)
    logits, labels = 2 * rng.normal(size=(300, 10)), rng.integers(0, 10, 300)
    labels = np.where(rng.random(300) < 0.6, logits.argmax(1), labels)
    given = np.exp(logits / 1.5) / np.exp(logits / 1.5).sum(1, keepdims=True)
    curve = rejection.risk_coverage(logits, labels, 1.5)
    for threshold, coverage, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        kept = given.max(1) >= threshold - 1e-12
        assert coverage == pytest.approx(kept.mean())
        assert risk == pytest.approx((given.argmax(1) != labels)[kept].mean())


def test_the_threshold_is_the_lowest_that_reaches_the_target(sample):
    # 1/4 comes after 1/3: a lower threshold can be the better one.
    assert rejection.choose_threshold(*sample, target=0.25) == pytest.approx(0.6)
    assert rejection.choose_threshold(*sample, target=0.24) == pytest.approx(0.9)
    assert rejection.choose_threshold(*sample, target=0.4) == pytest.approx(0.5)


def test_no_threshold_reaches_the_target_when_the_surest_is_wrong():
    assert rejection.choose_threshold(*sure([0.9, 0.8], [False, True]), target=0.1) is None


def test_a_threshold_is_applied_to_other_images(sample):
    found = rejection.apply_threshold(*sample, threshold=0.7)
    assert (found.coverage, found.answered, found.errors) == (0.6, 3, 1)
    assert found.error == pytest.approx(1 / 3)
    assert found.interval == exact_interval(1, 3)
    assert found.caught == 0.5


def test_a_post_office_by_enumeration():
    """All ways in which three digits are answered or not, and right or wrong."""
    machine = astray = 0.0
    odds = {"person": 0.1, "right": 0.9 * 0.8, "wrong": 0.9 * 0.2}
    for outcome in itertools.product(odds, repeat=3):
        chance = np.prod([odds[kind] for kind in outcome])
        if "person" not in outcome:
            machine += chance
            astray += chance * ("wrong" in outcome)
    found = rejection.post_office(0.9, 0.2, letters=1000, digits=3)
    assert found.by_hand == pytest.approx(1000 * (1 - machine))
    assert found.astray == pytest.approx(1000 * astray)


def test_the_evaluation_chooses_on_validation_and_reports_on_test(sample):
    validation = sure([0.95, 0.7, 0.65, 0.4], [True, True, False, True])
    found = rejection.evaluate(validation, sample, temperature=1.0, target=0.0)
    assert found.threshold == pytest.approx(0.7)
    assert (found.coverage, found.errors) == (0.6, 1)
    assert found.hindsight == 0.2
    assert found.curve[0].as_json() == {"coverage": 1.0, "error": 0.4}
    # Each image weighs the same; the two equally sure ones share a risk.
    assert found.area == pytest.approx((0 + 1 / 3 + 1 / 3 + 1 / 4 + 2 / 5) / 5)
    assert found.post_office_without.by_hand == 0


def test_the_evaluation_leaves_all_to_people_if_no_threshold_is_good_enough(sample):
    found = rejection.evaluate(sure([0.9], [False]), sample, temperature=1.0, target=0.0)
    assert (found.threshold, found.coverage, found.errors) == (None, 0, 0)
    assert found.post_office.by_hand == rejection.LETTERS


def test_an_unfamiliar_image_is_left_to_a_person_however_sure_the_network_is():
    # Both are as sure; the second's logits are lower by 3 throughout.
    logits = np.array([[6.0, 0, 0], [3.0, -3, -3]])
    found = rejection.apply_threshold(logits, [0, 1], 0.5, least_logit=4.0)
    assert (found.answered, found.errors, found.caught) == (1, 0, 1.0)


def test_the_least_logit_leaves_two_of_a_hundred_validation_images():
    logits = np.array([[k, 0.0] for k in range(1, 102)])
    assert rejection.choose_least_logit(logits) == pytest.approx(3.0)
    rng = np.random.default_rng(0)
    validation = rng.normal(size=(2000, 10)), rng.integers(0, 10, 2000)
    found = rejection.evaluate(validation, validation, 1.0, target=0.95)
    assert found.familiar.coverage == pytest.approx(0.98, abs=0.001)
    assert found.coverage == 1.0
    by_hand = found.post_office_familiar.by_hand
    assert by_hand == pytest.approx(rejection.LETTERS * (1 - found.familiar.coverage**6))


def test_what_cannot_be_ranked_is_refused(sample):
    with pytest.raises(ResultsError, match="no image"):
        rejection.risk_coverage(np.zeros((0, 10)), np.zeros(0, int))
    with pytest.raises(ResultsError, match="no share"):
        rejection.best_below(rejection.risk_coverage(*sample), 1.5)
