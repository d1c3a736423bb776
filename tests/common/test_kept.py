"""What is kept: computed once, again when anything it depends on changes, and never in the way."""

import ast
import importlib
import inspect
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy
import torch
from torch import nn

from mnist_report.common import kept, settings
from mnist_report.datasets import exploration
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.evaluation import statistics

CODE = '''
import numpy as np
from typing import NamedTuple
from mnist_report.common.kept import kept
from mnist_report.common.storage import Stored

class Calls(list):
    """No constant: it has no content to be seen."""
    __repr__ = object.__repr__

calls = Calls()
STEPS = 3

class Both(NamedTuple):
    values: np.ndarray
    total: float
    count: int

class Model(Stored):
    shares: list[float]

def helper(x):
    """Say something."""
    return x * STEPS

def stranger(x):
    return x + 1

class Scale:
    def __init__(self, by):
        self.by = by
    def of(self, x):
        return self.by * x

@kept
def array(x, power=2) -> np.ndarray:
    calls.append("array")
    return helper(np.asarray(x)) ** power

@kept
def both(x) -> Both:
    calls.append("both")
    return Both(x, 0.1 + 0.2, 7)

@kept
def model(x) -> Model:
    calls.append("model")
    return Model(shares=[0.1, *x])

@kept
def scaled(x) -> tuple[np.ndarray, np.ndarray]:
    calls.append("scaled")
    return Scale(2).of(x), x

KINDS = {
    "half": lambda x: x / 2,
    "one more": lambda x: stranger(x),
}

@kept
def chosen(x, kind="one more") -> np.ndarray:
    calls.append("chosen")
    return KINDS[kind](x)
'''


class Code:
    """A module of its own that can be written anew."""

    def __init__(self, folder):
        self.file = folder / "sample_of_kept.py"
        self.write(CODE)

    def write(self, text):
        self.file.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        sys.modules.pop("sample_of_kept", None)
        self.module = importlib.import_module("sample_of_kept")

    def replace(self, old, new):
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.write(text.replace(old, new))


@pytest.fixture
def code(tmp_path, results_folder, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path / "code")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "code").mkdir()
    yield Code(tmp_path / "code")
    sys.modules.pop("sample_of_kept", None)


X = np.arange(6.0).reshape(2, 3)


def test_it_is_computed_once_and_read_the_same(code):
    m = code.module
    first, again = m.array(X), m.array(X.copy(), power=2)
    assert m.calls == ["array"]
    assert (first == again).all() and first.dtype == again.dtype
    first, again = m.both(X), m.both(X)
    assert type(again) is type(first) and (again.values == X).all()
    assert (again.total, again.count) == (0.1 + 0.2, 7)
    assert m.model([0.2, 1 / 3]) == m.model([0.2, 1 / 3])
    assert len(m.scaled(X)) == len(m.scaled(X)) == 2
    assert m.calls == ["array", "both", "model", "scaled"]


@pytest.mark.parametrize(
    "other", [X + 1e-12, X.astype(np.float32), X.T, X.ravel(), torch.tensor(X), X.tolist()]
)
def test_other_arguments_are_computed(code, other):
    code.module.array(X)
    code.module.array(other)
    assert code.module.calls == ["array", "array"]


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("STEPS = 3", "STEPS = 4", {"array"}),  # a constant that it uses through a function
        ("return x * STEPS", "return STEPS * x", {"array"}),  # that function
        ("** power", "**  (power + 0)", {"array"}),  # itself
        ("power=2", "power=3", {"array"}),  # a default
        ("return self.by * x", "return x * self.by", {"scaled"}),  # a method of a class it uses
        ("    shares: list[float]", "    shares: list[float | int]", {"model"}),
        ("return x + 1", "return x + 2", {"chosen"}),  # what only a lambda uses
        ("lambda x: x / 2", "lambda x: x / 3", {"chosen"}),
        ("class Calls(list)", "class Calls(list, object)", set()),  # what nobody uses
        ('"""Say something."""', '"""Say something else."""', set()),
        ("return x * STEPS", "return x * STEPS  # a comment", set()),
    ],
)
def test_changed_code_computes_what_it_touches_and_no_more(code, old, new, again):
    def use():
        for name in ("array", "both", "model", "scaled", "chosen"):
            getattr(code.module, name)(X[0])
        return set(code.module.calls)

    assert use() == {"array", "both", "model", "scaled", "chosen"}
    code.replace(old, new)
    assert use() == again


def test_code_that_changes_in_place_is_summed_up_anew(code):
    helper = code.module.helper
    before = list(kept.sources(helper))
    code.replace("return x * STEPS", "return x + STEPS")
    helper.__code__ = code.module.helper.__code__  # as IPython's autoreload does
    assert list(kept.sources(helper)) != before


