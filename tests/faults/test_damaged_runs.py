"""Runs: killed, they end with the same weights; damaged or foreign, they are named and refused."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
import victims
from damage import cut, flipped
from safetensors.torch import load_file, save_file
from tally import Tally, budget

from mnist_report import evaluation, training
from mnist_report.common import storage
from mnist_report.handwriting.recognition import Recogniser
from mnist_report.training import runs

# The face of the room hands on a function of the same name.
train_module = import_module("mnist_report.training.train")

forks = pytest.mark.skipif(not victims.FORKS, reason="this system does not fork")
DATA = tiny.mnist()
FILES = (runs.RUN, runs.HISTORY, runs.MODEL, runs.PREDICTIONS, runs.EVALUATION)


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """The folder of a run that nothing happened to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(tmp_path_factory.mktemp("whole")))
        run = training.train(tiny.recipe(), data=DATA)
        evaluation.evaluate(run, DATA)
    return run.folder


@pytest.fixture
def copy(whole, results_folder) -> Path:
    """The same run in a store of the test's own."""
    return shutil.copytree(whole, results_folder / whole.name)


def same_weights(first: Path, second: Path) -> bool:
    one, other = (load_file(folder / runs.MODEL) for folder in (first, second))
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def same_results(first: Path, second: Path) -> bool:
    one, other = (np.load(folder / runs.PREDICTIONS) for folder in (first, second))
    return all(np.array_equal(one[key], other[key]) for key in one) and same_weights(first, second)


# --- killed -----------------------------------------------------------------------------------


