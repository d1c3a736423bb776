"""Files that appear whole or not at all, and work that one process at a time does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout
from tqdm import tqdm

from mnist_report.common.errors import WriteError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success it takes the place of `path` in one step.

    Raises:
        WriteError: the disk is full, the folder is read-only, or the like.
    """
    # Made by its writer, not by tempfile, so that it gets the usual permissions.
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        _forget(temporary)


def sweep(path: Path) -> None:
    """Remove what a killed process left of `path`, while no other one is writing it."""
    with suppress(OSError):  # a folder that cannot be listed
        for leftover in path.parent.glob(f".{path.name}.{'[0-9a-f]' * 8}"):
            _forget(leftover)


@contextmanager
def alone(path: Path, doing: str) -> Iterator[None]:
    """Let one process at a time do what follows; the others wait, and say for what.

    Args:
        path: a file for the lock, which stays.
        doing: what is being done, for those who wait.

    Raises:
        WriteError: the file cannot be made.
    """
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with tqdm(desc=f"waiting for {doing}", bar_format="{desc}: {elapsed}"):
                lock.acquire()
    except OSError as error:
        raise _refused(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _forget(path: Path) -> None:
    with suppress(OSError):  # what hindered the writing may hinder this, too
        path.unlink(missing_ok=True)


def _refused(path: Path, error: OSError) -> WriteError:
    return WriteError(f"Cannot write to {path.parent}: {error.strerror or error}.")
