"""Words of the commands while they work."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import typer


@contextlib.contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Say that a step begins, and what came out of it after how long."""
    typer.echo(f"{title} …")
    started = time.monotonic()
    yield lambda text: typer.echo(f"  {text} ({duration(time.monotonic() - started)})")


def duration(seconds: float) -> str:
    """Seconds as one would say them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"


def mark(well: bool) -> str:
    """A tick or a cross, in letters where the console has no such signs."""
    sign, plain = ("✓", "ok") if well else ("✗", "!!")
    try:
        sign.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return plain
    return sign


def shown(path: Path) -> str:
    """A path as short as it can be written from where the user is."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
