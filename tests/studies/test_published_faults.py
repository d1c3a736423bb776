"""Each fault of the published program shows itself."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import nn

from mnist_report import training
from mnist_report.datasets.preprocessing import HALF
from mnist_report.studies import definitions, published_program, record
from mnist_report.studies.published_program import FaultStudy
from mnist_report.training.runs import Run


def run_with(**history):
    return Run(None, {"settings": {}}, pd.DataFrame(history), None, None, None)


def test_a_batch_that_stays_on_the_cpu_crashes_and_a_moved_one_does_not():
    found = published_program.device_crash()
    assert "same device" in found.error
    assert "cuda" in found.error
    assert found.mended == "cuda"


def test_on_flat_vectors_dropout2d_warns_and_is_dropout():
    found = published_program.flat_dropout(200)
    assert found.warning.startswith("dropout2d: Received a 2-D input")
    assert found.same is True
    assert found.dropped == pytest.approx(0.5, abs=0.02)


def test_on_feature_maps_it_drops_whole_ones():
    found = published_program.flat_dropout(200)
    assert found.maps == pytest.approx(0.5, abs=0.02)
    assert found.parts == 0


def test_the_printed_loss_is_the_sum_of_means_over_the_number_of_images():
    images, losses = torch.randn(1000, 10), torch.arange(1000) % 10
    means = [nn.functional.cross_entropy(x, y).item()
             for x, y in zip(images.split(64), losses.split(64), strict=True)]  # fmt: skip
    found = published_program.loss_scale(run_with(train_loss=[np.mean(means), 0]), 1000)
    assert found.an_image == pytest.approx(np.mean(means))
    assert found.printed == pytest.approx(sum(means) / 1000)
    assert found.ratio == pytest.approx(1000 / 16)


def test_peeking_quotes_the_best_epoch_of_the_test_set():
    runs = [
        run_with(validation_accuracy=[0.9, 0.95, 0.95], test_accuracy=[0.93, 0.96, 0.94]),
        run_with(validation_accuracy=[0.9, 0.95, 0.94], test_accuracy=[0.92, 0.95, 0.93]),
        run_with(validation_accuracy=[0.9, 0.91, 0.94], test_accuracy=[0.97, 0.95, 0.96]),
    ]
    found = published_program.peeking(runs)
    assert found.best == [0.96, 0.95, 0.97]
    assert found.honest == [0.94, 0.95, 0.96]
    gains = [0.02, 0, 0.01]
    assert found.gain.mean == pytest.approx(0.01)
    expected = stats.ttest_1samp(gains, 0).confidence_interval()
    assert found.gain.interval == pytest.approx(list(expected))
    assert published_program.peeking(runs[:1]).gain.interval is None


def test_half_does_not_give_mean_0_and_deviation_1(tiny_data):
    found = published_program.half_normalisation(tiny_data)
    x = HALF.apply(tiny_data.train_images).double()
    assert found.half.mean == pytest.approx(x.mean().item(), abs=1e-6)
    assert found.half.deviation == pytest.approx(x.std(unbiased=False).item(), abs=1e-6)


def test_all_is_plain_json_from_real_runs(tiny_data, results_folder):
    recipe = dataclasses.replace(definitions.PEEKING, width=2, epochs=2)
    runs = [training.train(recipe, seed, data=tiny_data) for seed in (0, 1)]
    base = record.make("faults", [recipe.name], runs, tiny_data.test_labels)
    found = FaultStudy.of(base, runs, tiny_data)
    assert FaultStudy.model_validate(json.loads(json.dumps(found.as_json()))) == found
    labels = tiny_data.test_labels.numpy()
    for run, epochs in zip(runs, found.peeking.test, strict=True):
        last = (run.test_logits.argmax(1) == labels).mean()
        assert epochs[-1] == pytest.approx(last)


def test_no_other_recipe_peeks(tiny_data, results_folder):
    recipe = dataclasses.replace(definitions.PEEKING, width=2, epochs=1, peek=False)
    assert "test_accuracy" not in training.train(recipe, data=tiny_data).history
    assert "peek" not in recipe.as_dict()
