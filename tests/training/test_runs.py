import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
import run_samples
import torch

from mnist_report.common import storage
from mnist_report.common.errors import MissingRunError, ResultsError
from mnist_report.training import networks, recipes, runs


@pytest.fixture
def run(results_folder):
    recipe = recipes.get("fast")
    model = networks.build(recipe.network, recipe.width)
    return runs.save(
        runs.run_folder("fast", 3),
        run_samples.summary(seed=3, settings=recipe.as_dict()),
        pd.DataFrame([{"epoch": 1, "seconds": 0.1 + 0.2}]),
        {key: tensor.contiguous() for key, tensor in model.state_dict().items()},
        {
            "val_index": np.arange(5),
            "val_logits": np.ones((5, 10), np.float32),
            "test_logits": np.eye(10, dtype=np.float32),
        },
    )


def test_a_run_comes_back_as_it_was_stored(run):
    again = runs.load("fast", 3)
    assert again.summary == run.summary
    assert again.recipe == recipes.get("fast")
    assert again.normalisation.std == 0.3
    assert again.history.seconds[0] == 0.1 + 0.2
    assert np.array_equal(again.test_logits, np.eye(10))
    model = again.model()
    assert not model.training
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_a_run_that_is_not_there_is_asked_for_in_one_line(results_folder):
    with pytest.raises(MissingRunError, match=r"'fast' with seed 4: run .*03_cnn_training") as info:
        runs.load("fast", 4)
    assert "\n" not in str(info.value)


@pytest.mark.parametrize("name", [runs.HISTORY, runs.PREDICTIONS, runs.RUN])
@pytest.mark.parametrize("content", [None, b"", b"{", b"PK\x03\x04"])
def test_a_damaged_run_is_named(run, name, content):
    path = run.folder / name
    path.unlink() if content is None else path.write_bytes(content)
    expected = MissingRunError if (name, content) == (runs.RUN, None) else ResultsError
    with pytest.raises(expected):
        runs.load("fast", 3)


def test_flipped_bits_in_the_predictions_are_noticed(run):
    path = run.folder / runs.PREDICTIONS
    content = bytearray(path.read_bytes())
    content[80] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ResultsError, match=r"damaged .* --fresh"):
        runs.load("fast", 3)


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64])
def test_damaged_weights_are_named(run, content):
    path = run.folder / runs.MODEL
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ResultsError, match="damaged"):
        run.model()


def test_weights_of_another_network_are_refused(run):
    from safetensors.torch import save_file

    save_file({"0.weight": torch.zeros(3)}, run.folder / runs.MODEL)
    with pytest.raises(ResultsError, match="damaged"):
        run.model()


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a" / "b.json"
    storage.write_json(path, {"digit": "数字", "x": 0.1})
    assert storage.read_json(path) == {"digit": "数字", "x": 0.1}
    assert "数字" in path.read_text(encoding="utf-8")
    for bad in ({"x": math.nan}, {"x": object()}):
        with pytest.raises((ValueError, TypeError)):
            storage.write_json(path, bad)
    assert json.loads(path.read_text(encoding="utf-8"))["x"] == 0.1
    assert [p.name for p in path.parent.iterdir()] == ["b.json"]


def test_unreadable_json_is_named(tmp_path):
    with pytest.raises(ResultsError, match=r"nothing\.json cannot be read .* delete it"):
        storage.read_json(tmp_path / "nothing.json")


def another(name, seed, fingerprint):
    """A finished run of its own, of which only the summary matters."""
    folder = runs.run_folder(name, seed)
    folder.mkdir()
    stored = run_samples.summary(recipe=name, seed=seed, fingerprint=fingerprint)
    storage.write_json(folder / runs.RUN, stored.as_json())
    (folder / runs.HISTORY).write_text("epoch\n1\n", encoding="utf-8")
    arrays = {"val_index": [0], "val_logits": np.ones((1, 10)), "test_logits": np.eye(10)}
    np.savez(folder / runs.PREDICTIONS, **arrays)
    return folder


def test_finished_runs_come_by_recipe_and_seed_without_the_damaged(results_folder):
    for name, seed in (("fast", 10), ("fast", 9), ("a-s", 0), ("fast", 11)):
        another(name, seed, "f")
    (results_folder / "fast-s11" / runs.PREDICTIONS).write_bytes(b"")
    (results_folder / "fast-s12").mkdir()  # begun, not finished
    shutil.copytree(results_folder / "fast-s9", results_folder / "fast-s9 (copy)")
    found = [(run.summary.recipe, run.summary.seed) for run in runs.finished()]
    assert found == [("a-s", 0), ("fast", 9), ("fast", 10)]


def test_networks_of_ones_own_are_beside_the_finished_runs_but_have_siblings(results_folder):
    for name, seed in (("mine", 0), ("mine", 1), ("fast", 0)):
        another(name, seed, "f")
    mine = results_folder.glob("mine-*/run.json")
    for path in mine:
        summary = storage.read_json(path)
        storage.write_json(path, summary | {"settings": {"source": "class Mine: ..."}})
    assert [run.summary.recipe for run in runs.finished()] == ["fast"]
    assert len(runs.siblings(runs.load("mine", 0))) == 2


def test_siblings_have_the_same_fingerprint(results_folder):
    assert runs.finished() == []
    for name, seed, fingerprint in (("fast", 0, "f"), ("fast", 1, "g"), ("fast", 2, "f")):
        another(name, seed, fingerprint)
    found = runs.siblings(runs.load("fast", 2))
    assert [run.summary.seed for run in found] == [0, 2]


def test_code_in_a_run_of_a_built_in_name_is_refused(results_folder):
    folder = another("fast", 0, "f")
    content = storage.read_sealed(folder / runs.RUN)
    content["settings"]["source"] = "class Net: pass"
    storage.write_sealed(folder / runs.RUN, content)
    with pytest.raises(ResultsError, match="carries code"):
        runs.load("fast")


@pytest.mark.parametrize("name", ["/dev/zero", "../fast-s0/run.json"])
def test_a_run_names_no_other_files(results_folder, name):
    folder = another("fast", 0, "f")
    content = storage.read_sealed(folder / runs.RUN)
    content["files"] = {name: "0" * 64}
    storage.write_sealed(folder / runs.RUN, content)
    with pytest.raises(ResultsError, match="no file of a run"):
        runs.load("fast")
