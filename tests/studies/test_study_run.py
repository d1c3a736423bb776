"""Studies: every run is made once, the record is written, and wrong use is told in one line."""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from importlib import import_module

import joblib
import numpy as np
import pytest
import torch
from joblib.externals.loky import get_reusable_executor
from safetensors.torch import load_file
from scipy.special import softmax
from sklearn.metrics import log_loss
from tiny import TINY

from mnist_report import training
from mnist_report.common import settings
from mnist_report.common.errors import MissingStudyError, ReportError, StudyError
from mnist_report.studies import cluster, definitions
from mnist_report.studies import run as studies
from mnist_report.studies.definitions import Definition, SearchStudy
from mnist_report.studies.record import Study
from mnist_report.training import runs as stored_runs

# The face of the room hands on a function of the same name.
train_module = import_module("mnist_report.training.train")

SHORT = dataclasses.replace(TINY, name="short", epochs=1)
OTHER = dataclasses.replace(SHORT, name="other", network="one-pass", augmentation=None)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a study of two tiny recipes, and a results store of its own."""
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    monkeypatch.setitem(definitions.STUDIES, "small", Definition("small", (SHORT, OTHER), seeds=2))
    return tmp_path


def test_the_record_agrees_with_the_runs_in_the_store(project, tiny_data):
    record = studies.run("small", seeds=2, jobs=1, data=tiny_data)
    assert studies.load("small") == record
    assert studies.path("small") == project / "report" / "studies" / "small.json"
    assert record.seeds == [0, 1]
    labels = tiny_data.test_labels.numpy()
    for row in record.runs:
        run = stored_runs.load(row.recipe, row.seed)
        errors = int((run.test_logits.argmax(1) != labels).sum())
        assert row.test.errors == errors
        assert row.fingerprint == run.summary.fingerprint
        assert row.training_seconds == run.summary.training_seconds
        probabilities = softmax(run.test_logits.astype(np.float64), axis=1)
        assert row.test.nll == pytest.approx(log_loss(labels, probabilities), rel=1e-5)
    both = [stored_runs.load("short", seed).test_logits for seed in (0, 1)]
    mean = np.mean([softmax(logits.astype(np.float64), axis=1) for logits in both], axis=0)
    errors = int((mean.argmax(1) != labels).sum())
    assert record.recipes[0].average.errors == errors


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

    fit, fitted = train_module.fit, []
    monkeypatch.setattr(train_module, "fit", lambda *a: fitted.append((a[0].name, a[1])) or fit(*a))
    assert len(studies.run("small", seeds=1, jobs=1, data=tiny_data).runs) == 2
    assert fitted == []
    assert len(studies.run("small", seeds=2, jobs=1, data=tiny_data).runs) == 4
    assert fitted == [("other", 1)]


@pytest.mark.slow
def test_two_jobs_share_the_threads_and_find_the_same(project, tiny_data, monkeypatch):
    alone = studies.run("small", seeds=1, jobs=1, data=tiny_data)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "side-by-side"))
    get_reusable_executor().shutdown()  # workers of another test would know its folder
    together = studies.run("small", seeds=1, jobs=2, data=tiny_data)
    assert (project / "side-by-side" / "other-s0" / "run.json").exists()
    assert {row.threads for row in together.runs} == {max(1, torch.get_num_threads() // 2)}
    for one, two in zip(alone.runs, together.runs, strict=True):
        assert one.test.nll == pytest.approx(two.test.nll, rel=1e-3)


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


@pytest.mark.parametrize("call", [studies.run, studies.load, studies.path, definitions.get])
def test_an_unknown_study_is_refused_with_those_there_are(call):
    with pytest.raises(StudyError, match="no study 'none'; there are recipes"):
        call("none")


def test_a_study_that_was_not_made_says_how_to_make_it(project):
    with pytest.raises(MissingStudyError, match="run `mnist-report study small`"):
        studies.load("small")
    assert issubclass(MissingStudyError, ReportError)


def test_a_cluster_without_dask_says_what_to_install(project, tiny_data, monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match=r'pip install "mnist-report\[cluster\]"'):
        studies.run("small", scheduler="tcp://127.0.0.1:8786", data=tiny_data)


def test_a_study_run_twice_gives_the_same_weights(project, tiny_data, monkeypatch):
    first = studies.train(definitions.get("small"), jobs=2, data=tiny_data)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "again"))
    second = studies.train(definitions.get("small"), jobs=2, data=tiny_data)
    again = {run.folder.name: load_file(run.folder / stored_runs.MODEL) for run in second}
    assert len(first) == len(again) == 4
    for run in first:
        weights = load_file(run.folder / stored_runs.MODEL)
        assert all(torch.equal(weights[k], again[run.folder.name][k]) for k in weights)


def test_it_says_beforehand_what_there_is_to_do(project, tiny_data):
    plans = []
    studies.train(definitions.get("small"), seeds=1, jobs=1, data=tiny_data, announce=plans.append)
    studies.train(definitions.get("small"), seeds=2, jobs=1, data=tiny_data, announce=plans.append)
    nothing_yet, half = plans
    assert [r.name for r, _ in nothing_yet.missing] == ["short", "other"]
    assert nothing_yet.time == pytest.approx(sum(nothing_yet.seconds))
    assert sorted(run.folder.name for run in half.finished) == ["other-s0", "short-s0"]
    assert [seed for _, seed in half.missing] == [1, 1]
    # The first seed's runs tell what the second's will take.
    taken = [stored_runs.load(name).summary.training_seconds for name in ("short", "other")]
    assert half.seconds == pytest.approx(taken)


def test_every_recipe_is_looked_at_once_beforehand(project, tiny_data, monkeypatch):
    asked = []
    monkeypatch.setattr(
        studies, "expected_seconds", lambda recipe, *_: asked.append(recipe.name) or 1.0
    )
    studies.train(definitions.get("small"), seeds=3, jobs=1, data=tiny_data)
    assert asked == ["short", "other"]


def test_the_time_of_a_plan_is_shared_by_its_jobs():
    assert studies.Plan([], [], [4.0, 4.0, 4.0], 2).time == 6
    assert studies.Plan([], [], [9.0, 1.0], 2).time == 9  # the longest run
    assert studies.Plan([], [], [], 2).time == 0


def test_by_default_one_run_a_core_and_one_on_an_accelerator(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 6)
    monkeypatch.setattr(settings, "device", lambda: torch.device("cpu"))
    assert studies._jobs() == 6
    monkeypatch.setattr(settings, "device", lambda: torch.device("cuda"))
    assert studies._jobs() == 1


def test_a_search_leaves_the_test_set_alone(project, tiny_data, monkeypatch):
    monkeypatch.setitem(
        definitions.STUDIES,
        "small",
        Definition("small", (SHORT,), 2, selection=True, record=SearchStudy),
    )
    record = studies.run("small", jobs=1, data=tiny_data)
    assert "test" not in json.dumps(record.as_json())
    assert record.runs[0].validation.images == record.corrupted_images == 40
    assert list(record.corrupted) == list(record.mnist_c) == ["short"]
    assert 0 <= record.corrupted["short"].mean <= record.runs[0].validation.accuracy + 0.2
    assert record.mnist_c["short"].deviation is not None
    assert studies.load("small") == record


def test_what_a_study_measures_goes_into_the_record(project, tiny_data, monkeypatch):
    class Counted(Study):
        names: list[str]
        images: int

        @classmethod
        def of(cls, base, runs, data):
            names = [run.folder.name for run in runs]
            return cls(**dict(base), names=names, images=len(data.test_images))

    monkeypatch.setitem(
        definitions.STUDIES, "small", Definition("small", (SHORT,), 1, record=Counted)
    )
    record = studies.run("small", jobs=1, data=tiny_data)
    assert (record.names, record.images) == (["short-s0"], 60)
    assert studies.load("small") == record


def test_the_published_network_is_trained_without_its_warning(project, tiny_data):
    recipe = dataclasses.replace(definitions.ladder()[0], width=2, epochs=1)
    (run,) = studies.train(Definition("small", (recipe,), 1), jobs=1, data=tiny_data)
    assert run.summary.recipe == "ladder-published"


CTRL_C = """
import sys, torch
from mnist_report import cli, datasets
from mnist_report.datasets.dataset import Dataset
from mnist_report.studies import cluster, definitions
from mnist_report.training import recipes
data = Dataset(**torch.load(sys.argv[1]))
datasets.load = lambda: data
recipe = recipes.Recipe("tiny", "one-pass", 2, int(sys.argv[2]), 40, 0.01)
definitions.STUDIES["small"] = definitions.Definition("small", (recipe,), seeds=4)
sys.argv = ["mnist-report", "study", "small", "--jobs", "1"]
cli.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.slow
def test_ctrl_c_ends_in_one_line_and_what_is_finished_is_kept(project, tiny_data):
    tensors = {name: part for name, part in vars(tiny_data).items() if name != "about"}
    torch.save(tensors, project / "data.pt")
    words = [sys.executable, "-c", CTRL_C, str(project / "data.pt"), "60"]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    first = stored_runs.run_folder("tiny", 0) / stored_runs.RUN
    with subprocess.Popen(words, **options) as process:
        while process.poll() is None and not first.exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert err.splitlines()[-1].endswith("What was finished is kept; run again to go on.")
    finished = sorted(path.parent.name for path in project.glob("results/*/run.json"))
    assert "tiny-s0" in finished
    assert len(finished) < 4
