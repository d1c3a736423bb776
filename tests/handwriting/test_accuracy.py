"""The recorded measurement on pages of test digits, how it is made, and where it is quoted."""

import json
from types import SimpleNamespace

import pytest
import run_samples
from handwriting_samples import reader_of
from typer.testing import CliRunner

from mnist_report.cli import commands
from mnist_report.common import settings
from mnist_report.common.errors import MissingStudyError
from mnist_report.evaluation.statistics import exact_interval
from mnist_report.handwriting import accuracy as handwriting_accuracy
from mnist_report.handwriting.recognition import Recogniser
from mnist_report.handwriting.synthetic_pages import KINDS, STRENGTHS
from mnist_report.training import runs


@pytest.fixture(scope="module")
def record():
    return handwriting_accuracy.load()


def rows(record):
    return [record.clean, *(row for kind in record.kinds.values() for row in kind)]


def test_every_disturbance_is_measured_on_a_thousand_digits(record):
    assert record.digits == 1_000
    assert list(record.kinds) == list(KINDS)
    for kind in record.kinds.values():
        assert [row.strength for row in kind] == list(STRENGTHS)


def test_clean_pages_are_read_as_well_as_was_asked_for(record):
    assert record.clean.accuracy >= 0.99


def test_the_counts_add_up(record):
    for row in rows(record):
        assert row.right + row.wrong + row.missed == record.digits
        assert row.accuracy == row.right / record.digits
        assert row.interval == exact_interval(row.right, record.digits)
        assert row.unsure_right <= row.unsure <= row.right + row.wrong


@pytest.mark.parametrize("name", ["guide.md", "guide.zh-CN.md"])
def test_the_guides_quote_it_rightly(record, name):
    text = (settings.project_root() / "docs" / name).read_text(encoding="utf-8")
    photo = record.kinds["photo"]
    accuracies = [f"{100 * row.accuracy:.1f}" for row in (record.clean, *photo)]
    for accuracy in accuracies:
        assert f"{accuracy} %" in text or f"{accuracy}%" in text


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(handwriting_accuracy, "path", lambda: tmp_path / "handwriting.json")
    return tmp_path / "handwriting.json"


def test_without_a_record_it_says_how_to_make_one(place):
    with pytest.raises(MissingStudyError, match=r"mnist-report study handwriting"):
        handwriting_accuracy.load()


def test_the_command_writes_the_record(mnist, place, monkeypatch):
    run = SimpleNamespace(summary=run_samples.summary(fingerprint="abc"))
    monkeypatch.setattr(runs, "load", lambda recipe, seed: run)
    monkeypatch.setattr(Recogniser, "load", lambda recipe, seed: reader_of(mnist))
    monkeypatch.setattr(handwriting_accuracy, "KINDS", {"blur": KINDS["blur"]})
    monkeypatch.setattr(handwriting_accuracy, "DIGITS", 10)
    done = CliRunner().invoke(commands.app, ["study", "handwriting"])
    made = json.loads(place.read_text(encoding="utf-8"))
    recipe = settings.recipe_name()
    assert (made["recipe"], made["run_seed"], made["fingerprint"]) == (recipe, 0, "abc")
    assert made["digits"] == 10
    assert made["provenance"]["torch"]
    assert f"{made['clean']['accuracy']:.1%}"[:-1] in done.output


def test_without_a_run_the_command_says_what_to_do(results_folder):
    done = CliRunner().invoke(commands.app, ["study", "handwriting"])
    assert done.exit_code == 1
    assert "mnist-report train" in done.output
