"""Studies: every run is made once, the record is written, and wrong use is told in one line."""

import dataclasses
from types import ModuleType

import joblib
import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.metrics import log_loss
from test_training import TINY

from mnist_report import evaluation, grids, results, settings, studies, training
from mnist_report.errors import MissingStudyError, ReportError, StudyError
from mnist_report.grids import Grid

SHORT = dataclasses.replace(TINY, name="short", epochs=1)
OTHER = dataclasses.replace(SHORT, name="other", network="one-pass", augmentation=None)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a study of two tiny recipes, and a results store of its own."""
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    monkeypatch.setitem(grids.GRIDS, "small", Grid("small", (SHORT, OTHER), seeds=2))
    return tmp_path


def test_the_record_agrees_with_the_runs_in_the_store(project, tiny_data):
    record = studies.run("small", seeds=2, jobs=1, data=tiny_data)
    assert studies.load("small") == record
    assert studies.path("small") == project / "report" / "studies" / "small.json"
    assert record["seeds"] == [0, 1]
    labels = tiny_data.test_labels.numpy()
    for row in record["runs"]:
        run = results.load(row["recipe"], row["seed"])
        errors = int((run.test_logits.argmax(1) != labels).sum())
        assert row["test"]["errors"] == errors
        assert row["fingerprint"] == run.summary["fingerprint"]
        assert row["training_seconds"] == run.summary["training_seconds"]
        probabilities = softmax(run.test_logits.astype(np.float64), axis=1)
        assert row["test"]["nll"] == pytest.approx(log_loss(labels, probabilities), rel=1e-5)
    both = [results.load("short", seed).test_logits for seed in (0, 1)]
    mean = np.mean([evaluation.probabilities(logits) for logits in both], axis=0)
    errors = int((mean.argmax(1) != labels).sum())
    assert record["recipes"][0]["average"]["errors"] == errors


def test_seed_after_seed_and_what_is_finished_is_kept(project, tiny_data, monkeypatch):
    train, made = training.train, []

    def interrupted(recipe, seed, data):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append((recipe.name, seed))
        return train(recipe, seed, data=data)

    with monkeypatch.context() as patch:
        patch.setattr(training, "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            studies.run("small", seeds=2, jobs=1, data=tiny_data)
    assert made == [("short", 0), ("other", 0), ("short", 1)]
    assert not studies.path("small").exists()

    fit, fitted = training.fit, []
    monkeypatch.setattr(training, "fit", lambda *a: fitted.append((a[0].name, a[1])) or fit(*a))
    assert len(studies.run("small", seeds=1, jobs=1, data=tiny_data)["runs"]) == 2
    assert fitted == []
    assert len(studies.run("small", seeds=2, jobs=1, data=tiny_data)["runs"]) == 4
    assert fitted == [("other", 1)]


def test_two_jobs_share_the_threads_and_find_the_same(project, tiny_data, monkeypatch):
    alone = studies.run("small", seeds=1, jobs=1, data=tiny_data)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "side-by-side"))
    together = studies.run("small", seeds=1, jobs=2, data=tiny_data)
    assert (project / "side-by-side" / "other-s0" / "run.json").exists()
    assert {row["threads"] for row in together["runs"]} == {max(1, torch.get_num_threads() // 2)}
    for one, two in zip(alone["runs"], together["runs"], strict=True):
        assert one["test"]["nll"] == pytest.approx(two["test"]["nll"], rel=1e-3)


@pytest.mark.parametrize(
    ("threads", "jobs", "share"), [(8, 1, None), (8, 2, 4), (8, 3, 2), (2, 4, 1)]
)
def test_the_share_of_threads(threads, jobs, share, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert studies._share_of_threads(jobs, None) == share
    assert studies._share_of_threads(jobs, "tcp://somewhere:8786") is None


@pytest.mark.parametrize("options", [{"seeds": 0}, {"jobs": 0}, {"jobs": -1}])
def test_numbers_below_one_are_refused(project, tiny_data, options):
    with pytest.raises(StudyError, match=rf"{next(iter(options))}: .* less than 1"):
        studies.run("small", data=tiny_data, **options)


@pytest.mark.parametrize("call", [studies.run, studies.load, studies.path, grids.get])
def test_an_unknown_study_is_refused_with_those_there_are(call):
    with pytest.raises(StudyError, match="no study 'none'; there are recipes"):
        call("none")


def test_a_study_that_was_not_made_says_how_to_make_it(project):
    with pytest.raises(MissingStudyError, match="run `mnist-report study small`"):
        studies.load("small")
    assert issubclass(MissingStudyError, ReportError)


def test_a_cluster_without_dask_says_what_to_install(project, tiny_data, monkeypatch):
    monkeypatch.setattr(studies, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match=r'pip install "mnist-report\[cluster\]"'):
        studies.run("small", scheduler="tcp://127.0.0.1:8786", data=tiny_data)


def test_a_scheduler_that_does_not_answer_is_named(project, tiny_data, monkeypatch):
    def refuse(backend, scheduler_host):
        raise OSError("timed out")

    monkeypatch.setattr(studies, "find_spec", ModuleType)
    monkeypatch.setattr(joblib, "parallel_config", refuse)
    with pytest.raises(StudyError, match=r"No Dask scheduler answers at tcp://nowhere:1: timed"):
        studies.run("small", scheduler="tcp://nowhere:1", data=tiny_data)


def test_a_scheduler_gets_the_runs(project, tiny_data, monkeypatch):
    asked, config = [], joblib.parallel_config

    def cluster(backend, scheduler_host):
        asked.append((backend, scheduler_host))
        return config("threading", n_jobs=1)

    monkeypatch.setattr(studies, "find_spec", ModuleType)
    monkeypatch.setattr(joblib, "parallel_config", cluster)
    record = studies.run("small", seeds=1, scheduler="tcp://host:8786", data=tiny_data)
    assert asked == [("dask", "tcp://host:8786")]
    assert len(record["runs"]) == 2
