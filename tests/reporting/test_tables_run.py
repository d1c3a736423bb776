"""Tables say what the run says: the numbers, their rounding, and every word in both languages."""

import dataclasses
import re

import pandas as pd
import pytest
import run_samples

from mnist_report.common.errors import ReportError
from mnist_report.common.words import LANGUAGES
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.evaluation.metrics import evaluate_logits
from mnist_report.reporting import tables
from mnist_report.training import layers as network_layers
from mnist_report.training import networks as training_networks
from mnist_report.training import recipes
from mnist_report.training.layers import LayerSummary

PROVENANCE = {
    "time": "2026-01-02T03:04:05+00:00",
    "git_commit": None,
    "mnist_report": "0.1.0",
    "python": "3.11.7",
    "torch": "2.6.0",
    "numpy": "2.0.0",
    "device": "cpu",
    "device_name": "Some CPU",
    "threads": 2,
    "platform": "Linux",
    "seed": 7,
}
CHECKSUMS = {"train-images-idx3-ubyte": "6b", "t10k-labels-idx1-ubyte": "27"}
SUMMARY = run_samples.summary(
    seed=7,
    parameters=1234567,
    epochs=3,
    training_seconds=61.26,
    validation={"accuracy": 0.98765, "errors": 62, "images": 5000},
    provenance=PROVENANCE,
)


@pytest.fixture
def scored():
    """Twenty images, two of each digit; one 4 is read as a 9."""
    labels = [digit for digit in range(10) for _ in range(2)]
    read = [9 if k == 8 else digit for k, digit in enumerate(labels)]
    logits = [[8.0 if digit == answer else 0.0 for digit in range(10)] for answer in read]
    return evaluate_logits(logits, labels)


