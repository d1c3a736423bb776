"""What table and prose say of a study is what its record says."""

import dataclasses

import pytest
from study_samples import TWO_RECIPES, made, run_of, study_of, study_with

from mnist_report.common.errors import ReportError
from mnist_report.common.words import LANGUAGES
from mnist_report.reporting import tables
from mnist_report.reporting.values import as_json
from mnist_report.reporting.values import studies as study_values
from mnist_report.studies.record import Study
from mnist_report.training import recipes


@pytest.fixture
def study():
    return study_of(TWO_RECIPES)


def test_the_table_rounds_what_the_runs_reached(study):
    table = tables.recipe_study(study)
    assert list(table.index) == ["fast", "standard"]
    assert table.loc["fast"].tolist() == [
        *("1,234", "1", "99.70 ± 0.10", "3.0", "99.90", "61 ± 1", "2")
    ]
    assert table.columns[4] == "average of 3 (%)"


def test_one_run_has_no_deviation():
    row = tables.recipe_study(study_of({"fast": [[1, 2]]}, threads=1)).loc["fast"]
    assert row.tolist()[2:] == ["99.80", "2.0", "99.80", "60", "1"]


def test_times_on_different_devices_stand_apart():
    runs = [run_of("fast", 0, []), run_of("fast", 1, [], device="cuda")]
    study = made(study_with("fast"), runs)
    row = tables.recipe_study(study).loc["fast"]
    assert row.tolist()[-2:] == ["60; 61", "2; CUDA"]


def test_the_table_of_a_selection_shows_validation_alone():
    definition = study_with("fast", selection=True)
    study = made(definition, [run_of("fast", 0, [1]), run_of("fast", 1, [])])
    table = tables.recipe_study(study)
    assert "validation accuracy (%)" in table.columns
    assert table.loc["fast"].tolist() == ["1,234", "1", "98.95 ± 0.07", "5.5", "60 ± 1", "2"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_is_text(study, language):
    table = tables.recipe_study(study, language)
    cells = [*table.index, *table.columns, *table.to_numpy().ravel(), table.columns.name]
    assert all(isinstance(cell, str) and cell and "{" not in cell for cell in cells)


def test_an_unknown_language_is_refused(study):
    with pytest.raises(ReportError, match="'fr'"):
        tables.recipe_study(study, "fr")


def test_values_tell_where_the_study_was_made(study):
    values = as_json(study_values.of_recipe_study(study, recipes.get("fast")))
    assert (values["seeds"], values["date"], values["threads"]) == (3, "2026-01-03", [2])
    assert (values["device_name"], values["torch"]) == ("Some CPU", "2.6.0")
    assert values["best"]["name"] == "standard"
    fast = values["recipes"]["fast"]
    assert values["current"] == fast
    assert fast["mean"] == pytest.approx(0.997)
    assert fast["sampling_deviation"] == pytest.approx((0.997 * 0.003 / 1000) ** 0.5)
    assert fast["average"] == {"accuracy": 0.999, "errors": 1}


def test_a_recipe_of_ones_own_is_not_taken_for_a_studied_one(study):
    changed = dataclasses.replace(recipes.get("fast"), learning_rate=0.02)
    assert study_values.of_recipe_study(study, changed).current is None
    assert study_values.of_recipe_study(study, recipes.get("original")).current is None


def test_versions_that_differ_are_all_named():
    stored = study_of({"fast": [[], [1]]}).as_json()
    stored["provenance"].pop("torch")
    for row, version in zip(stored["runs"], ("2.7.0", "2.6.0"), strict=True):
        row["torch"] = version
    study = Study.model_validate(stored)
    assert study.found("torch") == ["2.6.0", "2.7.0"]
    assert study.found("none") == []
