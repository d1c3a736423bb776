"""The command line: each command calls the package and says what came out.

Imports wait inside the commands, so that `mnist-report --help` answers at once. Results go to
standard output; progress bars and errors go to standard error.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from mnist_report import __version__, steps
from mnist_report.errors import RecipeError, ReportError, StudyError

INTERRUPTED = 130  # the exit code that shells give to a program ended by Ctrl-C


class Language(StrEnum):
    """The languages of the report."""

    CHINESE = "zh-CN"
    ENGLISH = "en"
    ALL = "all"


class Format(StrEnum):
    """The kinds of file that the report is exported to."""

    WORD = "docx"
    PDF = "pdf"
    HTML = "html"
    ALL = "all"


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
            code, line = 1, _line(error)
        typer.echo(f"mnist-report: {line}", err=True)
        raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    help="Handwritten-digit recognition on MNIST: from the data to a finished course report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Where the program starts."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a stream that was replaced
            stream.reconfigure(errors="replace")  # a GBK console has no tick mark
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mnist-report {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of all commands."""


@app.command()
def build() -> None:
    """Do everything, from the data to the report in Word, PDF and HTML."""
    from mnist_report import recipes, running

    started = time.monotonic()
    steps.fetch()
    steps.train(recipes.current())
    for notebook in running.analysis_notebooks():
        steps.execute(notebook)
    files = steps.export()
    typer.echo(f"\nThe report, after {steps.duration(time.monotonic() - started)}:")
    for path in files:
        typer.echo(f"  {steps.shown(path)}")


@app.command()
def data() -> None:
    """Fetch MNIST and check it."""
    steps.fetch()


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or a file such as my.toml.")],
    seed: Annotated[int, typer.Option(min=0, help="The run's seed.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Train again.")] = False,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Translate the network by torch.compile first.")
    ] = False,
) -> None:
    """Train a recipe and evaluate it; a finished run is read back."""
    from mnist_report import recipes

    try:
        chosen = recipes.get(recipe)
    except RecipeError as error:
        raise typer.BadParameter(str(error)) from error
    steps.train(chosen, seed, fresh, compiled)


@app.command()
def notebooks(
    names: Annotated[
        list[str] | None, typer.Argument(help="Their names or numbers; all by default.")
    ] = None,
    inplace: Annotated[
        bool, typer.Option("--inplace", help="Put the outputs into notebooks/ itself.")
    ] = False,
) -> None:
    """Run the notebooks of the analysis, those that changed."""
    from mnist_report import running

    for notebook in _chosen(names or []):
        steps.execute(notebook)
        if inplace:
            running.write_back(running.executed_copy(notebook), notebook)


@app.command()
def export(
    lang: Annotated[Language, typer.Option(help="The report's language.")] = Language.ALL,
    to: Annotated[Format, typer.Option(help="The kind of file.")] = Format.ALL,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at what is missing, broken or cannot be shown.")
    ] = False,
) -> None:
    """Export the report, with the numbers of the run with seed 0."""
    languages = steps.LANGUAGES if lang is Language.ALL else (lang.value,)
    formats = steps.FORMATS if to is Format.ALL else (to.value,)
    for path in steps.export(languages, formats, strict):
        typer.echo(f"  {steps.shown(path)}")


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="The study's name, such as recipes.")],
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each recipe: seeds 0, 1, …")] = 5,
    jobs: Annotated[int, typer.Option(min=1, help="Runs side by side, which share the cores.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, to run on its workers.")
    ] = None,
) -> None:
    """Train several recipes with several seeds, and record what they say together."""
    from mnist_report import studies

    try:
        studies.recipe_names(name)
    except StudyError as error:
        raise typer.BadParameter(str(error)) from error
    steps.study(name, seeds, jobs, scheduler)


@app.command()
def doctor() -> None:
    """Check what is installed, and say how to mend what is wrong."""
    from mnist_report.doctor import examine

    well = True
    for check in examine():
        typer.echo(f"{_mark(check.well)} {check.name + ':':<11} {check.found}")
        if check.advice:
            typer.echo(f"  {'':<11} {check.advice}")
        well &= check.well
    raise typer.Exit(0 if well else 1)


def _chosen(names: list[str]) -> list[Path]:
    """The notebooks that the names mean; a number, a stem, a file name and a path will do."""
    from mnist_report import running

    everything = running.analysis_notebooks()
    chosen = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        found = [
            path for path in everything if path.stem == stem or path.stem.startswith(f"{stem}_")
        ]
        if not found:
            known = ", ".join(path.stem for path in everything)
            raise typer.BadParameter(f"There is no notebook {name!r}; there are {known}.")
        chosen += found
    return chosen or everything


def _mark(well: bool) -> str:
    mark, plain = ("✓", "ok") if well else ("✗", "!!")
    try:
        mark.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return plain
    return mark


def _line(error: Exception) -> str:
    """What went wrong, in one line; an error that we did not foresee tells its kind, too."""
    text = " ".join(str(error).split())
    export_errors = sys.modules.get("mnist_report.export.errors")
    foreseen = (ReportError, *((export_errors.ExportError,) if export_errors else ()))
    if isinstance(error, foreseen):
        return text
    return f"{type(error).__name__}: {text} (run again with --debug to see where)"
