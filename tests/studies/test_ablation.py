"""What is said of the ladder agrees with the runs of its record."""

import pytest
import study_samples

from mnist_report.common.words import LANGUAGES, words
from mnist_report.reporting.values import as_json
from mnist_report.reporting.values import studies as study_values
from mnist_report.studies import ablation, definitions


@pytest.fixture(scope="module")
def study():
    return study_samples.ablation()


def test_the_ladder_has_every_change_and_the_loader_below(study):
    rows = ablation.ladder(study)
    assert [row.key for row in rows] == ["published", "tensors", *list(definitions.CHANGES)[1:]]
    assert rows[0].errors == rows[1].errors
    # (12 − 2) s for 6,000 images; 5,500 of them are trained on, in each of the passes.
    assert rows[0].seconds - rows[1].seconds == pytest.approx(10 * definitions.PASSES * 5500 / 6000)


def test_rows_agree_with_the_runs(study):
    row = ablation.ladder(study)[-1]
    runs = [run for run in study.runs if run.recipe == "ladder-averaging"]
    assert row.errors == pytest.approx([run.test.errors / 1000 for run in runs])
    assert row.mean == pytest.approx(sum(row.errors) / 3)
    low, high = row.interval
    assert low < row.mean < high
    assert row.seconds == pytest.approx(sum(run.training_seconds for run in runs) / 3)


def test_parts_are_taken_out_of_the_whole(study):
    rows = ablation.leave_one_out(study)
    assert [row.key for row in rows] == ["whole", *definitions.WITHOUT, "averaging"]
    steps = ablation.ladder(study)
    assert rows[0].errors == steps[-1].errors
    assert rows[-1].errors == steps[-2].errors


@pytest.mark.parametrize("language", LANGUAGES)
def test_changes_are_told_apart_from_chance(study, language):
    found, w = as_json(study_values.of_ablation(study, language)), words(language)
    assert found["unclear"] == []  # the two that change nothing are not among the tests
    assert found["worse"] == []
    assert len(found["better"]) == found["steps"] - 2
    assert w["change_augmentation"] in found["missed"]
    assert found["not_missed"] == []
    assert found["largest"]["before"] > found["largest"]["after"]
    assert found["factor"] == pytest.approx(
        found["published"]["error"] / found["standard"]["error"]
    )


def test_one_seed_tells_nothing_apart():
    found = as_json(study_values.of_ablation(study_samples.ablation(seeds=1)))
    assert (found["better"], found["worse"], found["missed"]) == ([], [], [])
    assert len(found["unclear"]) == found["steps"] - 2  # but for those that change nothing
    assert ablation.ladder(study_samples.ablation(seeds=1))[0].interval is None
