"""The command line: each command calls the package and says what came out.

Imports wait inside the commands, so that `mnist-report --help` answers at once. Results go to
standard output; progress bars and errors go to standard error.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_report import __version__
from mnist_report.cli import console, pipeline
from mnist_report.cli.check import check
from mnist_report.cli.options import (
    LANGUAGES,
    Commands,
    DataSet,
    Format,
    Language,
    Seed,
    failure,
)
from mnist_report.common.errors import RecipeError, StudyError
from notebook_report import FORMATS

if TYPE_CHECKING:
    from mnist_report.training.recipes import Recipe


app = typer.Typer(
    cls=Commands,
    help="Handwritten-digit recognition on MNIST: from the data to a finished course report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Start the program."""
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
def build(dataset: DataSet = None) -> None:
    """Do everything, from the data to the report in Word, PDF and HTML."""
    from mnist_report.reporting.notebooks.execute import analysis_notebooks
    from mnist_report.training import recipes

    started = time.monotonic()
    pipeline.fetch()
    pipeline.train(recipes.current())
    for notebook in analysis_notebooks():
        pipeline.execute(notebook)
    files = pipeline.export()
    typer.echo(f"\nThe report, after {console.duration(time.monotonic() - started)}:")
    for path in files:
        typer.echo(f"  {console.shown(path)}")


@app.command()
def data(dataset: DataSet = None) -> None:
    """Fetch the data set and check it."""
    pipeline.fetch()


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or a file such as my.toml.")],
    seed: Seed = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Train again.")] = False,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Translate the network by torch.compile first.")
    ] = False,
    dataset: DataSet = None,
) -> None:
    """Train a recipe and evaluate it; a finished run is read back."""
    pipeline.train(_recipe(recipe), seed, fresh, compiled)


@app.command()
def notebooks(
    names: Annotated[
        list[str] | None, typer.Argument(help="Their names or numbers; all by default.")
    ] = None,
    inplace: Annotated[
        bool, typer.Option("--inplace", help="Put the outputs into notebooks/ itself.")
    ] = False,
    lang: Annotated[Language, typer.Option(help="Their language.")] = Language.en,
    dataset: DataSet = None,
) -> None:
    """Run the notebooks of the analysis, those that changed."""
    chosen = _chosen(names or [])
    for language in LANGUAGES if lang is Language.all else (lang.value,):
        pipeline.notebooks(chosen, language, inplace)


@app.command()
def export(
    lang: Annotated[Language, typer.Option(help="The report's language.")] = Language.all,
    to: Annotated[Format, typer.Option(help="The kind of file.")] = Format.all,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at what is missing, broken or cannot be shown.")
    ] = False,
    dataset: DataSet = None,
) -> None:
    """Export the report, with the numbers of the run with seed 0."""
    languages = LANGUAGES if lang is Language.all else (lang.value,)
    formats = FORMATS if to is Format.all else (to.value,)
    for path in pipeline.export(languages, formats, strict):
        typer.echo(f"  {console.shown(path)}")


@app.command()
def predict(
    photos: Annotated[list[Path], typer.Argument(help="Pictures of handwritten digits.")],
    recipe: Annotated[
        str | None, typer.Option(help="Whose run predicts; as for the notebooks by default.")
    ] = None,
    seed: Seed = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Say everything, as JSON.")] = False,
    figure: Annotated[
        Path | None, typer.Option(help="Draw boxes and answers into this file, one a photo.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="The figure's language.")] = Language.en,
) -> None:
    """Read the digits on photos; "?" stands for what the network is not sure of."""
    from mnist_report.cli import predict as predicting
    from mnist_report.training import recipes

    if lang is Language.all:
        raise typer.BadParameter("A figure has one language: zh-CN or en.")
    chosen = recipes.current() if recipe is None else _recipe(recipe)
    read = []
    for number, photo in enumerate(predicting.predict(photos, chosen.name, seed), start=1):
        read.append(photo)
        if photo.error:
            typer.echo(f"mnist-report: {failure(photo.error)}", err=True)
        elif not as_json:
            typer.echo(photo)
        if figure and not photo.error:
            photo.draw(predicting.numbered(figure, number, len(photos)), lang.value)
    if as_json:
        typer.echo(predicting.as_json(read, chosen.name, seed))
    raise typer.Exit(any(photo.error for photo in read))


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="The study's name, such as recipes.")],
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Runs of each recipe: seeds 0, 1, …")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="At a time; default: one a core.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, to run on its workers.")
    ] = None,
) -> None:
    """Train several recipes with several seeds, and record what they say together."""
    from mnist_report.studies import definitions

    try:
        definitions.check(name)
    except StudyError as error:
        raise typer.BadParameter(str(error)) from error
    pipeline.study(name, seeds, jobs, scheduler)


app.command()(check)


@app.command()
def doctor() -> None:
    """Check what is installed, and say how to mend what is wrong."""
    from mnist_report.cli.doctor import examine

    well = True
    for name, looked in examine():
        typer.echo(f"{console.mark(looked.well)} {name + ':':<11} {looked.found}")
        if looked.advice:
            typer.echo(f"  {'':<11} {looked.advice}")
        well &= looked.well
    raise typer.Exit(not well)


def _recipe(name: str) -> Recipe:
    from mnist_report.training import recipes

    try:
        return recipes.get(name)
    except RecipeError as error:
        raise typer.BadParameter(str(error)) from error


def _chosen(names: list[str]) -> list[Path]:
    """Find the notebooks of these names; a number, a stem, a file name and a path will do."""
    from mnist_report.reporting.notebooks.execute import analysis_notebooks

    everything = analysis_notebooks()
    chosen = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        found = [path for path in everything if f"{path.stem}_".startswith(f"{stem}_")]
        if not found:
            known = ", ".join(path.stem for path in everything)
            raise typer.BadParameter(f"There is no notebook {name!r}; there are {known}.")
        chosen += found
    return chosen or everything
