"""Options of several commands, what all say while they work, and the end of every failure."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import BadParameter, Context, Exit, Option, echo
from typer.core import TyperGroup

from mnist_report.cli import interrupts
from mnist_report.cli.interrupts import INTERRUPTED, STOPPED
from mnist_report.common import RecipeError, ReportError, one_line, printable, raised_as, settings
from notebook_report import FORMATS, LENGTHS, limits

if TYPE_CHECKING:
    from mnist_report.training.recipes import Recipe

LANGUAGES = settings.LANGUAGES[::-1]  # Chinese first: it is handed in
Language = StrEnum("Language", {name: name for name in (*LANGUAGES, "all")})
Length = StrEnum("Length", list(LENGTHS))
Format = StrEnum("Format", {name: name for name in (*FORMATS, "all")})


def _choose(value: str | None) -> str | None:
    """Let all that follows work on this data set, the kernels of notebooks, too."""
    if value:
        chosen = settings.resolved(value)
        if chosen not in settings.DATASETS and not Path(chosen).exists():
            known = ", ".join(settings.DATASETS)
            raise BadParameter(f"There is no data set {value!r}; there are {known}, folders.")
        os.environ["MNIST_REPORT_DATASET"] = chosen
    return value


HELP = "Other data than MNIST: a name, or a folder (docs/own-data.md)."
DataSet = Annotated[
    str | None, Option("--dataset", metavar="NAME|FOLDER", callback=_choose, help=HELP)
]
Seed = Annotated[int | None, Option(min=0, help="The run's seed; by default 0, or your own.")]


class Commands(TyperGroup):
    """Every failure ends in one line and the right exit code; --debug shows the traceback."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take --debug after the command's name, too: there people add it."""
        if "--debug" in args:
            args = ["--debug", *(word for word in args if word != "--debug")]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Context) -> object:
        """Run the command; a warning shows as a sentence, without the line of code it is from."""
        warnings.formatwarning = lambda message, *_, **__: f"mnist-report: {one_line(message)}\n"
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            code, line = INTERRUPTED, STOPPED
        except Exception as error:
            if isinstance(error, BrokenPipeError):  # as of `| head`, which has read enough
                os._exit(1)
            if ctx.params["debug"] or hasattr(error, "exit_code"):  # typer's own way to end
                raise
            code, line = 1, failure(error)
        echo(f"mnist-report: {line}", err=True)
        raise Exit(code)


def failure(error: Exception) -> str:
    """Say what went wrong in one line; an error that we did not foresee tells its kind, too."""
    export_errors = sys.modules.get("notebook_report.errors")
    foreseen = (ReportError, *((export_errors.ExportError,) if export_errors else ()))
    if isinstance(error, foreseen):
        return one_line(error)
    if isinstance(error, OSError) and error.filename is None and error.strerror:
        return f"{error.strerror}."  # of the terminal, or the file in its place
    return f"{type(error).__name__}: {one_line(error)} (run again with --debug to see where)"


def give_up(*_: object) -> None:
    """End a command whose threads have reached the limit of time, and go on without an end."""
    echo(f"mnist-report: stopped: {limits.exceeded()} for a document.", err=True)
    interrupts.end(1)


def known_recipe(name: str) -> Recipe:
    """Find a recipe; an unknown or wrong one is wrong use of the command."""
    from mnist_report.training import recipes

    with raised_as(lambda error: BadParameter(str(error)), RecipeError):
        return recipes.get(name)


@contextlib.contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Say that a step begins, and what came out of it after how long."""
    echo(f"{title} …")
    started = time.monotonic()
    yield lambda text: echo(f"  {printable(text)} ({duration(time.monotonic() - started)})")


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
    near = path.is_relative_to(Path.cwd())
    return printable(str(path.relative_to(Path.cwd()) if near else path))
