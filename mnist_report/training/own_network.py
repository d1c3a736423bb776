"""Networks of one's own: the code that defines one, and building it, with a look at its scores.

A run carries the code of its network in its recipe (`Recipe.source`). So the fingerprint covers
it, and another notebook or process can build the network again without the file or cell in which
it was written. Reading such a run executes that code, as importing the file would.
"""

import ast
import builtins
import dis
import inspect
import linecache
import traceback
import types
import warnings
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mnist_report.common import RecipeError, one_line, raised_as, storage

IMPORTS = ("import torch", "import torch.nn.functional as F", "from torch import nn")
FILE = "<own network>"  # in tracebacks
LONGEST = 2**20  # bytes of a recipe file, or of the file of a network
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def source_of(network: type[nn.Module]) -> str:
    """Return the code of a class of networks written in a cell or a file, else RecipeError."""
    if not (isinstance(network, type) and issubclass(network, nn.Module)):
        raise RecipeError(
            f"network: a {type(network).__name__} is not a class derived from nn.Module; "
            "give the class itself, such as MyNet, not MyNet(). Layers one after another become "
            "one in three lines: “class MyNet(nn.Sequential):”, “    def __init__(self):”, "
            "“        super().__init__(nn.Flatten(), nn.Linear(784, 10))”."
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
    """Return name and code of "my_net.py:MyNet", from `folder` on, else RecipeError."""
    file, _, name = reference.rpartition(":")
    missing = f"network: there is no file {file} beside the recipe to read."
    with raised_as(lambda _: RecipeError(missing), OSError, UnicodeDecodeError):
        return name, definitions(storage.read_bytes(folder / file, LONGEST).decode(), name)


def definitions(text: str, name: str) -> str:
    """Keep imports, functions, classes and constants of some code; add the imports all may use.

    What else a cell does, such as training, must not be done again when the network is built.
    RecipeError if the code cannot be read, does not define the class, or computes what it needs.
    """
    try:
        text, parts = _parsed(text)
    except SyntaxError as error:
        raise RecipeError(f"network: line {error.lineno} is not Python: {error.msg}.") from error
    if not any(isinstance(part, ast.ClassDef) and part.name == name for part in parts):
        raise RecipeError(f"network: there is no class {name!r} in that file.")
    kept, known, uses, left = [], {*dir(builtins), "torch", "F", "nn"}, {}, {}
    for part in parts:
        code = compile(ast.Module([part], []), "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if keep := _defines(part, known):
            kept.append(_decorated(text, part))
        for bound in _names(code, "STORE_NAME"):
            (known.add if keep else known.discard)(bound)
            left.pop(bound, None) if keep else left.update({bound: part})
            uses[bound] = uses.get(bound, set()) | _names(code, "LOAD_NAME", "LOAD_GLOBAL")
    _refuse_computed(name, uses, left)
    return "\n".join([*(line for line in IMPORTS if line not in kept), "", "\n\n".join(kept), ""])


def _parsed(text: str) -> tuple[str, list[ast.stmt]]:
    """Read the code of a file or a cell, in which IPython's own lines become calls."""
    try:
        return text, ast.parse(text).body
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        text = TransformerManager().transform_cell(text)
        return text, ast.parse(text).body


def _defines(part: ast.stmt, known: Set[str]) -> bool:
    if isinstance(part, ast.AugAssign):
        return ast.unparse(part.target) in known and _constant(part, known)
    if isinstance(part, ast.Assign | ast.AnnAssign):
        return _constant(part, known)
    # `__future__` is allowed at the beginning only, and this module's own holds for all.
    return isinstance(part, DEFINITIONS) and getattr(part, "module", "") != "__future__"


def _constant(node: ast.AST, known: Set[str]) -> bool:
    """Tell that nothing is called and only `known` names are read, but for those in a lambda."""
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Store) or node.id in known
    if isinstance(node, (ast.Call, ast.Await, ast.NamedExpr)):
        return False
    inner = () if isinstance(node, ast.Lambda) else ast.iter_child_nodes(node)
    return all(_constant(child, known) for child in inner)


def _names(code: types.CodeType, *kinds: str) -> set[str]:
    """Return the global names that some code stores, or loads, also in its functions."""
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    found = {step.argval for step in dis.get_instructions(code) if step.opname in kinds}
    return found.union(*(_names(each, *kinds) for each in inner if "LOAD_NAME" in kinds))


def _refuse_computed(name: str, uses: Mapping[str, Set[str]], left: Mapping[str, ast.stmt]) -> None:
    """Raise a RecipeError that names what a class or its helpers need of what is left."""
    needed = {name}
    while more := set().union(*(uses.get(each, set()) for each in needed)) - needed:
        needed |= more
    for missing in sorted(needed & left.keys()):
        line = ast.unparse(left[missing]).splitlines()[0]
        raise RecipeError(
            f"network: {name} needs {missing}, which its cell or file computes: {line}. Only "
            "imports, functions, classes, lambdas and plain values are kept with a network: "
            "compute it in a function, or in the class."
        )


def _decorated(text: str, part: ast.stmt) -> str:
    """Return the text of a statement; that which Python's `ast` gives has no decorators."""
    above = [ast.get_source_segment(text, each) for each in getattr(part, "decorator_list", [])]
    return "".join(f"@{line}\n" for line in above) + ast.get_source_segment(text, part)


def build(name: str, source: str, width: int, classes: int) -> nn.Module:
    """Return the network, given `width` and `classes` if it takes them; RecipeError if unfit."""
    module = types.ModuleType("own_network")
    try:
        exec(compile(source, FILE, "exec"), module.__dict__)  # noqa: S102 (see above)
        kind = getattr(module, name)
        known = inspect.signature(kind).parameters
        given = {"width": width, "classes": classes}
        model = kind(**{key: value for key, value in given.items() if key in known})
    except Exception as error:
        raise RecipeError(
            f"network: {name} cannot be made: {_said(error, source)} "
            "Its __init__ needs no arguments but width and classes."
        ) from error
    if flaw := _flaw(model, classes, source):
        raise RecipeError(f"network: {name} {flaw}")
    return model


@torch.no_grad()
def _flaw(model: nn.Module, classes: int, source: str) -> str | None:
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
        return f"fails on images of shape (N, 1, 28, 28): {_said(error, source)}"
    model.train(training)
    if not isinstance(scores, Tensor):
        return f"gives {type(scores).__name__}, not a tensor; does forward return?"
    if (shape := tuple(scores.shape)) != wanted:
        must = f"it must give {wanted}, one score a class: end with nn.Linear(…, {classes})."
        return f"gives scores of shape {shape} for 2 images; {must}"
    if not scores.isfinite().all():
        where = "look for a division by 0, a logarithm or a root in forward."
        return f"gives NaN or infinity before any training; {where}"
    if scores.min() >= 0 and torch.allclose(scores.sum(1), torch.ones(2), atol=1e-4):
        twice = "ends with a softmax, but the cross-entropy takes one itself: with two it learns"
        mend = "Return the scores before the softmax."
        warnings.warn(f"{type(model).__name__} {twice} badly. {mend}", stacklevel=2)
    return None


# The first kind that an error is of.
HINTS = {
    NotImplementedError: "Write forward(self, x) in the class, indented as __init__ is.",
    UnboundLocalError: "Give it a value in every case.",
    (NameError, ImportError): "All that it needs has to stand in the same cell or file.",
    AttributeError: "Layers are assigned to self in __init__, after super().__init__().",
    RuntimeError: "Most often a layer expects another number of inputs: "
    "print(x.shape) in forward before it.",
}


def _said(error: Exception, source: str) -> str:
    """Put an error, the line of the network where it arose, and what helps into sentences."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [source.splitlines()[f.lineno - 1] for f in frames if f.filename == FILE]
    place = f" (in “{one_line(lines[-1])}”)" if lines else ""
    hint = next((text for kind, text in HINTS.items() if isinstance(error, kind)), "")
    return f"{type(error).__name__}: {one_line(error).rstrip('.')}{place}. {hint}".strip()
