"""JSON files, whole or absent; a seal tells whether one was changed since it was stored."""

import errno
import functools
import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, dataclass_transform
from uuid import uuid4

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, WrapValidator
from pydantic.dataclasses import dataclass

from mnist_report.common.errors import RecipeError, ResultsError, WriteError, raised_as
from mnist_report.common.processes import bar

if TYPE_CHECKING:
    import numpy as np

LARGEST = 2**30  # bytes of a file that is read whole
FORMAT = 1  # of what is sealed; 0 is from before there were seals


class Stored(BaseModel):
    """Base of what is read from a file of ours or written to one: named fields of known types."""

    # A field may have a better name in the code than in the file, which is then its alias.
    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, allow_inf_nan=False
    )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a sealed file; ResultsError as of `read_sealed`, or for a wrong or missing field."""
        content = read_sealed(path)
        with raised_as(
            lambda error: _unusable(path, f"is damaged ({first_fault(error)})"), ValidationError
        ):
            return cls.model_validate(content)

    def write(self, path: Path) -> None:
        """Write a sealed file, whole or not at all."""
        write_sealed(path, self.as_json())

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds: the fields that were set, by their names in the file."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


T = TypeVar("T")


def _as_given(value: T, check: Callable[[T], object]) -> T:
    check(value)
    return value


# An integer in a field of floats stays one, so that 15 is 15 again in a file and in its digest.
# Bounds stand in the field's own `Field(…)`, where the schema shows them.
Number = Annotated[float, Strict(), WrapValidator(_as_given)]


@dataclass_transform(frozen_default=True, field_specifiers=(Field,))
def checked_settings(cls: type[T]) -> type[T]:
    """Make a frozen dataclass whose constructor raises RecipeError and names the wrong field."""
    # A table in place of another such dataclass becomes one.
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    checked = dataclass(cls, frozen=True, config=config)
    make = checked.__init__

    @functools.wraps(make)
    def make_or_name_the_field(self: T, /, *values: Any, **named: Any) -> None:
        known = [field.name for field in fields(checked)]
        with raised_as(lambda error: RecipeError(f"{first_fault(error, known)}."), ValidationError):
            make(self, *values, **named)

    checked.__init__ = make_or_name_the_field
    return checked


def first_fault(error: ValidationError, known: Sequence[str] = ()) -> str:
    """Say in one line which field is wrong first, and why, or which fields are `known`."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if fault["type"] == "missing":
        return f"{field}: missing"
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        others = f"; there are {', '.join(known)}" if known and len(fault["loc"]) == 1 else ""
        return f"{field}: no such field{others}"
    return f"{field}: {_shown(fault['input'])} {message}" if field else message


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a huge number"
    return text if len(text) <= 100 else f"{text[:100]}…"


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with the sum of its content."""
    write_json(path, {**content, "sum": _content_sum(content)})


def read_sealed(path: Path) -> dict[str, Any]:
    """Read JSON that was written with the sum of its content, which is left out.

    ResultsError if it is missing or damaged, was changed by hand, or is of a newer version.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise _unusable(path, "holds no results")
    version, stored = content.get("format", 0), content.pop("sum", None)
    if not isinstance(version, int) or version > FORMAT:
        raise ResultsError(f"{path} is of a newer version of this project: update, and run again.")
    if stored != (_content_sum(content) if stored or version else None):
        raise _unusable(path, "was changed after it was stored")
    return content


def _unusable(path: Path, why: str) -> ResultsError:
    return ResultsError(f"{path} {why}: delete it and run again.")


def _content_sum(content: dict[str, Any]) -> str:
    return checksum(json.dumps(content, sort_keys=True).encode())


def checksum(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """Read a file whole; OSError for a pipe, a device, or one of more than `largest` bytes."""
    refuse_odd(path)
    if path.stat().st_size > largest:
        raise OSError(errno.EFBIG, "it is far too large")
    return path.read_bytes()


@contextmanager
def opened_arrays(path: Path) -> Iterator[Mapping[str, "np.ndarray"]]:
    """Open an archive of plain arrays; OSError also for one that unpacks to more than `LARGEST`."""
    import numpy as np

    stream = io.BytesIO(read_bytes(path))
    with zipfile.ZipFile(stream) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise OSError(errno.EFBIG, "it is far too large")
    with np.load(stream, allow_pickle=False) as arrays:
        yield arrays


def refuse_odd(path: Path) -> None:
    """Refuse what is neither a file nor a folder: reading a pipe or a device may never end."""
    if not (stat.S_ISREG(mode := path.stat().st_mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is no regular file")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all, in UTF-8."""
    with replacing(path) as temporary:
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read JSON; ResultsError if the file is missing or damaged."""
    kinds = (OSError, ValueError, RecursionError)
    with raised_as(lambda error: _unusable(path, f"cannot be read ({error})"), *kinds):
        return json.loads(read_bytes(path))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success it takes the place of `path` in one step.

    WriteError if the disk is full, the folder is read-only, or the like.
    """
    # Made by its writer, not by tempfile, so that it gets the usual permissions.
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with raised_as(lambda error: _refused(path, error), OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                refuse_odd(path)
            yield temporary
            temporary.replace(path)
    finally:
        _forget(temporary)


def remove_leftovers(path: Path) -> None:
    """Remove what a killed process left of `path`, while no other one is writing it."""
    with suppress(OSError):  # a folder that cannot be listed
        for leftover in path.parent.glob(f".{path.name}.{'[0-9a-f]' * 8}"):
            _forget(leftover)


@contextmanager
def file_lock(path: Path, doing: str) -> Iterator[None]:
    """Let one process at a time do what follows; the others wait, and say for what.

    `path` is a file for the lock, which stays; `doing` is what is being done, for those who wait.
    WriteError if the file cannot be made.
    """
    lock = FileLock(path)
    with raised_as(lambda error: _refused(path, error), OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with bar(desc=f"waiting for {doing}", bar_format="{desc}: {elapsed}"):
                lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _forget(path: Path) -> None:
    with suppress(OSError):  # what hindered the writing may hinder this, too
        path.unlink(missing_ok=True)


def _refused(path: Path, error: OSError) -> WriteError:
    return WriteError(f"Cannot write to {path.parent}: {error.strerror or error}.")
