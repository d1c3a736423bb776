"""The record of a study agrees with its runs, and tells what they do not share."""

import json

import numpy as np
import pytest
from scipy import stats
from study_samples import TWO_RECIPES, made, run_of, study_of, study_with

from mnist_report.common import storage
from mnist_report.common.errors import ResultsError
from mnist_report.studies import run as studies
from mnist_report.studies.record import Study
from mnist_report.training import recipes


@pytest.fixture
def study():
    return study_of(TWO_RECIPES)


def test_it_is_plain_json(study):
    stored = json.loads(json.dumps(study.as_json(), allow_nan=False))
    assert Study.model_validate(stored) == study


def test_rows_come_by_recipe_and_seed_whatever_order_they_finished_in(study):
    runs = [
        run_of(name, seed, wrong)
        for name, seeds in TWO_RECIPES.items()
        for seed, wrong in enumerate(seeds)
    ]
    assert made(study_with("fast", "standard"), reversed(runs)) == study
    assert [(row.recipe, row.seed) for row in study.runs] == [
        *(("fast", 0), ("fast", 1), ("fast", 2)),
        *(("standard", 0), ("standard", 1), ("standard", 2)),
    ]
    assert [row.test.errors for row in study.runs] == [4, 2, 3, 1, 2, 0]


def test_accuracy_over_seeds_agrees_with_scipy(study):
    test = study.recipes[0].test
    accuracies = [0.996, 0.998, 0.997]
    assert test.mean == pytest.approx(np.mean(accuracies))
    assert test.deviation == pytest.approx(stats.tstd(accuracies))
    interval = stats.ttest_1samp(accuracies, 0).confidence_interval(0.95)
    assert test.interval == pytest.approx(list(interval))
    assert (test.min, test.max, test.images) == (0.996, 0.998, 1000)
    assert test.errors.as_json() == {"mean": 3.0, "min": 2, "max": 4}
    validation = study.recipes[0].validation
    assert validation.mean == pytest.approx(0.989)
    assert validation.errors.mean == 6


def test_the_average_errs_where_most_runs_do(study):
    # Image 7 is misclassified by all three runs of `fast`, 8 by two; the others by one each, and a
    # run that classifies an image is surer of it than one that does not.
    assert study.recipes[0].average.errors == 1
    assert study.recipes[1].average.errors == 0
    low, high = study.recipes[0].average.interval
    assert low < 0.999 < high


def test_times_are_kept_apart_by_threads():
    runs = [run_of("fast", 0, []), run_of("fast", 1, []), run_of("fast", 2, [], threads=1)]
    study = made(study_with("fast"), runs)
    one, two = study.recipes[0].training
    assert (one.threads, one.seconds.as_json()) == (1, {"mean": 62.0, "deviation": None})
    assert (two.threads, two.seconds.mean) == (2, 60.5)
    assert two.seconds.deviation == pytest.approx(0.5**0.5)
    assert "threads" not in study.provenance.as_json()
    assert [row.threads for row in study.runs] == [2, 2, 1]


def test_each_run_tells_what_it_does_not_share():
    runs = [run_of("fast", 0, []), run_of("fast", 1, [], torch="2.7.0", git_commit="ffff")]
    study = made(study_with("fast"), runs)
    assert study.provenance.as_json() == {
        "python": "3.11.7", "device": "cpu", "device_name": "Some CPU", "threads": 2,
    }  # fmt: skip
    assert [row.torch for row in study.runs] == ["2.6.0", "2.7.0"]
    assert [row.git_commit for row in study.runs] == ["0123456789ab", "ffff"]
    assert study.time == study.runs[1].time == "2026-01-02T03:04:05+00:00"


def test_one_run_has_no_spread():
    study = study_of({"fast": [[1, 2]]})
    test = study.recipes[0].test
    assert (test.mean, test.deviation, test.interval) == (0.998, None, None)
    assert study.recipes[0].settings == recipes.get("fast").as_dict()


def test_a_study_for_selection_tells_nothing_of_the_test_set():
    runs = [run_of("fast", 0, [1]), run_of("standard", 0, [])]
    study = made(study_with("fast", "standard", selection=True), runs)
    assert [row.validation.errors for row in study.runs] == [5, 5]
    assert study.recipes[0].validation.mean == 0.99
    for part in (*study.recipes, *study.runs):
        assert not {"test", "average"} & part.as_json().keys()


@pytest.mark.parametrize("name", studies.REPORTED)
def test_the_committed_records_keep_their_bytes(name, tmp_path):
    storage.write_json(tmp_path / "again.json", studies.load(name).as_json())
    assert (tmp_path / "again.json").read_bytes() == studies.path(name).read_bytes()


def test_a_field_that_is_missing_or_wrong_is_named_in_one_line(tmp_path):
    for field, value in (("recipes.0.test.mean", "much"), ("pairs.0.p_value", None)):
        *outer, last = field.split(".")
        content = studies.load("recipes").as_json()
        part = content
        for key in outer:
            part = part[int(key) if key.isdigit() else key]
        part[last] = value
        storage.write_json(tmp_path / "recipes.json", content)
        with pytest.raises(ResultsError, match=rf"recipes\.json is damaged \({field}: [^\n]*\)"):
            studies.read("recipes", tmp_path / "recipes.json")
