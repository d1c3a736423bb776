"""Networks of one's own: their code is kept, and errors say what to change."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from network_samples import Exploding, Small
from torch import nn

from mnist_report import training
from mnist_report.common.errors import RecipeError, TrainingError
from mnist_report.training import layers, own_network, recipes, runs

SHORT = {"epochs": 1, "batch_size": 40, "augmentation": None, "weight_average": 0.0}


@pytest.fixture
def recipe():
    return recipes.own("mine", Small, based_on="standard", **SHORT)


def test_the_recipe_holds_the_code(recipe):
    assert (recipe.network, recipe.name, recipe.epochs) == ("Small", "mine", 1)
    assert "HIDDEN = 12" in recipe.source
    assert "def flat(x)" in recipe.source
    assert "noise" not in recipe.source, "what is computed is not done again"
    assert recipes.Recipe(**recipe.as_dict()) == recipe
    assert "source" not in recipes.get("standard").as_dict(), "fingerprints stay as they were"


def test_it_is_built_for_any_number_of_classes(recipe):
    x = torch.rand(3, 1, 28, 28)
    assert recipe.build().eval()(x).shape == (3, 10)
    assert recipe.build(4).eval()(x).shape == (3, 4)


def test_its_layers_are_listed_as_they_are_called(recipe):
    rows = layers.summarise(recipe.build())
    assert [row.name for row in rows] == ["first", "again", "again", "last"]
    assert sum(row.parameters for row in rows) == layers.count_parameters(recipe.build())
    assert [row.output_shape for row in rows] == [(12,), (12,), (12,), (10,)]
    assert rows[0].inputs == (784,)


def test_it_trains_and_another_process_reads_the_run(recipe, tiny_data, results_folder):
    run = training.train(recipe, data=tiny_data)
    assert training.train(recipe, data=tiny_data).summary == run.summary, "read back"
    code = (
        "import torch; from mnist_report.training import runs; run = runs.load('mine');"
        "print(run.model()(torch.full((1, 1, 28, 28), 0.5)).argmax().item())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert recipes.get("mine") == recipe, "a finished run knows its recipe"
    with torch.no_grad():
        expected = runs.load("mine").model()(torch.full((1, 1, 28, 28), 0.5)).argmax()
    assert int(answer.stdout) == expected
    changed = recipes.own("mine", Small, **{**SHORT, "epochs": 2})
    prints = [training.run_fingerprint(each, tiny_data) for each in (recipe, changed)]
    assert len(set(prints)) == 2


def test_other_code_is_another_fingerprint(recipe, tiny_data):
    other = recipes.Recipe(**{**recipe.as_dict(), "source": recipe.source + "\n# new\n"})
    assert training.run_fingerprint(other, tiny_data) != training.run_fingerprint(recipe, tiny_data)


def test_cells_are_code_too():
    cell = "%matplotlib inline\nclass Net(nn.Module):\n    pass\nrun = Net()\nprint('trained')\n"
    source = own_network.definitions(cell, "Net")
    assert "print" not in source and "run =" not in source and "%" not in source
    assert source.startswith("import torch\n")


def test_a_file_may_begin_with_imports_from_the_future():
    own = net("self.last = nn.Linear(784, 10)", "return self.last(x.flatten(1))")
    source = own_network.definitions(f"from __future__ import annotations\n{own}", "Net")
    assert layers.count_parameters(own_network.build("Net", source, 24, 10)) == 7850


def test_a_file_is_named_in_toml(tmp_path):
    code = (
        "import functools\n\n@functools.cache\ndef wide(): return 5\n\n"
        "class Net(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n"
        "        self.all = nn.Sequential(nn.Flatten(), nn.Linear(784, wide() * width),"
        " nn.Linear(wide() * width, 10))\n\n"
        "    def forward(self, x):\n        return self.all(x)\n"
    )
    (tmp_path / "my_net.py").write_text(code, encoding="utf-8")
    toml = tmp_path / "mine.toml"
    toml.write_text('based_on = "fast"\nnetwork = "my_net.py:Net"\nwidth = 2\n', encoding="utf-8")
    recipe = recipes.get(str(toml))
    assert "@functools.cache\ndef wide" in recipe.source
    assert layers.count_parameters(recipe.build()) == 785 * 10 + 11 * 10
    for wrong, why in (("none.py:Net", "no file none.py"), ("my_net.py:Other", "no class 'Other'")):
        toml.write_text(f'based_on = "fast"\nnetwork = "{wrong}"\n', encoding="utf-8")
        with pytest.raises(RecipeError, match=why):
            recipes.get(str(toml))


def net(init: str, forward: str) -> str:
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {init}", "    def forward(self, x):", f"        {forward}"]
    return own_network.definitions("\n".join(lines), "Net")


LINEAR = "self.last = nn.Linear(784, 10)"


@pytest.mark.parametrize(
    ("init", "forward", "why"),
    [
        ("self.last = nn.Linear(784, 5)", "return self.last(x.flatten(1))", r"\(2, 5\).*\(2, 10\)"),
        (LINEAR, "return self.last(x)", r"fails on images of shape \(N, 1, 28, 28\).*print"),
        (LINEAR, "self.last(x.flatten(1))", "gives NoneType, not a tensor"),
        (LINEAR, "return self.last(x.flatten(1)) / 0", "NaN or infinity before any training"),
        ("self.layers = []", "return x.flatten(1)[:, :10]", "no parameters to train"),
        (LINEAR, "return self.last(act(x))", "NameError.*“return self.last.*same cell or"),
        (LINEAR, "return self.first(x)", "no attribute 'first'.*assigned to self in __init__"),
        (LINEAR, "pass\n    forward = nn.Module.forward", "Write forward"),
        ("self.last = Missing()", "return x", "name 'Missing' is not defined.*same cell or file"),
    ],
)
def test_what_cannot_be_trained_is_told_in_a_sentence(init, forward, why):
    with pytest.raises(RecipeError, match=why) as caught:
        own_network.build("Net", net(init, forward), 24, 10)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [Small(), nn.functional.relu, int, 3])
def test_only_a_class_of_networks_is_taken(wrong):
    with pytest.raises(RecipeError, match=r"not a class derived from nn.Module") as caught:
        recipes.own("mine", wrong)
    assert "class MyNet(nn.Sequential)" in str(caught.value)
    assert "\n" not in str(caught.value)


CELL = """act = lambda x: x.relu()
wide = 3 * 4
kind, SIZES = nn.Linear, [wide, 10]
SIZES += [7]
limit: float = 1.0
text = '''
%of 10
! not a command
'''
!echo no
%time run = train()
x = torch.rand(2)


