"""The benchmarks' loops and single steps, on tiny data; never how long they take."""

import os
from dataclasses import replace

import pytest
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import process, programs, steps
from mnist_report.datasets.preprocessing import HALF
from mnist_report.training import layers as network_layers
from mnist_report.training import recipes

# --- the loops, on tiny data


def loader(images, labels, size):
    x = HALF.apply(images).contiguous()
    return DataLoader(TensorDataset(x, labels), batch_size=size)


def test_the_published_program_runs(tiny_data):
    train = loader(tiny_data.train_images[:160], tiny_data.train_labels[:160], 32)
    test = loader(tiny_data.test_images, tiny_data.test_labels, 32)
    measured = programs.published_program(1000, train, test)
    assert (measured["train"]["steps"], measured["train"]["total"]) == (5, 5)
    assert (measured["evaluation"]["steps"], measured["evaluation"]["total"]) == (2, 2)
    assert (measured["images"], measured["batch_size"]) == (160, 32)


def test_our_recipes_run_by_the_package_itself(tiny_data):
    recipe = replace(recipes.get("standard"), width=4, batch_size=32)
    measured = programs.measure(recipe, 0.0, tiny_data)
    assert (measured["train"]["steps"], measured["train"]["total"]) == (8, 13)
    assert measured["images"] == 13 * 32
    assert measured["epochs"] == recipe.epochs
    assert measured["train"]["seconds"] > 0
    assert measured["start"] >= 0


def test_input_is_compared_in_the_package_s_own_steps(tiny_data):
    assert list(steps.input_cost("fast", 2, tiny_data)) == [steps.READY, steps.PLAIN]
    found = steps.input_cost("standard", 2, tiny_data)
    assert [row["count"] for row in found.values()] == [2, 2, 2]
    assert list(found) == [steps.READY, steps.PLAIN, steps.AUGMENTED]


# --- on an accelerator, for which the CPU stands here


def test_a_whole_run_has_its_seconds_and_errors(tiny_data, results_folder, monkeypatch):
    tiny_fast = replace(recipes.get("fast"), batch_size=32)
    monkeypatch.setitem(recipes.RECIPES, "fast", tiny_fast)
    row = steps.whole_run("fast", 0, tiny_data)
    assert row["whole_seconds"] >= row["seconds"] > 0
    assert 0 <= row["errors"] <= row["images"] == len(tiny_data.test_labels)


def test_steps_are_timed_in_turn(tiny_data, monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_DEVICE", "cpu")
    found = steps.compiled("standard", 2, tiny_data)
    assert list(found["steps"]) == [steps.READY, steps.AUGMENTED]
    assert found["first"] == {}  # compiled on cards only


# --- limits


def test_operations_are_those_counted_by_hand(tiny_data):
    trainee = steps.Trainee("fast", tiny_data)
    layers = [
        row.multiply_adds for row in network_layers.summarise(trainee.parts[0]) if row.multiply_adds
    ]
    # A multiplication and an addition, forward, for the weights and for the layer's input.
    by_hand = 2 * (3 * sum(layers) - layers[0]) * trainee.recipe.batch_size
    assert steps.step_flop(trainee) == by_hand


@pytest.mark.parametrize(
    ("names", "group"),
    [
        (["aten::mkldnn_convolution", "aten::convolution", "aten::conv2d"], "convolution, forward"),
        (["aten::convolution_backward", "ConvolutionBackward0"], "convolution, backward"),
        (["aten::mul", "Optimizer.step#AdamW.step"], "optimiser"),
        (["aten::mul", steps.INPUT], "input"),
        (["aten::native_batch_norm", "aten::batch_norm"], "batch norm"),
        (["aten::max_pool2d_with_indices_backward"], "pooling"),
        (["aten::clamp_min_", "aten::relu_"], "activation"),
        (["aten::addmm", "aten::linear"], "linear layers"),
        (["aten::div_", "aten::dropout"], "dropout"),
        (["aten::mul"], steps.OTHER),
    ],
)
def test_operations_belong_to_their_caller_s_group(names, group):
    assert steps.group_of(names) == group


def test_the_profile_finds_every_part_of_a_step(tiny_data):
    row = steps.step_limits("standard", 1, tiny_data)
    parts = {"convolution, forward", "convolution, backward", "batch norm", "pooling", "input"}
    parts |= {"optimiser", "weight average", "activation", "loss", "linear layers", "dropout"}
    assert parts <= set(row["profile"])
    assert min(row["profile"].values()) >= 0


def test_matrix_products_are_rated():
    assert list(steps.matrix_peak(0.0, (8, 16))) == ["8", "16"]


def test_memory_is_compared_in_the_middle_and_near_the_end():
    assert process.growth(list(range(100))) == {"middle_bytes": 49.5, "late_bytes": 84.5}
    assert process.growth([5]) == {"middle_bytes": 5, "late_bytes": 5}


def test_training_ends_when_the_run_is_stored(tmp_path):
    run = tmp_path / "run.json"
    run.write_text('{"training_seconds": 30.5}', encoding="utf-8")
    os.utime(run, (1000, 1000))
    assert process._training(run) == (969.5, 1000)


def test_peak_memory_is_that_of_a_process_with_torch_in_it():
    assert 5e7 < process.peak_bytes() < 1e11


@pytest.mark.slow
def test_runs_side_by_side_are_timed_both_ways(tiny_data, monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_RESULTS", "")
    recipe = replace(recipes.get("fast"), name="tiny", width=2, batch_size=40)
    monkeypatch.setattr(recipes, "get", lambda name: recipe)
    seconds = process.side_by_side("tiny", 2, tiny_data)["seconds"]
    assert set(seconds) == {"1 at a time", "2 at a time"}
    assert all(0 < value < 120 for value in seconds.values())
