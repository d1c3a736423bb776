"""What the prose says of the studies is plain, and is that of the records."""

import json

import pytest
import study_samples
from study_samples import LABELS, run_of

from mnist_report.common import settings
from mnist_report.common.errors import MissingStudyError
from mnist_report.reporting.values import as_json
from mnist_report.reporting.values import studies as study_values
from mnist_report.studies import run as studies


@pytest.fixture(scope="module")
def values():
    run = run_of("fast", 0, [7, 300])
    return as_json(study_values.of_studies(study_samples.records(), run, LABELS))


def test_they_are_plain_json(values):
    assert json.loads(json.dumps(values)) == json.loads(json.dumps(values, allow_nan=False))


def test_the_present_run_stands_beside_the_recorded_original(values):
    own = values["own"]
    assert (own["first"], own["second"], own["images"]) == ("original", "fast", 1000)
    assert (own["only_first"], own["only_second"]) == (1, 2)  # the record misclassifies 0, 7 and 8
    assert own["interval"]["low"] < own["difference"] < own["interval"]["high"]


def test_each_record_says_where_it_was_made(values):
    assert set(values["records"]) == set(studies.REPORTED)
    assert values["records"]["ablation"]["device_name"] == "Some CPU"
    assert values["records"]["faults"]["date"] == "2026-01-03"


def test_peeking_is_told_in_images(values):
    peeking = values["faults"]["peeking"]
    assert peeking["mean"] == pytest.approx(0.02)
    assert peeking["images"] == pytest.approx(20)
    assert (peeking["runs"], peeking["epochs"]) == (3, 3)


def test_one_seed_leaves_out_what_needs_several():
    run = run_of("best", 0, [])
    found = as_json(study_values.of_studies(study_samples.records(1), run, LABELS))
    assert found["pairs"]["ours"]["over_seeds"]["interval"] is None
    assert found["faults"]["peeking"]["interval"] is None


def test_a_missing_record_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    with pytest.raises(MissingStudyError, match="`mnist-report study recipes`"):
        studies.load_all()