def scale(x):
    return len(text) * act(x) * limit


def after(x):
    return run(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(kind(784, SIZES[0]), kind(SIZES[0], SIZES[1]))

    def forward(self, x):
        return scale(self.layers(x.flatten(1)))
"""


def test_what_a_network_needs_comes_along_and_no_line_of_it_is_dropped():
    source = own_network.definitions(CELL, "Net")
    model = own_network.build("Net", source, 24, 10)
    assert layers.count_parameters(model) == 785 * 12 + 130
    assert "%of 10\n! not a command" in source
    assert "SIZES += [7]" in source and "limit: float" in source
    assert not any(gone in source for gone in ("echo", "train()", "rand"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("act = lambda x: x.relu()", "act = make()"), r"needs act, .*: act = make\(\)"),
        (("limit: float = 1.0", "for limit in (1, 2):\n    pass"), "needs limit, .*: for limit in"),
        (("!echo no", "wide = int(input())"), "needs wide, .*: wide = int"),
    ],
)
def test_what_is_computed_and_needed_is_named(change, why):
    with pytest.raises(RecipeError, match=why) as caught:
        own_network.definitions(CELL.replace(*change), "Net")
    assert "\n" not in str(caught.value)


def test_a_softmax_at_the_end_is_told():
    source = net(LINEAR, "return self.last(x.flatten(1)).softmax(1)")
    with pytest.warns(UserWarning, match="Net ends with a softmax, but the cross-entropy"):
        own_network.build("Net", source, 24, 10)
    own_network.build("Net", net(LINEAR, "return self.last(x.flatten(1)).sigmoid()"), 24, 10)


def test_code_that_cannot_be_found_or_read_is_told():
    with pytest.raises(RecipeError, match="code of Unwritten cannot be found"):
        own_network.source_of(type("Unwritten", (nn.Module,), {}))
    with pytest.raises(RecipeError, match="line 1 is not Python"):
        own_network.definitions("class Net(", "Net")


def test_fields_and_names_are_checked():
    with pytest.raises(RecipeError, match="epoch: no such field"):
        recipes.own("mine", Small, epoch=3)
    with pytest.raises(RecipeError, match="'fast' is a recipe already"):
        recipes.own("fast", Small)
    with pytest.raises(RecipeError, match="'none' is not one of"):
        recipes.own("mine", Small, based_on="none")
    with pytest.raises(RecipeError, match="source: 3 should be a valid string"):
        recipes.Recipe(**{**recipes.get("fast").as_dict(), "source": 3})


def test_nan_in_training_stops_with_a_sentence(tiny_data, results_folder):
    recipe = recipes.own("exploding", Exploding, **SHORT)
    with pytest.raises(TrainingError, match=r"diverged to .*lower learning_rate"):
        training.train(recipe, data=tiny_data)
    assert not np.any([results_folder.joinpath("exploding-s0", "run.json").exists()])