def every_table(test, language):
    run_of = {name: tables.recipe(recipe, language) for name, recipe in recipes.RECIPES.items()}
    networks = {
        name: tables.network(
            network_layers.summarise(training_networks.build(r.network, r.width)), language
        )
        for name, r in recipes.RECIPES.items()
    }
    counts = pd.DataFrame({"training": [5421], "validation": [502], "test": [980]}, index=[0])
    return [
        *run_of.values(),
        *networks.values(),
        tables.data_files(
            {"train-images-idx3-ubyte": "6b", "t10k-labels-idx1-ubyte": "27"}, language
        ),
        tables.class_counts(counts, language),
        tables.normalisations(Normalisation(0.13, 0.31), language),
        tables.run(SUMMARY, language),
        tables.environment(SUMMARY.provenance, language),
        tables.scores(test, language),
        tables.per_class(test, language),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_is_text_and_the_header_is_one_row(scored, language):
    for table in every_table(scored, language):
        cells = [*table.index, *table.columns, *table.to_numpy().ravel()]
        assert all(isinstance(cell, str) for cell in cells)
        assert not any(re.search(r"None|nan|[{}]", cell) for cell in cells)
        assert table.columns.name and table.index.name is None
        assert table.to_html().split("</thead>")[0].count("<tr") == 1


def test_both_languages_show_the_same_numbers_in_other_words(scored):
    pairs = zip(*(every_table(scored, language) for language in LANGUAGES), strict=True)
    for english, chinese in pairs:
        assert english.shape == chinese.shape
        assert list(english.columns) != list(chinese.columns)
        numbers = [re.findall(r"\d+", " ".join(t.to_numpy().ravel())) for t in (english, chinese)]
        assert numbers[0] == numbers[1]


def test_an_unknown_language_is_refused(scored):
    with pytest.raises(ReportError, match="'fr'"):
        tables.scores(scored, language="fr")


def test_data_files_say_what_they_hold():
    table = tables.data_files(CHECKSUMS)
    assert table.to_numpy().tolist() == [["images, training set", "6b"], ["labels, test set", "27"]]


def test_class_counts_are_added_up_in_a_last_row():
    counts = pd.DataFrame({"training": [5421, 6179], "test": [980, 1135]})
    table = tables.class_counts(counts)
    assert list(table.index) == ["0", "1", "total"]
    assert table.loc["total"].tolist() == ["11,600", "2,115"]


def test_normalisation_half_does_not_give_mean_zero():
    table = tables.normalisations(Normalisation(0.13, 0.31))
    assert table["mean"].tolist() == ["0.1300", "−0.7400", "0.0000"]
    assert table["standard deviation"].tolist() == ["0.3100", "0.6200", "1.0000"]


def test_the_network_table_names_kernels_and_adds_up():
    layers = [
        # 5·5·1 weights for each of 4 channels, at 24·24 places
        LayerSummary("0", "Conv2d", (4, 24, 24), 104, 5 * 5 * 4 * 24 * 24, window=(5, 5)),
        LayerSummary("1", "MaxPool2d", (4, 8, 8), 0, 0, window=(3, 3)),
        LayerSummary("2", "Conv2d", (6, 6, 6), 222, 3 * 3 * 4 * 6 * 6 * 6, window=(3, 3)),
        LayerSummary("3", "Flatten", (216,), 0, 0),
        LayerSummary("4", "Linear", (10,), 2170, 2160),
        LayerSummary("5", "Novel", (10,), 0, 0),
    ]
    table = tables.network(layers)
    assert list(table.index) == [
        *("input", "convolution 5×5", "max pooling 3×3", "convolution 3×3"),
        *("flatten", "linear", "Novel", "total"),
    ]
    assert table["output shape"].tolist()[:3] == ["1 × 28 × 28", "4 × 24 × 24", "4 × 8 × 8"]
    assert table.loc["total"].tolist() == ["", "2,496", "67,536"]
    assert table.loc["flatten"].tolist() == ["216", "–", "–"]


def test_the_recipe_table_shows_what_a_recipe_does_without_as_a_dash():
    plain = tables.recipe(recipes.get("original"))["value"]
    assert plain[["EMA of the weights (decay)", "augmentation", "β₁, β₂"]].tolist() == ["–"] * 3
    assert plain["schedule"] == "constant"
    assert plain["optimiser"] == "SGD without momentum"


def test_the_recipe_table_follows_every_setting():
    recipe = recipes.get("standard")
    before = tables.recipe(recipe)["value"]
    changed = dataclasses.replace(
        recipe, width=5, epochs=77, batch_size=33, learning_rate=0.5, weight_decay=0.125
    )
    after = tables.recipe(changed)["value"]
    assert set(after.index[after != before]) == {
        *("network", "epochs", "batch size", "learning rate (peak)", "weight decay")
    }
    assert after["epochs"] == "77"


def test_the_run_table_rounds_time_and_accuracy():
    value = tables.run(SUMMARY)["value"]
    assert value["training time"] == "61.3 s"
    assert value["validation accuracy"] == "98.77%"
    assert value["parameters"] == "1,234,567"
    assert value["device"] == "CPU (Some CPU)"
    assert value["finished"] == "2026-01-02 03:04 UTC"


def test_the_environment_without_git_shows_a_dash_and_skips_unknown_versions():
    value = tables.environment(SUMMARY.provenance)["value"]
    assert value["git commit"] == "–"
    assert value["PyTorch"] == "2.6.0"
    assert "SciPy" not in value.index


def test_scores_give_the_exact_interval_of_nineteen_of_twenty(scored):
    value = tables.scores(scored)["value"]
    assert value["accuracy"] == "95.00%"
    assert value["errors"] == "1"
    assert value["exact 95% interval"] == "75.13% – 99.87%"  # Clopper–Pearson, printed tables


def test_per_class_scores_of_the_digits_that_were_confused(scored):
    table = tables.per_class(scored)
    assert table.loc["4"].tolist() == ["100.00", "50.00", "66.67", "2"]
    assert table.loc["9"].tolist() == ["66.67", "100.00", "80.00", "2"]
    assert table.loc["mean", "images"] == "20"
