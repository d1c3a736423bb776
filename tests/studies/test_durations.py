"""Before a run starts its time is known: from earlier runs, else from a few steps."""

import dataclasses
import json

import pytest
from tiny import TINY

from mnist_report import training
from mnist_report.common import storage
from mnist_report.studies import durations
from mnist_report.training import loop, runs


@pytest.fixture
def earlier(results_folder, tiny_data):
    """Two finished runs, of 10 and of 30 seconds."""
    recipe = dataclasses.replace(TINY, epochs=1)
    for seed, seconds in ((0, 10.0), (1, 30.0)):
        path = training.train(recipe, seed, data=tiny_data).folder / runs.RUN
        summary = storage.read_json(path)
        storage.write_json(path, summary | {"training_seconds": seconds})
    return recipe


def test_earlier_runs_tell(earlier, tiny_data):
    assert durations.seconds(earlier, tiny_data) == 20


def test_runs_with_other_settings_or_on_another_device_do_not(earlier, tiny_data):
    changed = dataclasses.replace(earlier, learning_rate=0.01)
    assert durations.seconds(changed, tiny_data) < 5
    for path in earlier_files():
        summary = storage.read_json(path)
        summary["provenance"]["device"] = "cuda"
        storage.write_json(path, summary)
    assert durations.seconds(earlier, tiny_data) < 5


def earlier_files():
    return [runs.run_folder("tiny", seed) / runs.RUN for seed in (0, 1)]


def test_damaged_runs_tell_nothing(earlier, tiny_data):
    first, second = earlier_files()
    first.write_text("{", encoding="utf-8")
    second.write_text(json.dumps({"settings": earlier.as_dict()}), encoding="utf-8")
    assert durations.seconds(earlier, tiny_data) < 5


def test_a_few_steps_are_extrapolated_to_the_whole_run(tiny_data, results_folder, monkeypatch):
    """440 images in 3 epochs; 5 steps of 40 images are measured, 0.5 s beyond the first pass."""
    asked = []

    def fit(recipe, seed, data, split, *rest):
        asked.append((recipe, len(split.train), len(split.validation)))
        return loop.Fitted(None, None, [{"seconds": 2.0}, {"seconds": 2.5}])

    monkeypatch.setattr(durations, "fit", fit)
    assert durations.seconds(TINY, tiny_data) == pytest.approx(0.5 * 440 / 200 * 3)
    ((recipe, train, validation),) = asked
    assert (recipe.epochs, train, validation) == (2, 200, 18)  # 200/440 of 40 images


def test_a_peek_at_the_whole_test_set_is_not_extrapolated(tiny_data, results_folder, monkeypatch):
    asked = []

    def fit(recipe, *rest):
        asked.append(recipe.peek)
        return loop.Fitted(None, None, [{"seconds": 2.0}, {"seconds": 2.5}])

    monkeypatch.setattr(durations, "fit", fit)
    durations.seconds(dataclasses.replace(TINY, peek=True), tiny_data)
    assert asked == [False]


def test_fewer_images_than_the_steps_need(tiny_data, results_folder):
    recipe = dataclasses.replace(TINY, images=40, epochs=1)
    assert 0 < durations.seconds(recipe, tiny_data) < 5