def test_another_version_of_a_library_computes(code, monkeypatch):
    code.module.array(X)
    monkeypatch.setattr(kept, "version", lambda name: "999")
    code.module.array(X)
    assert code.module.calls == ["array", "array"]


def test_a_damaged_file_is_computed_again(code):
    m = code.module
    expected = m.array(X), m.model([1.0])
    for path in kept.folder().glob("*-*"):
        path.write_bytes(path.read_bytes()[:-40] + b"x" * 40)
    assert (m.array(X) == expected[0]).all()
    assert m.model([1.0]) == expected[1]
    assert m.calls == ["array", "model"] * 2
    assert (m.array(X) == expected[0]).all()  # what was damaged is whole again
    assert m.calls == ["array", "model"] * 2


def test_pickles_are_not_read(code):
    m = code.module
    m.array(X)
    (path,) = kept.folder().glob("*.npz")
    with path.open("wb") as stream:
        np.savez(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    m.array(X)
    assert m.calls == ["array", "array"]


def test_what_cannot_be_summed_up_is_computed(code):
    m = code.module
    strange = np.array([object()])
    with pytest.raises(TypeError):
        m.array(strange)  # it multiplies an object, as undecorated
    assert m.array(range(3)).tolist() == m.array(range(3)).tolist() == [0, 9, 36]
    assert m.calls == ["array"] * 3
    with pytest.raises(TypeError, match="strength"):
        m.array(X, strength=1)


def test_where_nothing_can_be_written_it_computes(code, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "file"))
    m = code.module
    assert (m.array(X) == m.array(X)).all()
    assert m.calls == ["array", "array"]


def test_two_at_the_same_time_compute_once(code):
    m = code.module
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: m.array(X), range(8)))
    assert m.calls == ["array"]
    assert all((one == found[0]).all() for one in found)


def test_the_latest_stay_and_all_can_be_forgotten(code, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    m = code.module
    for number in range(6):
        m.array(X + number)
    m.both(X)
    assert len(list(kept.folder().glob("*.array-*.npz"))) == 3
    m.array(X + 5)
    assert m.calls == ["array"] * 6 + ["both"]
    kept.forget()
    m.array(X + 5)
    assert m.calls[-1] == "array"
    kept.forget()
    kept.forget()


class Layer(nn.Linear):
    """A layer of our own."""


def test_a_network_is_its_weights_and_its_layers():
    def content(model):
        return b"".join(bytes(part) for part in kept._content(model))

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    same = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert content(model) != content(same)
    same.load_state_dict(model.state_dict())
    assert content(model) == content(same)
    same[1] = nn.Tanh()
    assert content(model) != content(same)
    own = nn.Sequential(Layer(2, 2), nn.ReLU())
    own.load_state_dict(model.state_dict())
    assert b"Layer" in content(own)
    assert content(Normalisation(0.1, 0.3)) != content(Normalisation(0.1, 0.31))


def test_the_hypothesis_tells_when_it_was_made(results_folder):
    chance = np.random.default_rng(0)
    images = chance.integers(0, 255, (200, 28, 28), dtype=np.uint8)
    first = exploration.confusability_hypothesis(images, np.arange(200) % 10)
    again = exploration.confusability_hypothesis(images, np.arange(200) % 10)
    assert first.equals(again)
    assert first.attrs["time"] == again.attrs["time"] > 0
    assert list(kept.folder().glob("*_hypothesis-*.json"))


def test_the_environment_of_a_process_does_not_count(monkeypatch):
    """The kernels of notebooks read what a command has kept, and have other variables."""
    functions = exploration.tsne, settings.results_root  # the second reads the environment
    before = [list(kept.sources(function)) for function in functions]
    monkeypatch.setenv("SAMPLE_OF_KEPT", "1")
    monkeypatch.setitem(sys.modules, "sample_of_kept", None)
    assert [list(kept.sources(function)) for function in functions] == before


def test_one_thread_at_a_time_parses(monkeypatch):
    """To find a class, `inspect` parses its file, too; two at once fail on Python 3.11."""
    find, parse, locked = inspect.getsource, ast.parse, []
    monkeypatch.setattr(
        inspect, "getsource", lambda one: locked.append(kept.PARSING.locked()) or find(one)
    )
    monkeypatch.setattr(
        ast, "parse", lambda *words: locked.append(kept.PARSING.locked()) or parse(*words)
    )
    kept._parsed.cache_clear()
    list(kept.sources(statistics.Accuracy))
    assert len(locked) > 3
    assert all(locked)


def test_to_sum_up_code_imports_nothing(monkeypatch):
    """SciPy imports a part of its own when it is named, which takes as long as many a result."""
    asked = []
    monkeypatch.delitem(vars(scipy), "stats", raising=False)
    monkeypatch.setitem(vars(scipy), "__getattr__", asked.append)
    assert list(kept.sources(statistics.homogeneity_test))
    assert not asked
