"""Runs of a hand-in: honest, altered, exchanged, hostile."""

import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import run_samples
import torch

from mnist_report import datasets, evaluation, training
from mnist_report.checking import results as stored
from mnist_report.checking.handin import HandIn
from mnist_report.checking.verdict import State, guarded
from mnist_report.common import settings, storage
from mnist_report.datasets.preprocessing import Augmentation
from mnist_report.training import inference, layers, recipes
from mnist_report.training import runs as stored_runs
from mnist_report.training.loop import choose_normalisation

SMALL = replace(recipes.get("fast"), name="mine", width=2)


def make(recipe, seed, mnist):
    """A whole run of an untrained network: what it reads is poor, but truly its own."""
    torch.manual_seed(seed)
    model = recipe.build().eval()
    split = training.split_for(recipe, seed, mnist)
    normalisation = choose_normalisation(recipe, mnist.train_images[split.train])
    reading = (normalisation, recipe.view_maps())
    val_logits = inference.model_logits(model, mnist.train_images[split.validation], *reading)
    hits = int((val_logits.argmax(1) == mnist.train_labels[split.validation]).sum())
    count = len(split.validation)
    summary = run_samples.summary(
        recipe=recipe.name,
        seed=seed,
        settings=recipe.as_dict(),
        parameters=layers.count_parameters(model),
        epochs=recipe.epochs,
        training_seconds=3.0,
        validation={"images": count, "errors": count - hits, "accuracy": hits / count},
        normalisation=normalisation,
        fingerprint=training.run_fingerprint(recipe, mnist),
    )
    row = {"epoch": 1, "seconds": 3.0, "train_accuracy": 0.5, "validation_accuracy": hits / count}
    arrays = {
        "val_index": split.validation.numpy(),
        "val_logits": val_logits.numpy(),
        "test_logits": inference.model_logits(model, mnist.test_images, *reading).numpy(),
    }
    folder = stored_runs.run_folder(recipe.name, seed)
    run = stored_runs.save(folder, summary, pd.DataFrame([row]), model.state_dict(), arrays)
    evaluation.evaluate(run, mnist)


@pytest.fixture(scope="module")
def mnist(mnist):
    """The first images of the real ones: to look at a run costs a tenth."""
    train, test = slice(12_000), slice(1000)
    return replace(
        mnist,
        train_images=mnist.train_images[train],
        train_labels=mnist.train_labels[train],
        test_images=mnist.test_images[test],
        test_labels=mnist.test_labels[test],
    )


@pytest.fixture(scope="module")
def made(mnist, tmp_path_factory):
    """A project with two honest runs."""
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(root / "results"))
        for seed in (0, 1):
            make(SMALL, seed, mnist)
    return root


