import dataclasses
from importlib import import_module

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny import TINY

from mnist_report import training
from mnist_report.common import devices
from mnist_report.common.errors import DataError, TrainingError
from mnist_report.datasets.augmentation import view_maps, warp
from mnist_report.datasets.preprocessing import stratified_split, to_unit
from mnist_report.training import checkpoints, inference, layers, loop, networks, recipes, runs

# The face of the room hands on a function of the same name.
train_module = import_module("mnist_report.training.train")


CPU = torch.device("cpu")


def weights(run):
    return load_file(run.folder / runs.MODEL)


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_a_run_holds_what_it_promises(tiny_data, results_folder):
    run = training.train(TINY, 7, data=tiny_data)
    assert run.folder == results_folder / "tiny-s7"
    assert sorted(p.name for p in run.folder.iterdir()) == [
        "history.csv",
        "model.safetensors",
        "predictions.npz",
        "run.json",
    ]
    summary = run.summary
    assert (summary.recipe, summary.seed, summary.epochs) == ("tiny", 7, 3)
    assert summary.parameters == layers.count_parameters(networks.build("compact", 4))
    assert summary.training_seconds == run.history.seconds.iloc[-1] > 0
    assert summary.provenance.torch.startswith(torch.__version__.split("+")[0])
    assert run.test_logits.shape == (60, 10)
    assert run.test_logits.dtype == np.float32
    assert run.val_logits.shape == (40, 10)
    assert run.val_index.shape == (40,)
    assert list(run.history.epoch) == [1, 2, 3]


def test_stored_figures_logits_and_weights_agree(tiny_data, results_folder):
    run = training.train(TINY, data=tiny_data)
    labels = tiny_data.train_labels[run.val_index].numpy()
    accuracy = (run.val_logits.argmax(1) == labels).mean()
    assert run.summary.validation.accuracy == pytest.approx(accuracy)
    assert run.history.validation_accuracy.iloc[-1] == pytest.approx(accuracy)
    logits = inference.model_logits(run.model(), tiny_data.test_images, run.normalisation)
    assert np.array_equal(logits.numpy(), run.test_logits)


def test_with_views_the_logits_are_their_mean(tiny_data, results_folder):
    recipe = dataclasses.replace(TINY, name="views", views=0.5)
    run = training.train(recipe, data=tiny_data)
    assert run.recipe == recipe
    model, x = run.model(), to_unit(tiny_data.test_images)
    with torch.inference_mode():
        seen = [
            model(run.normalisation.standardise(warp(x, view.expand(len(x), 2, 3))))
            for view in view_maps(TINY.augmentation, 0.5)
        ]
    torch.testing.assert_close(sum(seen) / 13, torch.from_numpy(run.test_logits))
    hits = (run.val_logits.argmax(1) == tiny_data.train_labels[run.val_index].numpy()).mean()
    assert run.summary.validation.accuracy == pytest.approx(hits)


def test_it_learns(tiny_data, results_folder):
    recipe = dataclasses.replace(TINY, epochs=12, augmentation=None, learning_rate=0.01)
    run = training.train(recipe, data=tiny_data)
    assert (run.test_logits.argmax(1) == tiny_data.test_labels.numpy()).mean() > 0.9
    assert run.history.train_loss.iloc[-1] < run.history.train_loss.iloc[0] / 2


def test_a_run_says_how_it_was_computed(tiny_data, results_folder):
    recipe = dataclasses.replace(TINY, epochs=1)
    origin = training.train(recipe, data=tiny_data).summary.provenance
    precision = str(devices.precision(CPU)).removeprefix("torch.")
    assert (origin.device, origin.precision, origin.compiled) == ("cpu", precision, False)


def test_compiling_is_asked_for_and_recorded(tiny_data, results_folder, monkeypatch):
    asked = []

    def remember(module):
        asked.append(module)

    monkeypatch.setattr(torch.nn.Module, "compile", remember)
    recipe = dataclasses.replace(TINY, epochs=1)
    run = training.train(recipe, data=tiny_data, compiled=True)
    assert len(asked) == 1
    assert run.summary.provenance.compiled is True


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_trains(name, tiny_data, results_folder):
    recipe = dataclasses.replace(recipes.get(name), epochs=1, width=4, batch_size=40)
    assert np.isfinite(training.train(recipe, data=tiny_data).test_logits).all()


def test_same_seed_same_weights_other_seed_others(tiny_data, results_folder):
    first = weights(training.train(TINY, 1, data=tiny_data))
    again = weights(training.train(TINY, 1, fresh=True, data=tiny_data))
    other = weights(training.train(TINY, 2, data=tiny_data))
    assert same(first, again)
    assert not same(first, other)


def test_a_finished_run_is_read_back(tiny_data, results_folder, monkeypatch):
    run = training.train(TINY, data=tiny_data)
    monkeypatch.setattr(train_module, "fit", None)  # calling it would fail
    again = training.train(TINY, data=tiny_data)
    assert again.summary == run.summary


