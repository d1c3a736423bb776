"""Networks of one's own: the code that defines one, and building it, with a look at its scores.

A run carries the code of its network in its recipe (`Recipe.source`). So the fingerprint covers
it, and another notebook or process can build the network again without the file or cell in which
it was written. Reading such a run executes that code, as importing the file would.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mnist_report.common.errors import RecipeError, one_line

IMPORTS = ("import torch", "import torch.nn.functional as F", "from torch import nn")
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def source_of(network: type[nn.Module]) -> str:
    """Return the code that defines a class written in a notebook cell or in a file.

    Raises:
        RecipeError: it is no class of networks, or its code cannot be found.
    """
    if not (isinstance(network, type) and issubclass(network, nn.Module)):
        raise RecipeError(
            f"network: a {type(network).__name__} is not a class derived from nn.Module; "
            "give the class itself, such as MyNet, not MyNet()."
        )
    written = [value for value in vars(network).values() if inspect.isfunction(value)]
    text = "".join(linecache.getlines(written[0].__code__.co_filename)) if written else ""
    if f"class {network.__name__}" not in text:
        raise RecipeError(
            f"network: the code of {network.__name__} cannot be found; write the class in a "
            "notebook cell or in a file, with an __init__ and a forward."
        )
    return definitions(text, network.__name__)


def read(reference: str, folder: Path) -> tuple[str, str]:
    """Return name and code of the class that "my_net.py:MyNet" refers to, from `folder` on.

    Raises:
        RecipeError: there is no such file, or no such class in it.
    """
    file, _, name = reference.rpartition(":")
    try:
        text = (folder / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"network: there is no file {file} beside the recipe to read.") from error
    return name, definitions(text, name)


def definitions(text: str, name: str) -> str:
    """Keep imports, functions, classes and constants of some code; add the imports all may use.

    What else a cell does, such as training, must not be done again when the network is built.

    Raises:
        RecipeError: the code cannot be read, or does not define the class.
    """
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("%", "!")))
    try:
        parts = ast.parse(text).body
    except SyntaxError as error:
        raise RecipeError(f"network: line {error.lineno} is not Python: {error.msg}.") from error
    if not any(isinstance(part, ast.ClassDef) and part.name == name for part in parts):
        raise RecipeError(f"network: there is no class {name!r} in that file.")
    kept = [_decorated(text, part) for part in parts if _defines(part)]
    return "\n".join([*(line for line in IMPORTS if line not in kept), "", "\n\n".join(kept), ""])


def _defines(part: ast.stmt) -> bool:
    if isinstance(part, ast.ImportFrom) and part.module == "__future__":
        return False  # allowed at the beginning only, and this module's own holds for all
    return isinstance(part, DEFINITIONS) or (isinstance(part, ast.Assign) and _plain(part.value))


def _decorated(text: str, part: ast.stmt) -> str:
    """Return the text of a statement; that which Python's `ast` gives has no decorators."""
    above = [ast.get_source_segment(text, each) for each in getattr(part, "decorator_list", [])]
    return "".join(f"@{line}\n" for line in above) + ast.get_source_segment(text, part)


def _plain(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def build(name: str, source: str, width: int, classes: int) -> nn.Module:
    """Return the network, freshly initialised, and looked over by `check`.

    Its class is given `width` and `classes` if its `__init__` has parameters of these names.

    Raises:
        RecipeError: the code fails, or the network cannot be trained on images (N, 1, 28, 28).
    """
    module = types.ModuleType("own_network")
    try:
        exec(compile(source, "<own network>", "exec"), module.__dict__)  # noqa: S102 (see above)
        kind = getattr(module, name)
        known = inspect.signature(kind).parameters
        given = {"width": width, "classes": classes}
        model = kind(**{key: value for key, value in given.items() if key in known})
    except Exception as error:
        raise RecipeError(
            f"network: {name} cannot be made: {_said(error)}. All that it needs has to stand in "
            "the same cell or file, and its __init__ needs no arguments but width and classes."
        ) from error
    check(model, classes, name)
    return model


@torch.no_grad()
def check(model: nn.Module, classes: int, name: str = "the network") -> None:
    """Refuse what cannot be trained, which one look with two random images tells.

    Raises:
        RecipeError: it has no parameters, fails, gives a wrong shape, or no numbers; the message
            says what to change.
    """
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise RecipeError(
            f"network: {name} has no parameters to train; assign its layers to self in __init__, "
            "such as self.output = nn.Linear(784, 10)."
        )
    training = model.training
    x = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    try:
        scores: Any = model.eval()(x)
    except Exception as error:
        raise RecipeError(
            f"network: {name} fails on images of shape (N, 1, 28, 28): {_said(error)}. Most often "
            "a layer expects another number of inputs: print(x.shape) in forward before it."
        ) from error
    model.train(training)
    _check_scores(scores, (2, classes), name)


def _check_scores(scores: Any, wanted: Sequence[int], name: str) -> None:
    if not isinstance(scores, Tensor):
        raise RecipeError(
            f"network: {name} gives {type(scores).__name__}, not a tensor; does forward return?"
        )
    if tuple(scores.shape) != tuple(wanted):
        raise RecipeError(
            f"network: {name} gives scores of shape {tuple(scores.shape)} for 2 images; it must "
            f"give {tuple(wanted)}, one score a class: end with nn.Linear(…, {wanted[1]})."
        )
    if not scores.isfinite().all():
        raise RecipeError(
            f"network: {name} gives NaN or infinity before any training; look for a division by "
            "0, a logarithm or a root in forward."
        )


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(error)}".rstrip(".")