@forks
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, tally: Tally, whole):
    """Killed at one line of the package after another, until it comes to its end."""
    rng, number = random.Random(5), 0
    counted = tmp_path / "counted"
    counted.mkdir()
    assert victims.end(victims.start(counted, victims.train, line=0)) == 0
    lines = int((counted / "lines.txt").read_text(encoding="utf-8"))
    assert lines > 500
    killed = 0
    while killed < budget(2, 45):
        folder = tmp_path / str(number)
        folder.mkdir()
        number += 1
        for _ in range(6):
            line = rng.randrange(lines // 4, lines)
            with tally.fault("killed while training"):
                code = victims.end(victims.start(folder, victims.train, line=line))
                assert code in (0, -9)
            if code == 0:
                break
            killed += 1
        with tally.fault("trained on after kills"):
            assert victims.end(victims.start(folder, victims.train)) == 0
            assert same_results(folder / "results" / "tiny-s0", whole)
            left = {path.name for path in (folder / "results" / "tiny-s0").iterdir()}
            # A kill after the last file leaves the checkpoint, which nobody needs any more.
            assert left - {train_module.CHECKPOINT} == {*FILES} - {runs.EVALUATION}


@forks
@pytest.mark.parametrize("count", [2, 4])
def test_processes_that_want_the_same_run_train_it_once(tmp_path, tally, whole, count):
    for number in range(budget(1, 4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with tally.fault(f"{count} processes train the same run"):
            together = [victims.start(folder, victims.train, 1) for _ in range(count)]
            assert [victims.end(process) for process in together] == [0] * count
            assert len(list(folder.glob("*.fitted"))) == 1
            assert same_results(folder / "results" / "tiny-s0", whole)


@forks
def test_a_full_disk_keeps_the_last_checkpoint(tmp_path, tally, whole):
    """The model takes 6 kB, a checkpoint four times as much."""
    rng = random.Random(6)
    for number in range(budget(2, 15)):
        folder = tmp_path / str(number)
        folder.mkdir()
        line = rng.randrange(1_500, 4_000)
        victims.end(victims.start(folder, victims.train, line=line))
        place = folder / "results" / "tiny-s0"
        before = {path.name: path.read_bytes() for path in place.glob("[!.]*")}
        with tally.fault("disk full while training") as fault:
            space = rng.randrange(5_000)
            code = victims.end(victims.start(folder, victims.train, space=space))
            if runs.RUN not in before:
                assert code == victims.REFUSED
                fault.refusal = (folder / "said.txt").read_text(encoding="utf-8")
                assert "Cannot write to" in fault.refusal
                assert {n: (place / n).read_bytes() for n in before} == before
            assert victims.end(victims.start(folder, victims.train)) == 0
            assert same_results(place, whole)


# --- damaged ----------------------------------------------------------------------------------


def edit_number(data: bytes, rng: random.Random) -> bytes:
    """Another digit in the place of one, as by hand."""
    places = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
    place = rng.choice(places)
    return data[:place] + bytes([48 + (data[place] - 47) % 10]) + data[place + 1 :]


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut short": cut,
    "one bit flipped": flipped,
    "a number edited": edit_number,
    "empty": lambda data, rng: b"",
    "random bytes": lambda data, rng: rng.randbytes(rng.randrange(1, 300)),
}


def read_all(folder: Path) -> object:
    """All that a report takes from a stored run."""
    run = runs.load("tiny", 0)
    evaluation.load_evaluation("tiny", 0)
    return run.recipe, run.normalisation, run.model(), run.folder == folder


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_result_is_refused_or_means_the_same(copy, tally, name, kind):
    whole, rng = (copy / name).read_bytes(), random.Random(f"{name} {kind}")
    for _ in range(budget(4, 100)):
        (copy / name).write_bytes(DAMAGE[kind](whole, rng))
        with tally.fault(f"result: {kind}") as fault:
            if fault.attempt(read_all, copy) is not None:  # space between the words of a JSON file
                assert json.loads((copy / name).read_text(encoding="utf-8")) == json.loads(whole)
            else:
                assert str(copy) in fault.refusal


def test_damage_of_a_run_without_sums_is_refused(copy, tally):
    """As they were stored before there were sums: not all can be noticed, but nothing crashes."""
    summary = storage.read_sealed(copy / runs.RUN)
    for key in ("format", "files"):
        del summary[key]
    storage.write_json(copy / runs.RUN, summary)
    rng = random.Random(7)
    for name in (runs.RUN, runs.PREDICTIONS, runs.HISTORY, runs.MODEL):
        whole = (copy / name).read_bytes()
        for number in range(budget(10, 150)):
            (copy / name).write_bytes((flipped, cut)[number % 2](whole, rng))
            with tally.fault("result without sums, damaged") as fault:
                fault.attempt(runs.load, "tiny", 0)
        (copy / name).write_bytes(whole)


def test_a_run_in_the_place_of_another_is_refused(copy, results_folder, tally):
    for name in ("standard-s0", "tiny-s1"):
        shutil.copytree(copy, results_folder / name)
        recipe, seed = name.split("-s")
        with tally.fault("run of another recipe or seed") as fault:
            assert fault.attempt(runs.load, recipe, int(seed)) is None
            assert "it is tiny-s0" in fault.refusal


def test_an_evaluation_of_another_run_is_not_kept(copy, results_folder, tally):
    run = runs.load("tiny", 0)
    stored = storage.read_sealed(copy / runs.EVALUATION)
    storage.write_sealed(
        copy / runs.EVALUATION, stored | {"fingerprint": "other", "robustness": {"mean": 1}}
    )
    with tally.fault("evaluation of another run"):
        assert "robustness" not in evaluation.evaluate(run, DATA)


@pytest.mark.parametrize("version", [2, 99, "3", None, [1]])
def test_results_of_a_newer_version_are_refused(copy, tally, version):
    summary = storage.read_sealed(copy / runs.RUN) | {"format": version}
    storage.write_sealed(copy / runs.RUN, summary)
    with tally.fault("result of a newer version") as fault:
        assert fault.attempt(runs.load, "tiny", 0) is None
        assert "newer version" in fault.refusal


@pytest.mark.parametrize("text", ["[]", "3", "null", '"x"', "[" * 100_000, "{}", '{"seed": 1}'])
@pytest.mark.parametrize("name", [runs.RUN, runs.EVALUATION])
def test_other_json_is_refused(copy, tally, name, text):
    (copy / name).write_text(text, encoding="utf-8")
    with tally.fault("result: other JSON") as fault:
        assert fault.attempt(read_all, copy) is None or name == runs.EVALUATION
    with tally.fault("result: other JSON") as fault:
        fault.attempt(training.finished_run, tiny.recipe(), 0, "f")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers_are_refused(copy, tally, value):
    summary = storage.read_sealed(copy / runs.RUN)
    for key in ("format", "files"):  # else their sum tells already
        del summary[key]
    storage.write_json(copy / runs.RUN, summary)
    weights = load_file(copy / runs.MODEL)
    rng = random.Random(8)
    for key in rng.sample([k for k in weights if weights[k].is_floating_point()], 3):
        spoilt = {**weights, key: weights[key].clone()}
        spoilt[key].view(-1)[0] = value
        save_file(spoilt, copy / runs.MODEL)
        with tally.fault("weights that are no numbers") as fault:
            assert fault.attempt(lambda: runs.load("tiny", 0).model()) is None
            assert "no numbers" in fault.refusal


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0, "x", None])
@pytest.mark.parametrize("place", ["temperature", "std", "mean", "logits", "threshold"])
def test_numbers_that_compare_with_nothing_are_refused(copy, tally, place, value):
    """With the sums made again, as who forges a run can make them."""
    summary = storage.read_sealed(copy / runs.RUN)
    found = storage.read_sealed(copy / runs.EVALUATION)
    if place == "logits":
        arrays = dict(np.load(copy / runs.PREDICTIONS))
        arrays["val_logits"] = np.where(arrays["val_logits"] > 0, value, arrays["val_logits"])
        np.savez(copy / runs.PREDICTIONS, **arrays)
        sums = {name: storage.checksum((copy / name).read_bytes()) for name in runs.FILES}
        summary["files"] = sums
    elif place in ("std", "mean"):
        summary["normalisation"][place] = value
    else:
        found["calibration" if place == "temperature" else "reject"][place] = value
    for name, content in ((runs.RUN, summary), (runs.EVALUATION, found)):
        seal = storage.checksum(json.dumps(content, sort_keys=True).encode())
        (copy / name).write_text(json.dumps(content | {"sum": seal}), encoding="utf-8")
    with tally.fault("number that compares with nothing") as fault:
        recogniser = fault.attempt(Recogniser.load, "tiny", 0)
        if recogniser is not None:
            page = np.ones((90, 90), np.float32)
            page[30:60, 40:46] = 0
            (digit,) = recogniser.recognise(page).digits
            assert 0.1 <= digit.probability <= 1
            json.dumps(digit.as_json(), allow_nan=False)


