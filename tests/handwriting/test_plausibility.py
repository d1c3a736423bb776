"""Plausibility: logits like those of the validation images are believed, others are not."""

import numpy as np
import pytest

from mnist_report.handwriting.plausibility import KEPT, Plausibility


@pytest.fixture(scope="module")
def logits():
    rng = np.random.default_rng(0)
    return 8 * np.eye(10)[rng.integers(0, 10, 20_000)] + rng.standard_normal((20_000, 10))


def test_nearly_all_validation_images_are_plausible(logits):
    assert (Plausibility(logits)(logits) <= 1).mean() == pytest.approx(KEPT, abs=0.003)


def test_a_sure_answer_with_strange_other_logits_is_not_plausible(logits):
    strange = np.full((1, 10), -9.0)
    strange[0, 3] = 8.0
    assert strange.argmax() == 3
    assert Plausibility(logits)(strange)[0] > 1
    assert Plausibility(logits)(8 * np.eye(10))[3] <= 1


def test_without_enough_images_nothing_is_refused(logits):
    assert Plausibility(logits[:10])(logits[:1]) <= 1
