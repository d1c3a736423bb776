"""Two networks by the images that each misclassifies, held against counting by hand."""

import json

import numpy as np
import pytest
import study_samples
from scipy import stats
from study_samples import DATA, LABELS, run_of

from mnist_report.common.errors import MissingStudyError
from mnist_report.evaluation.metrics import Misclassified
from mnist_report.studies import comparison
from mnist_report.studies.comparison import RecipeStudy
from mnist_report.training import recipes

FIRST = Misclassified(index=[1, 2, 3, 4, 5], predicted=[0] * 5)
SECOND = Misclassified(index=[5, 6], predicted=[1, 1])


def test_misclassified_images_and_what_was_predicted():
    found = comparison.misclassified(run_of("fast", 0, [3, 19]).test_logits, LABELS)
    assert found.as_json() == {"index": [3, 19], "read": [4, 0]}


def test_paired_counts_what_only_one_classifies():
    found = comparison.paired((FIRST, SECOND), 100, ("a", "b"))
    assert (found.only_first, found.only_second, found.images) == (1, 4, 100)
    assert found.difference == pytest.approx(0.03)
    assert found.p_value == pytest.approx(stats.binomtest(1, 5).pvalue)
    assert found.interval[0] < 0.03 < found.interval[1]
    assert found.images_needed > 100  # five images of a hundred prove nothing


def test_equal_networks_need_endless_images():
    assert comparison.paired((FIRST, FIRST), 100, ("a", "b")).images_needed is None


def test_the_record_holds_the_first_seed_and_every_pair():
    runs = [run_of(n, seed, [seed]) for n in ("original", "standard") for seed in (0, 1)]
    base = study_samples.made(study_samples.study_with("original", "standard"), runs)
    found = RecipeStudy.of(base, runs, DATA)
    stored = json.loads(json.dumps(found.as_json()))
    assert RecipeStudy.model_validate(stored) == found
    assert stored["misread"] == {n: {"index": [0], "read": [1]} for n in ("original", "standard")}
    assert [(p.first, p.second, p.seed) for p in found.pairs] == [
        ("original", "standard", 0),
        ("original", "standard", 1),
    ]


def test_pooled_over_seeds_agrees_with_welch():
    study = study_samples.compared(
        {"original": [[1, 2, 3], [1, 2, 3, 4], [2]], "standard": [[1], [5], []]}
    )
    found = comparison.pooled(study, "original", "standard")
    assert found.runs == 3
    assert found.only_first == pytest.approx(1 / 3)
    assert found.only_second == pytest.approx((2 + 4 + 1) / 3)
    errors = np.array([[3, 4, 1], [1, 1, 0]]) / 1000
    test = stats.ttest_ind(1 - errors[1], 1 - errors[0], equal_var=False)
    assert found.p_value == pytest.approx(test.pvalue)
    assert found.difference == pytest.approx(errors[0].mean() - errors[1].mean())
    assert found.interval == pytest.approx(tuple(test.confidence_interval()))


def test_one_seed_has_no_difference_of_means():
    study = study_samples.compared({"original": [[1, 2]], "standard": [[1]]})
    found = comparison.pooled(study, "original", "standard")
    assert (found.difference, found.interval, found.p_value) == (None, None, None)


def test_a_pair_that_was_not_recorded_says_what_to_run():
    study = study_samples.compared({"original": [[1]], "standard": [[]]})
    with pytest.raises(MissingStudyError, match="run `mnist-report study recipes` again"):
        comparison.pooled(study, "standard", "best")


def test_a_run_meets_the_recorded_original_and_original_the_recorded_standard():
    study = study_samples.compared({"original": [[1, 2]], "standard": [[2]]})
    own = comparison.compare_with_record(run_of("fast", 4, [2, 3]), LABELS, study)
    assert (own.first, own.second) == ("original", "fast")
    assert (own.only_first, own.only_second) == (1, 1)
    assert recipes.reference("original") == "standard"