@pytest.mark.parametrize("change", ["recipe", "data", "damage"])
def test_a_run_of_something_else_is_not_taken_for_it(change, tiny_data, results_folder):
    run = training.train(TINY, data=tiny_data)
    recipe, data = TINY, tiny_data
    if change == "recipe":
        recipe = dataclasses.replace(TINY, learning_rate=0.02)
    elif change == "data":
        data = dataclasses.replace(tiny_data, test_images=tiny_data.test_images.flip(0))
    else:
        (run.folder / runs.PREDICTIONS).write_bytes(b"PK\x03\x04 cut off")
    again = training.train(recipe, data=data)
    assert again.summary.provenance.time >= run.summary.provenance.time
    assert again.summary.training_seconds != run.summary.training_seconds


def test_an_interrupted_run_resumes_and_ends_with_the_same_weights(
    tiny_data, results_folder, monkeypatch
):
    whole = weights(training.train(TINY, data=tiny_data))
    (results_folder / "tiny-s0" / runs.RUN).unlink()

    calls, save = [], checkpoints.save

    def save_then_interrupt(*arguments):
        save(*arguments)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save", save_then_interrupt)
        with pytest.raises(KeyboardInterrupt):
            training.train(TINY, data=tiny_data)
    assert (results_folder / "tiny-s0" / train_module.CHECKPOINT).exists()

    epochs = []
    validate = loop.validate
    monkeypatch.setattr(loop, "validate", lambda *a: epochs.append(1) or validate(*a))
    resumed = training.train(TINY, data=tiny_data)
    assert len(epochs) == 1  # only the third
    assert list(resumed.history.epoch) == [1, 2, 3]
    assert same(weights(resumed), whole)
    assert not (resumed.folder / train_module.CHECKPOINT).exists()


def test_a_diverging_loss_stops_with_a_line_that_helps(tiny_data, results_folder):
    recipe = dataclasses.replace(
        recipes.get("original"), width=4, batch_size=40, learning_rate=100.0, name="wild"
    )
    with pytest.raises(TrainingError, match=r"'wild' diverged to .* lower learning_rate"):
        training.train(recipe, data=tiny_data)
    assert not (results_folder / "wild-s0" / runs.RUN).exists()


def test_test_images_are_read_once_and_last(tiny_data, results_folder, monkeypatch):
    read, seen = inference.model_logits, []

    def spy(model, images, *reading):
        seen.append("test" if torch.equal(images, tiny_data.test_images) else "validation")
        return read(model, images, *reading)

    for module in (loop, train_module):
        monkeypatch.setattr(module, "model_logits", spy)
    training.train(TINY, data=tiny_data)
    assert seen.count("test") == 1
    assert seen[-1] == "test"


def test_normalisation_is_measured_on_the_training_part_alone(tiny_data, results_folder):
    run = training.train(TINY, data=tiny_data)
    train_index = np.setdiff1d(np.arange(480), run.val_index)
    pixels = tiny_data.train_images.numpy()[train_index] / 255
    assert run.normalisation.mean == pytest.approx(pixels.mean(), abs=1e-9)
    assert run.normalisation.std == pytest.approx(pixels.std(), abs=1e-9)


def test_a_run_on_fewer_images_has_the_same_validation_set(tiny_data, results_folder, monkeypatch):
    seen = []
    monkeypatch.setattr(train_module, "fit", lambda *a: seen.append(a[3]) or loop.fit(*a))
    recipe = dataclasses.replace(TINY, name="fewer", images=80, epochs=1)
    run = training.train(recipe, 5, data=tiny_data)
    assert len(seen[0].train) == 80
    assert len(run.val_index) == 40
    assert run.recipe == recipe
    whole = training.split_for(TINY, 5, tiny_data)
    assert torch.equal(whole.validation, seen[0].validation)


def test_fewer_images_keep_every_digits_share_and_the_validation_set():
    labels = torch.arange(1200) % 10
    split = stratified_split(labels, 100)
    fewer = training.fewer_images(split, labels, 110, seed=3)
    assert torch.equal(fewer.validation, split.validation)
    assert labels[fewer.train].bincount().tolist() == [11] * 10
    assert len(fewer.train.unique()) == 110
    assert set(fewer.train.tolist()) <= set(split.train.tolist())
    again, other = (training.fewer_images(split, labels, 110, seed) for seed in (3, 4))
    assert torch.equal(fewer.train, again.train)
    assert not torch.equal(fewer.train, other.train)


def test_all_images_are_the_split_itself_and_more_are_refused():
    labels = torch.arange(120) % 10
    split = stratified_split(labels, 20)
    assert training.fewer_images(split, labels, 100, seed=0) is split
    with pytest.raises(DataError, match="There are 100 training images, not 101"):
        training.fewer_images(split, labels, 101, seed=0)
    with pytest.raises(DataError, match="Cannot set 97 of 100"):
        training.fewer_images(split, labels, 3, seed=0)
