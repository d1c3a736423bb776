"""The report's values are what the run, the evaluation and the data say."""

import dataclasses
import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import run_samples
from scipy.stats import chi2_contingency

from mnist_report import evaluation
from mnist_report.datasets import dataset
from mnist_report.datasets.preprocessing import stratified_split
from mnist_report.reporting.values import run as run_values
from mnist_report.training import layers, networks, recipes, runs

READ_AS = {(4, 9): 12, (9, 4): 5, (3, 5): 6}  # (true, predicted): errors, put in on purpose
ERRORS = sum(READ_AS.values()) + 1  # and one image whose label is in doubt
DOUBTFUL = 947  # labelled 8


@pytest.fixture(scope="module")
def split(mnist):
    return stratified_split(mnist.train_labels)


@pytest.fixture(scope="module")
def logits(mnist):
    labels = mnist.test_labels.numpy()
    logits = 8 * np.eye(10, dtype=np.float32)[labels]
    for (true, predicted), count in READ_AS.items():
        images = np.flatnonzero(labels == true)[:count]
        logits[images, predicted] = 9  # read wrong, without much certainty
    logits[DOUBTFUL, 9] = 20
    return logits


@pytest.fixture(scope="module")
def run(tmp_path_factory, split, logits):
    recipe = recipes.get("fast")
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "learning_rate": [0.01, 0.001],
            "train_loss": [0.5, 0.25],
            "train_accuracy": [0.9, 0.95],
            "validation_loss": [0.2, 0.1],
            "validation_accuracy": [0.98, 0.96],
            "seconds": [3.0, 6.0],
        }
    )
    summary = run_samples.summary(
        seed=7,
        settings=recipe.as_dict(),
        epochs=2,
        training_seconds=6.0,
        validation={"accuracy": 0.96, "errors": 200, "images": 5000, "loss": 0.1},
        provenance=run_samples.PROVENANCE | {"python": "3.11", "seed": 7},
    )
    arrays = {
        "val_index": split.validation.numpy(),
        "val_logits": np.zeros((5000, 10), np.float32),
        "test_logits": logits,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(tmp_path_factory.mktemp("results")))
        folder = runs.run_folder("fast", 7)
        weights = networks.build(recipe.network, recipe.width).state_dict()
        weights = {name: tensor.contiguous() for name, tensor in weights.items()}
        return runs.save(folder, summary, history, weights, arrays)


@pytest.fixture(scope="module")
def values(run, mnist, split):
    guess = pd.DataFrame({"pair": [(4, 9), *(p for p in PAIRS if p != (4, 9))]})
    guess["score"] = np.linspace(10, 1, len(guess))
    found = evaluation.pooled_pairs([run], mnist)
    evaluated = evaluation.evaluate(run, mnist)
    return run_values.as_json(run_values.of_run(run, evaluated, mnist, split, guess, found))


PAIRS = list(combinations(range(10), 2))


def test_values_are_plain_json(values):
    assert json.loads(json.dumps(values, allow_nan=False)) == values


def test_data_are_those_of_mnist(values):
    data = values["data"]
    assert (data["train_images"], data["test_images"]) == (60_000, 10_000)
    assert data["most"] == {"digit": 1, "count": 6742}
    assert data["fewest"] == {"digit": 5, "count": 5421}
    assert data["mean"] == pytest.approx(0.1307, abs=2e-4)  # the well-known figures of MNIST
    assert data["deviation"] == pytest.approx(0.3081, abs=2e-4)
    assert (data["lightest"]["digit"], data["heaviest"]["digit"]) == (1, 0)
    assert values["split"] == {"train": 55_000, "validation": 5_000}


def test_balance_is_tested_over_three_sets_and_for_the_test_set_alone(values, mnist, split):
    labels, held_out = mnist.train_labels, mnist.train_labels[split.validation]
    sets = [np.bincount(part) for part in (labels[split.train], held_out, mnist.test_labels)]
    everything = sets[0] + sets[1]
    for name, table in (("balance", sets), ("test_balance", [everything, sets[2]])):
        expected = chi2_contingency(table)
        assert values["data"][name]["statistic"] == pytest.approx(expected.statistic)
        assert values["data"][name]["p_value"] == pytest.approx(expected.pvalue)


