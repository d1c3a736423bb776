"""The command line: each command calls the package and says what came out.

Results go to standard output; progress bars and errors go to standard error.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Exit, Option, Typer, echo

from mnist_report import __version__
from mnist_report.checking.verdict import EXIT, State, Verdict
from mnist_report.cli import console, pipeline
from mnist_report.cli.console import Language, Seed
from mnist_report.cli.new import new
from mnist_report.cli.study import study
from mnist_report.cli.values import values
from mnist_report.common import settings

app = Typer(
    cls=console.Commands,
    help="Handwritten-digit recognition on MNIST: from the data to a finished course report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def start() -> None:
    """Do what the words on the command line say."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a stream that was replaced
            stream.reconfigure(errors="replace")  # a GBK console has no tick mark
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")
    try:
        app()
    except OSError as error:  # --help for a full disk
        if "--debug" in sys.argv:
            raise
        sys.exit(f"mnist-report: {console.failure(error)}")


def _version(wanted: bool) -> None:
    if wanted:
        echo(f"mnist-report {__version__}")
        raise Exit


@app.callback()
def _options(
    debug: Annotated[bool, Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of all commands."""


def predict(
    photos: Annotated[list[Path], Argument(help="Pictures of handwritten digits.")],
    recipe: Annotated[
        str | None, Option(help="Whose run predicts; as for the notebooks by default.")
    ] = None,
    seed: Seed = None,
    as_json: Annotated[bool, Option("--json", help="Say everything, as JSON.")] = False,
    figure: Annotated[
        Path | None, Option(help="Draw boxes and answers into this file, one a photo.")
    ] = None,
    lang: Annotated[Language, Option(help="The figure's language.")] = Language.en,
) -> None:
    """Read the digits on photos; "?" stands for what the network is not sure of."""
    from mnist_report.cli import predict as predicting
    from mnist_report.training import recipes

    if lang is Language.all:
        raise BadParameter("A figure has one language: zh-CN or en.")
    chosen = recipes.current() if recipe is None else console.known_recipe(recipe)
    read, seed = [], settings.seed(seed)
    for photo in predicting.predict(photos, chosen.name, seed):
        read.append(photo)
        if photo.error:
            echo(f"mnist-report: {console.failure(photo.error)}", err=True)
        elif not as_json:
            echo(photo)
        if figure and not photo.error:
            one = figure if len(photos) == 1 else figure.with_stem(f"{figure.stem}-{len(read)}")
            photo.draw(one, lang.value)
    if as_json:
        echo(predicting.as_json(read, chosen.name, seed))
    raise Exit(any(photo.error for photo in read))


def check(
    path: Annotated[Path, Argument(help="A handed-in project, or a folder of many.")],
    report: Annotated[
        list[Path] | None, Option(help="A Word or PDF file handed in apart; repeatable.")
    ] = None,
    table: Annotated[Path | None, Option("--csv", help="Write a table: one row a hand-in.")] = None,
) -> None:
    """Check that notebooks, results and report of a hand-in agree; nothing in it is run."""
    from mnist_report.checking import classroom

    found = classroom.hand_ins(path)
    if report and len(found) > 1:
        raise BadParameter("--report belongs to one hand-in: give the folder of that one.")
    verdicts = []
    for one, apart in found.items():
        verdicts.append(classroom.examine(one, [*apart, *(report or ())]))
        _tell(verdicts[-1], in_full=len(found) == 1)
    for folder, others in classroom.same_weights(verdicts).items():
        if others:
            echo(f"{folder}: look at: the same weights as {', '.join(others)}")
    if table:
        classroom.write_table(verdicts, table)
    states = [finding for verdict in verdicts for finding in verdict.findings]
    raise Exit(EXIT[Verdict("", findings=states).state])


def _tell(verdict: Verdict, in_full: bool) -> None:
    """Say all findings about one hand-in, or of several only those that do not agree."""
    who = " ".join(filter(None, (verdict.name, verdict.number)))
    echo(f"{verdict.folder}{f' ({who})' if who else ''}")
    for finding in verdict.findings:
        if in_full or finding.state is not State.AGREES:
            echo(f"{_sign(finding.state)} {finding.subject}: {finding.state}: {finding.text}")
    if in_full:
        for name, text in verdict.facts.items():
            echo(f"  {name}: {text}")
    echo(f"{_sign(verdict.state)} {verdict.summary()}")


def _sign(state: State) -> str:
    """Mark what agrees, differs or is missing; a dash and "?" are for what is left to people."""
    others = {State.UNCHECKED: "–", State.LOOK: "?"}
    return others.get(state) or console.mark(state is State.AGREES)


def doctor() -> None:
    """Check what is installed, and say how to mend what is wrong."""
    from mnist_report.cli import doctor

    well = True
    for name, looked in doctor.examine():
        echo(f"{console.mark(looked.well)} {name + ':':<11} {looked.found}")
        if looked.advice:
            echo(f"  {'':<11} {looked.advice}")
        well &= looked.well
    raise Exit(not well)


for command in (
    *(pipeline.build, pipeline.data, pipeline.train, pipeline.notebooks, pipeline.export),
    *(new, values, predict, study, check, doctor),
):
    app.command()(command)