@pytest.fixture
def both(made, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(made, tmp_path / "project")


@pytest.fixture
def project(both):
    """A copy with the first run alone: each that is looked at predicts all images again."""
    shutil.rmtree(both / "results" / "mine-s1")
    return both


def reseal(root):
    """Renew all sums, as somebody does who knows of them."""
    for path in root.glob("results/*/run.json"):
        content = storage.read_json(path)
        del content["sum"]
        files = [path.parent / name for name in content["files"]]
        content["files"] |= {f.name: storage.checksum(f.read_bytes()) for f in files if f.exists()}
        content["sum"] = storage._content_sum(content)
        path.write_text(json.dumps(content), encoding="utf-8")  # NaN, which ours refuses, too


def check(root, mnist):
    """As `examine`, of what was altered with skill."""
    reseal(root)
    return examine(root, mnist)


def examine(root, mnist):
    """State and text of what was found, by what follows the run's name."""
    hand_in = HandIn(root)
    runs, findings = stored.runs(hand_in)
    for run in runs:
        with guarded(findings, f"{run.folder.name}: run"):
            findings += stored.check(run, mnist, hand_in)
    return {finding.subject: (finding.state, finding.text) for finding in findings}


def change(path, *keys, value):
    content = json.loads(path.read_text(encoding="utf-8"))
    *inner, last = keys
    part = content
    for key in inner:
        part = part[key]
    part[last] = value
    path.write_text(json.dumps(content), encoding="utf-8")


def test_honest_runs_agree(made, mnist):
    found = examine(made, mnist)
    assert list(found) == [
        f"mine-s{seed}: {what}" for seed in (0, 1) for what in ("run", "evaluation", "weights")
    ]
    assert {state for state, _ in found.values()} == {State.AGREES}


def test_an_honest_run_on_all_images_agrees(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    make(SMALL, 0, whole := datasets.load())
    found = examine(tmp_path, whole)
    assert {state for state, _ in found.values()} == {State.AGREES}
    assert "10,000 test and 1,300 validation images" in found["mine-s0: weights"][1]


def test_nothing_in_the_hand_in_is_written(made, mnist):
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    examine(made, mnist)
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*")} == before


def test_an_altered_accuracy_is_found(project, mnist):
    change(project / "results/mine-s0/evaluation.json", "test", "accuracy", value=0.9985)
    state, text = check(project, mnist)["mine-s0: evaluation"]
    assert state is State.DIFFERS
    assert "test.accuracy is 0.9985, must be 0." in text


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (("validation", "accuracy"), 0.99, "validation.accuracy is 0.99"),
        (("settings", "learning_rate"), 0.5, "fingerprint"),
        (("training_seconds",), 1.0, "training_seconds"),
        (("parameters",), 7, "parameters is 7"),
        (("seed",), 5, "it is mine-s5"),
        (("settings", "width"), 10**6, "width"),
        (("settings", "augmentation"), 3, "augmentation"),
        (("provenance",), [], "provenance"),
        (("normalisation", "mean"), 0.5, "normalisation.mean is 0.5"),
        (("normalisation", "mean"), float("nan"), "should be a finite number"),
    ],
)
def test_an_altered_record_is_found(project, mnist, keys, value, said):
    change(project / "results/mine-s0/run.json", *keys, value=value)
    found = check(project, mnist)
    wrong = [text for state, text in found.values() if state is State.DIFFERS]
    assert said in " ".join(wrong)


def test_weights_of_another_run_are_found(both, mnist):
    folder = both / "results"
    shutil.copy(folder / "mine-s1/model.safetensors", folder / "mine-s0/model.safetensors")
    state, text = check(both, mnist)["mine-s0: weights"]
    assert state is State.DIFFERS
    assert "other logits for 1000 of 1000 images" in text


def test_predictions_made_right_by_hand_are_found(project, mnist, monkeypatch):
    """They agree with the evaluation, which was made from them, but not with the weights."""
    path = project / "results/mine-s0/predictions.npz"
    arrays = dict(np.load(path))
    wrong = np.flatnonzero(arrays["test_logits"].argmax(1) != mnist.test_labels.numpy())[:20]
    arrays["test_logits"][wrong, mnist.test_labels.numpy()[wrong]] += 9
    np.savez_compressed(path, **arrays)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "results"))
    reseal(project)
    evaluation.evaluate(stored_runs.load("mine", 0), mnist)
    found = check(project, mnist)
    assert found["mine-s0: evaluation"][0] is State.AGREES
    assert "for 20 of 1000 images predicted again, and another digit for 20" in found[
        "mine-s0: weights"
    ][1]  # fmt: skip


@pytest.mark.slow
def test_with_views_the_suspicious_images_are_read(project, mnist, monkeypatch):
    augmentation = Augmentation(degrees=9, zoom=0.1, shear=0.1, shift=1)
    recipe = replace(SMALL, name="seen", augmentation=augmentation, views=0.5)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "results"))
    monkeypatch.setattr(stored, "BUDGET", 13 * 100)
    few = replace(mnist, test_images=mnist.test_images[:500], test_labels=mnist.test_labels[:500])
    make(recipe, 0, few)
    state, text = check(project, few)["seen-s0: weights"]
    assert state is State.AGREES
    assert text.startswith("100 test and 10 validation images predicted again")
    path = project / "results/seen-s0/predictions.npz"
    arrays = dict(np.load(path))
    arrays["test_logits"][123, (arrays["test_logits"][123].argmax() + 1) % 10] += 5
    np.savez_compressed(path, **arrays)
    state, text = check(project, few)["seen-s0: weights"]
    assert state is State.DIFFERS
    assert "another digit for 1" in text


