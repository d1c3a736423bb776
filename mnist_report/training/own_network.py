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
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mnist_report.common.errors import RecipeError, one_line, raised_as

IMPORTS = ("import torch", "import torch.nn.functional as F", "from torch import nn")
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def source_of(network: type[nn.Module]) -> str:
    """Return the code that defines a class written in a notebook cell or in a file.

    RecipeError if it is no class of networks, or its code cannot be found.
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

    RecipeError if there is no such file, or no such class in it.
    """
    file, _, name = reference.rpartition(":")
    missing = f"network: there is no file {file} beside the recipe to read."
    with raised_as(lambda _: RecipeError(missing), OSError, UnicodeDecodeError):
        text = (folder / file).read_text(encoding="utf-8")
    return name, definitions(text, name)


def definitions(text: str, name: str) -> str:
    """Keep imports, functions, classes and constants of some code; add the imports all may use.

    What else a cell does, such as training, must not be done again when the network is built.
    RecipeError if the code cannot be read, or does not define the class.
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
    if not isinstance(part, ast.Assign):
        return isinstance(part, DEFINITIONS)
    with suppress(ValueError):  # what is computed
        ast.literal_eval(part.value)
        return True
    return False


def _decorated(text: str, part: ast.stmt) -> str:
    """Return the text of a statement; that which Python's `ast` gives has no decorators."""
    above = [ast.get_source_segment(text, each) for each in getattr(part, "decorator_list", [])]
    return "".join(f"@{line}\n" for line in above) + ast.get_source_segment(text, part)


def build(name: str, source: str, width: int, classes: int) -> nn.Module:
    """Return the network, freshly initialised; RecipeError if its code fails, or it is unfit.

    Its class is given `width` and `classes` if its `__init__` has parameters of these names.
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
    if flaw := _flaw(model, classes):
        raise RecipeError(f"network: {name} {flaw}")
    return model


@torch.no_grad()
def _flaw(model: nn.Module, classes: int) -> str | None:
    """Say why it cannot be trained on (N, 1, 28, 28), which two random images tell; or None."""
    if not any(parameter.requires_grad for parameter in model.parameters()):
        return (
            "has no parameters to train; assign its layers to self in __init__, "
            "such as self.output = nn.Linear(784, 10)."
        )
    training, wanted = model.training, (2, classes)
    x = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    try:
        scores: Any = model.eval()(x)
    except Exception as error:
        return (
            f"fails on images of shape (N, 1, 28, 28): {_said(error)}. Most often "
            "a layer expects another number of inputs: print(x.shape) in forward before it."
        )
    model.train(training)
    if not isinstance(scores, Tensor):
        return f"gives {type(scores).__name__}, not a tensor; does forward return?"
    if tuple(scores.shape) != wanted:
        return (
            f"gives scores of shape {tuple(scores.shape)} for 2 images; it must "
            f"give {wanted}, one score a class: end with nn.Linear(…, {classes})."
        )
    if not scores.isfinite().all():
        return (
            "gives NaN or infinity before any training; look for a division by "
            "0, a logarithm or a root in forward."
        )
    return None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {one_line(error)}".rstrip(".")
