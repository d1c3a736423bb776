"""Before a run starts its time is known: from finished runs, else from a few steps."""

import dataclasses

import pytest
from study_samples import run_of
from tiny import TINY

from mnist_report.studies import run as studies
from mnist_report.training import loop

EARLIER = [run_of(TINY, 0, [], 10.0), run_of(TINY, 1, [], 29.0)]  # a run's seed is added


def test_finished_runs_tell(tiny_data):
    assert studies.expected_seconds(TINY, tiny_data, EARLIER) == 20


def test_runs_of_other_recipes_or_on_another_device_do_not(tiny_data, results_folder):
    other = dataclasses.replace(TINY, name="other", epochs=1)
    assert studies.expected_seconds(other, tiny_data, EARLIER) < 5
    elsewhere = [run_of(other, 0, [], 10.0, device="cuda")]
    assert studies.expected_seconds(other, tiny_data, elsewhere) < 5


def test_a_few_steps_are_extrapolated_to_the_whole_run(tiny_data, results_folder, monkeypatch):
    """440 images in 3 epochs; 5 steps of 40 images are measured, 0.5 s beyond the first pass."""
    asked = []

    def fit(recipe, seed, data, split, *rest):
        asked.append((recipe, len(split.train), len(split.validation)))
        return loop.Fitted(None, None, [{"seconds": 2.0}, {"seconds": 2.5}])

    monkeypatch.setattr(studies, "fit", fit)
    assert studies.expected_seconds(TINY, tiny_data) == pytest.approx(0.5 * 440 / 200 * 3)
    ((recipe, train, validation),) = asked
    assert (recipe.epochs, train, validation) == (2, 200, 18)  # 200/440 of 40 images


def test_a_peek_at_the_whole_test_set_is_not_extrapolated(tiny_data, results_folder, monkeypatch):
    asked = []

    def fit(recipe, *rest):
        asked.append(recipe.peek)
        return loop.Fitted(None, None, [{"seconds": 2.0}, {"seconds": 2.5}])

    monkeypatch.setattr(studies, "fit", fit)
    studies.expected_seconds(dataclasses.replace(TINY, peek=True), tiny_data)
    assert asked == [False]


def test_fewer_images_than_the_steps_need(tiny_data, results_folder):
    recipe = dataclasses.replace(TINY, images=40, epochs=1)
    assert 0 < studies.expected_seconds(recipe, tiny_data) < 5