class Payload:
    """What would leave a trace if it were unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


@pytest.mark.parametrize("name", ["model.safetensors", "predictions.npz"])
def test_a_pickle_is_never_opened(both, mnist, tmp_path, name):
    trace = tmp_path / "trace"
    path = both / "results/mine-s0" / name
    if name.endswith("npz"):
        arrays = dict(np.load(path))
        np.savez(path, **arrays | {"val_index": np.array([Payload(trace)], dtype=object)})
    else:
        path.write_bytes(pickle.dumps(Payload(trace)))
    found = check(both, mnist)
    assert not trace.exists()
    assert State.DIFFERS in {state for subject, (state, _) in found.items() if "mine-s0" in subject}
    assert found["mine-s1: weights"][0] is State.AGREES


@pytest.mark.parametrize("name", ["model.safetensors", "predictions.npz", "history.csv"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense,\x00\xff"])
def test_missing_and_damaged_files_are_told(project, mnist, name, content):
    path = project / "results/mine-s0" / name
    path.unlink() if content is None else path.write_bytes(content)
    found = check(project, mnist)
    if content is None:
        assert found["mine-s0"] == (State.MISSING, name)
        return
    texts = [text for subject, (state, text) in found.items() if state is State.DIFFERS]
    assert texts
    assert all("\n" not in text for text in texts)


def test_predictions_without_their_run_are_told(project, mnist):
    (project / "results/mine-s0/run.json").unlink()
    (project / "results/notes").mkdir()
    (project / "results/notes/history.csv").touch()
    assert check(project, mnist) == {
        "mine-s0": (State.MISSING, "run.json"),
        "results": (State.MISSING, "there is no finished run in results/"),
    }


def test_a_missing_evaluation_and_no_runs(project, mnist):
    (project / "results/mine-s0/evaluation.json").unlink()
    assert check(project, mnist)["mine-s0: evaluation"][0] is State.MISSING
    shutil.rmtree(project / "results")
    assert check(project, mnist) == {
        "results": (State.MISSING, "there is no finished run in results/")
    }
    (project / "results/kaggle/fast-s0").mkdir(parents=True)
    (project / "results/kaggle/fast-s0/run.json").touch()
    assert check(project, mnist)["results"][0] is State.UNCHECKED


@pytest.mark.parametrize("name", [stored.NETWORKS, "mnist_report/networks.py"])
def test_own_networks_are_not_run(project, mnist, name):
    """Wherever the hand-in defines them: in its room, or where they were before."""
    own = project / name
    own.parent.mkdir(parents=True)
    own.write_text("raise SystemExit('run')", encoding="utf-8")
    assert check(project, mnist)["mine-s0: weights"][0] is State.AGREES  # ours fits them still
    change(project / "results/mine-s0/run.json", "settings", "width", value=3)
    assert check(project, mnist)["mine-s0: weights"][0] is State.UNCHECKED
    change(project / "results/mine-s0/run.json", "settings", "network", value="of-my-own")
    state, text = check(project, mnist)["mine-s0: run"]
    assert state is State.UNCHECKED
    assert "of-my-own" in text


def test_what_is_changed_in_the_package_is_known(project):
    """Files that are other than ours or missing; without a package none is."""
    assert HandIn(project).changed() == []
    shutil.copytree(settings.PACKAGE, project / "mnist_report", ignore=lambda *_: ["__pycache__"])
    assert HandIn(project).changed() == []
    (project / stored.NETWORKS).write_text("now", encoding="utf-8")
    (project / "mnist_report/__main__.py").unlink()
    assert set(HandIn(project).changed()) == {stored.NETWORKS, "mnist_report/__main__.py"}


def test_code_that_a_run_carries_is_not_run(project, mnist, tmp_path):
    """Under the name of one of our own networks."""
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w')"
    change(project / "results/mine-s0/run.json", "settings", "source", value=code)
    found = check(project, mnist)
    assert found["mine-s0: run"][0] is State.UNCHECKED
    assert "its code is not run" in found["mine-s0: run"][1]
    assert not trace.exists()


def test_the_forged_run_of_the_review_is_found(project, mnist, monkeypatch):
    """Random weights, a normalisation that is no number, and logits that are all but perfect."""
    path = project / "results/mine-s0/predictions.npz"
    arrays = dict(np.load(path))
    arrays["test_logits"] = 20 * torch.eye(10)[mnist.test_labels].numpy()
    np.savez_compressed(path, **arrays)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "results"))
    reseal(project)
    evaluation.evaluate(stored_runs.load("mine", 0), mnist)
    found = check(project, mnist)
    assert found["mine-s0: weights"][0] is State.DIFFERS
    assert "other logits for 1000 of 1000 images" in found["mine-s0: weights"][1]
    change(project / "results/mine-s0/run.json", "normalisation", "mean", value=float("nan"))
    found = check(project, mnist)
    assert {state for name, (state, _) in found.items() if "mine-s0" in name} == {State.DIFFERS}


def test_code_under_a_name_of_ours_differs(project, mnist):
    folder = project / "results/mine-s0"
    for key, value in (("recipe", "fast"), ("settings", recipes.get("fast").as_dict())):
        change(folder / "run.json", key, value=value)
    change(folder / "run.json", "settings", "source", value="raise SystemExit")
    folder.rename(folder.with_name("fast-s0"))
    assert check(project, mnist)["fast-s0"][0] is State.DIFFERS


def test_the_network_of_notebook_08_is_ours(project, mnist, monkeypatch):
    """Its predictions are made again; with another word in its code they are not, nor is it run."""
    source = sorted(stored.example_networks())[0]
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "results"))
    make(replace(SMALL, name="my-network", network=stored.EXAMPLE, source=source), 0, mnist)
    found = check(project, mnist)
    assert {found[f"my-network-s0: {what}"][0] for what in ("run", "weights")} == {State.AGREES}
    path = project / "results/my-network-s0/run.json"
    change(path, "settings", "source", value=source.replace("self.first", "self.x"))
    found = check(project, mnist)
    assert found["my-network-s0: run"][0] is State.UNCHECKED
    assert found["my-network-s0: evaluation"][0] is State.AGREES
    assert "my-network-s0: weights" not in found
    (run,) = (run for run in stored.runs(HandIn(project))[0] if run.summary.own_network)
    with pytest.raises(recipes.RecipeError, match="code of a hand-in is not run"):
        run.model()


@pytest.mark.parametrize("name", ["run.json", "history.csv"])
def test_what_does_not_fit_its_sum_is_told(both, name):
    path = both / "results/mine-s0" / name
    path.write_text(path.read_text(encoding="utf-8").replace("3.0", "2.0"), encoding="utf-8")
    runs, (finding,) = stored.runs(HandIn(both))
    assert [run.folder.name for run in runs] == ["mine-s1"]
    assert finding.state is State.DIFFERS
    assert "stored" in finding.text


def test_infinities_and_complex_logits_are_found(project, mnist):
    folder = project / "results/mine-s0"
    history = pd.read_csv(folder / "history.csv").assign(train_accuracy=np.inf)
    history.to_csv(folder / "history.csv", index=False)
    said = "history.csv has values that are no numbers"
    assert any(
        state is State.DIFFERS and said in text for state, text in check(project, mnist).values()
    )
    arrays = dict(np.load(folder / "predictions.npz"))
    arrays["test_logits"] = arrays["test_logits"].astype(complex)
    np.savez(folder / "predictions.npz", **arrays)
    said = "predictions.npz has arrays of other shapes than logits have"
    assert any(
        state is State.DIFFERS and said in text for state, text in check(project, mnist).values()
    )


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("val_index", lambda index: index + 60_000, "val_index names images that there are not"),
        ("val_index", lambda index: -1 - index, "val_index names images that there are not"),
        ("val_index", lambda index: index * 0 + 7, "or one of them twice"),
        ("val_index", lambda index: index.astype("u8") + 2**63, "images that there are not"),
        ("test_logits", lambda logits: logits[:-1], "has logits of 999 test images"),
        ("test_logits", lambda logits: logits[:0], "has logits of 0 test images"),
    ],
)
def test_predictions_of_images_that_there_are_not_differ(project, mnist, name, change, said):
    path = project / "results/mine-s0/predictions.npz"
    arrays = dict(np.load(path))
    np.savez(path, **arrays | {name: change(arrays[name])})
    (told,) = [text for state, text in check(project, mnist).values() if state is State.DIFFERS]
    assert said in told
    assert "Error" not in told
