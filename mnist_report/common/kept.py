"""Costly results, computed once for what they depend on, and from then on read.

They lie in `results/.kept/`, arrays as `.npz` and models as JSON, under the name of their function
and a sum of its arguments, of its code with that of ours which it uses, and of the libraries'
versions. A result is therefore never out of date: what depends on something else is another file.
"""

import ast
import functools
import hashlib
import inspect
import io
import os
import shutil
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import fields, is_dataclass
from importlib import metadata
from pathlib import Path
from typing import ParamSpec, TypeVar, get_origin, get_type_hints

import numpy as np

from mnist_report import __version__
from mnist_report.common import settings
from mnist_report.common.errors import WriteError
from mnist_report.common.storage import Stored, file_lock, read_bytes, replacing

version = functools.cache(metadata.version)
LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch")
MOST = 24  # results of one function that stay, the last used ones
PARSING = threading.Lock()  # Python 3.11 fails where two threads parse at the same time
PLAIN = (bool, int, float, str, bytes, type(None), np.generic)

P, R = ParamSpec("P"), TypeVar("R")


def folder() -> Path:
    """Return the folder of what is kept; it can be removed at any time."""
    return settings.results_root() / ".kept"


def forget() -> None:
    """Remove all that is kept."""
    shutil.rmtree(folder(), ignore_errors=True)


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function compute once for the same arguments, code and libraries.

    It returns an array, a tuple of arrays and numbers, or a `Stored` model, and depends on nothing
    but its arguments: arrays, tensors, networks, plain values, dataclasses and collections of them.
    Given anything else, or where nothing can be written, it computes as if it were not decorated.
    """
    bind, name = inspect.signature(function).bind, f"{function.__module__}.{function.__name__}"

    @functools.wraps(function)
    def read_or_compute(*values: P.args, **named: P.kwargs) -> R:
        try:
            given = bind(*values, **named)
            given.apply_defaults()
            key = _key(function, given.arguments)
        except (TypeError, OSError, SyntaxError):  # cannot be summed up, such as a lambda's code
            return function(*values, **named)
        kind = get_type_hints(function)["return"]
        kind = get_origin(kind) or kind
        ending = "json" if issubclass(kind, Stored) else "npz"
        path = folder() / f"{name}-{key}.{ending}"
        if (found := _read(path, kind)) is None:
            with ExitStack() as stack:  # others who want the same wait, and read it
                with suppress(WriteError):
                    doing = f"another process, which computes {function.__name__}"
                    stack.enter_context(file_lock(folder() / f"{name}.lock", doing))
                if (found := _read(path, kind)) is None:
                    found = function(*values, **named)
                    with suppress(WriteError):
                        _write(path, found)
        return found

    return read_or_compute


def _write(path: Path, result: object) -> None:
    if isinstance(result, Stored):
        result.write(path)
    else:
        parts = result if isinstance(result, tuple) else (result,)
        with replacing(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, *parts)
    with suppress(OSError):  # another process may remove the same
        others = path.parent.glob(f"{path.name.rpartition('-')[0]}-*")
        for old in sorted(others, key=lambda other: other.stat().st_mtime)[:-MOST]:
            old.unlink()


def _read(path: Path, kind: type[R]) -> R | None:
    try:
        os.utime(path)
        if issubclass(kind, Stored):
            return kind.read(path)
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as stored:
            parts = [stored[key] for key in stored.files]
    except Exception:  # NumPy and zipfile raise anything at damaged files: it is computed again
        return None
    parts = [part if part.ndim else part.item() for part in parts]
    if issubclass(kind, tuple):
        return tuple(parts) if kind is tuple else kind(*parts)
    return parts[0]


def _key(function: Callable[..., object], arguments: dict[str, object]) -> str:
    total = hashlib.sha256("\0".join((__version__, *map(version, LIBRARIES))).encode())
    for part in sources(function):
        total.update(part.encode())
    for part in _content(arguments):
        total.update(part)
    return total.hexdigest()[:32]


def _content(value: object) -> Iterator[bytes | np.ndarray]:
    """Yield what makes up a value; TypeError for what is not known to be all of it."""
    yield f"\0{type(value).__qualname__} ".encode()
    if isinstance(value, PLAIN):
        yield repr(value).encode()
    elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
        yield f"{value.dtype} {value.shape} ".encode()
        yield np.ascontiguousarray(value)
    elif isinstance(value, dict):
        yield from _content([*value.items()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _content(part)
    elif isinstance(value, Stored):
        yield value.model_dump_json().encode()
    elif is_dataclass(value):
        yield from _content([getattr(value, field.name) for field in fields(value)])
    elif hasattr(value, "detach"):  # a tensor
        yield value.device.type.encode()
        yield from _content(value.detach().cpu().numpy())
    elif hasattr(value, "state_dict"):  # a network
        yield repr(value).encode()
        yield from _content(dict(value.state_dict()))
        for kind in {type(module): None for module in value.modules()}:
            if kind.__module__.partition(".")[0] != "torch":
                yield "".join(sources(kind)).encode()
    else:
        raise TypeError(f"{type(value).__qualname__} has no content that is known.")


def sources(function: Callable[..., object]) -> Iterator[str]:
    """Yield the code of a function or class, and all of its package that the code names.

    Comments and docstrings are left out; constants come with their values: of other packages the
    plain ones alone, since the environment and what is imported differ between processes.
    """
    package, seen, waiting = function.__module__.partition(".")[0], {kept}, [function]
    while waiting:
        one = inspect.unwrap(waiting.pop())
        if one in seen:
            continue
        seen.add(one)
        with PARSING:  # as it does with the whole file to find a class
            code = textwrap.dedent(inspect.getsource(one))
        # The lines of a lambda are those of a dictionary that it stands in, else no code is found.
        content, names = _parsed(f"{{{code}}}" if one.__name__ == "<lambda>" else code)
        yield content
        for name, value in _values(names, one.__module__):
            for part in value.values() if isinstance(value, dict) else (value,):
                code = inspect.unwrap(part) if callable(part) else None
                if inspect.isfunction(code) or inspect.isclass(code):
                    ours = code.__module__.partition(".")[0] == package
                    waiting += [code] if ours else []
                elif not inspect.ismodule(part) and " at 0x" not in (text := repr(part)):
                    yield f"{name} = {text}"


@functools.cache
def _parsed(code: str) -> tuple[str, list[str]]:
    """Return the content of some code without docstrings, and the names in it, with dots."""
    with PARSING:
        tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            del node.body[0]
    named = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute)}
    return ast.dump(tree), sorted(named)


def _values(names: list[str], module: str) -> Iterator[tuple[str, object]]:
    """Look up names, as they are and with dots, in their module and in others."""
    scope, package = vars(sys.modules[module]), module.partition(".")[0]
    for name in names:
        root, *attributes = name.split(".")
        value = scope.get(root)
        for attribute in attributes:  # only through modules: what an object holds is its class's
            if not inspect.ismodule(value):
                value = None
            elif value.__name__.partition(".")[0] == package:
                value = getattr(value, attribute, None)
            else:  # as it is there already: SciPy imports its parts when they are asked for
                inner = vars(value).get(attribute)
                value = inner if isinstance(inner, PLAIN) or inspect.ismodule(inner) else None
        if value is not None:
            yield name, value