# --- checkpoints ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> bytes:
    """The bytes of the checkpoint of a run after its first epoch."""
    folder = tmp_path_factory.mktemp("checkpoint")

    class StopHere(Exception):  # noqa: N818
        pass

    def stop(*arguments: object) -> None:
        raise StopHere

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(folder))
        patch.setattr(runs, "save", stop)
        with pytest.raises(StopHere):
            training.train(tiny.recipe(epochs=3), data=DATA)
    return (folder / "tiny-s0" / train_module.CHECKPOINT).read_bytes()


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_checkpoint_is_refused(results_folder, tally, checkpoint, whole, kind):
    path, rng = results_folder / "tiny-s0" / train_module.CHECKPOINT, random.Random(kind)
    path.parent.mkdir()
    for _ in range(budget(3, 25)):
        path.write_bytes(DAMAGE[kind](checkpoint, rng))
        with tally.fault(f"checkpoint: {kind}") as fault:
            if fault.attempt(training.train, tiny.recipe(), data=DATA):  # begun anew, or no harm
                assert same_results(path.parent, whole)
                shutil.rmtree(path.parent)
                path.parent.mkdir()
            else:
                assert "delete it, and run again" in fault.refusal
                assert path.exists()


def test_a_checkpoint_that_does_not_fit_is_refused(results_folder, tally, monkeypatch):
    """One that claims to be of this recipe, but is of another network."""
    monkeypatch.setattr(train_module, "run_fingerprint", lambda *arguments: "same")
    monkeypatch.setattr(runs, "save", lambda *arguments: None)
    place = results_folder / "tiny-s0" / train_module.CHECKPOINT
    for changes in ({"width": 5}, {"weight_average": 0.0}, {"network": "original"}):
        kept = {}
        monkeypatch.setattr(
            runs, "save", lambda *_, kept=kept: kept.update(bytes=place.read_bytes())
        )
        training.train(tiny.recipe(epochs=1, **changes), data=DATA)
        place.write_bytes(kept["bytes"])
        with tally.fault("checkpoint of another network") as fault:
            assert fault.attempt(training.train, tiny.recipe(epochs=2), data=DATA) is None
            assert "cannot be used" in fault.refusal
        place.unlink()
