"""Options of several commands, and the end of every failure."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from mnist_report.common import settings
from mnist_report.common.errors import ReportError, one_line
from notebook_report import FORMATS

LANGUAGES = settings.LANGUAGES[::-1]  # Chinese first: it is handed in
INTERRUPTED = 130  # the exit code that shells give to a program ended by Ctrl-C


def _choice(name: str, *values: str) -> type[StrEnum]:
    return StrEnum(name, {value: value for value in (*values, "all")})


Language = _choice("Language", *LANGUAGES)
Format = _choice("Format", *FORMATS)


def _choose(value: str | None) -> str | None:
    """Let all that follows work on this data set, the kernels of notebooks, too."""
    if value:
        chosen = settings.resolved(value)
        if chosen not in settings.DATASETS and not Path(chosen).is_dir():
            known = ", ".join(settings.DATASETS)
            raise typer.BadParameter(f"There is no data set {value!r}; there are {known}, folders.")
        os.environ["MNIST_REPORT_DATASET"] = chosen
    return value


DataSet = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        metavar="NAME|FOLDER",
        callback=_choose,
        help="Other data than MNIST: a name, or a folder (docs/own-data.md).",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The run's seed.")]


class Commands(TyperGroup):
    """Every failure ends in one line and the right exit code; --debug shows the traceback."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Take --debug after the command's name, too: there people add it."""
        if "--debug" in args:
            args = ["--debug", *(word for word in args if word != "--debug")]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: typer.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            code, line = INTERRUPTED, "Stopped. What was finished is kept; run again to go on."
        except Exception as error:
            if ctx.params["debug"] or hasattr(error, "exit_code"):  # typer's own way to end
                raise
            code, line = 1, failure(error)
        typer.echo(f"mnist-report: {line}", err=True)
        raise typer.Exit(code)


def failure(error: Exception) -> str:
    """Say what went wrong in one line; an error that we did not foresee tells its kind, too."""
    export_errors = sys.modules.get("notebook_report.errors")
    foreseen = (ReportError, *((export_errors.ExportError,) if export_errors else ()))
    if isinstance(error, foreseen):
        return one_line(error)
    return f"{type(error).__name__}: {one_line(error)} (run again with --debug to see where)"