def test_half_normalisation_is_computed_from_the_pixels(values, mnist, split):
    pixels = mnist.train_images[split.train].double() / 255
    half = (pixels - 0.5) / 0.5
    assert values["half"]["mean"] == pytest.approx(half.mean().item(), abs=1e-5)
    assert values["half"]["deviation"] == pytest.approx(half.std().item(), abs=1e-5)


def test_test_values_count_the_errors(values):
    test = values["test"]
    assert test["errors"] == ERRORS
    assert test["accuracy"] == pytest.approx(1 - ERRORS / 10_000)
    assert test["interval"]["low"] < test["accuracy"] < test["interval"]["high"]
    assert test["largest_cell"] == {"true": 4, "predicted": 9, "count": 12}
    assert test["cells"] == len(READ_AS) + 1
    assert (test["missed"]["digit"], test["missed"]["count"]) == (4, 12)
    assert (test["intruded"]["digit"], test["intruded"]["count"]) == (9, 13)
    assert test["six_digits"] == pytest.approx(test["accuracy"] ** 6)


def test_pairs_add_up_both_directions_and_have_intervals(values):
    first = values["pairs"][0]
    assert (first["name"], first["errors"]) == ("4–9", 17)
    assert values["pairs"][1]["name"] == "3–5"
    assert values["pooled"] == 1
    assert first["mass_interval"]["low"] < first["mass"] < first["mass_interval"]["high"]
    assert first["errors_interval"]["low"] < 17 < first["errors_interval"]["high"]
    assert first["rank_interval"] == {"low": 1, "high": 1}
    assert values["test"]["top_pairs_share"] == 1  # no more than five pairs have errors


def test_guess_is_held_against_probability_mass(values):
    guess = values["guess"]
    assert guess["top"][0] == guess["actual"][0] == "4–9"
    assert 1 <= guess["hits"] <= 5
    assert -1 <= guess["correlation"] <= 1
    assert guess["interval"]["low"] < guess["interval"]["high"]


def test_the_hardest_image(values):
    assert values["hardest"] == {
        "index": DOUBTFUL,
        "label": 8,
        "prediction": 9,
        "probability": pytest.approx(np.exp(8 - 20), rel=1e-3),
        "doubtful": True,
    }


def test_run_and_validation_come_from_the_history(values):
    validation = values["validation"]
    assert (validation["first_accuracy"], validation["best_epoch"]) == (0.98, 1)
    assert validation["inside_test_interval"] is False


def test_network_and_recipe(values):
    # 24·(25+1) + 32·(24·9+1) + 256·(512+1) + 10·(256+1), by hand
    assert values["network"]["parameters"] == 138_954
    assert values["network"]["largest"]["kind"] == "Linear"
    assert not values["network"]["batch_norm"]
    assert values["recipe"]["name"] == "fast"
    assert values["recipe"]["augmentation"] is None


def test_the_network_s_source_is_whole():
    for network in networks.NETWORKS:
        namespace = {"nn": layers.nn}
        recipe = dataclasses.replace(recipes.get("fast"), network=network, width=4)
        source = run_values.network_source(recipe)
        exec("from __future__ import annotations\n" + source, namespace)  # noqa: S102 (our own)
        made = namespace[networks.NETWORKS[network].__name__](4)
        assert layers.count_parameters(made) == layers.count_parameters(networks.build(network, 4))
    own = dataclasses.replace(recipe, network="Net", source="class Net: pass")
    assert run_values.network_source(own) == "class Net: pass"


def test_what_the_prose_calls_classes():
    fashion = dataset.NAMED["fashion-mnist"]
    chinese = run_values.as_json(run_values.names(fashion, "zh-CN"))
    assert (chinese["dataset"], chinese["digits"]) == ("Fashion-MNIST", False)
    assert chinese["classes"][0] == "T恤"
    assert "[@xiao2017]" in chinese["source"]
    assert run_values.as_json(run_values.names(dataset.MNIST))["classes"] == list("0123456789")


def test_publish_displays_json(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(run_values, "display", lambda data, raw: shown.append((data, raw)))
    run_values.hand_over({"a": 1})
    assert shown == [({"application/json": {"a": 1}}, True)]
