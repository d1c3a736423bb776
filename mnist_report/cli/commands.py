"""The command line: each command calls the package and says what came out.

Results go to standard output; progress bars and errors go to standard error.
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from typer import Argument, BadParameter, Exit, Option, Typer, echo

from mnist_report import __version__
from mnist_report.checking.verdict import EXIT, State, Verdict
from mnist_report.cli import console, pipeline
from mnist_report.cli.console import DataSet, Language, Seed, shown, step
from mnist_report.cli.study import study
from mnist_report.common import ReportError, WriteError, one_line, raised_as, settings
from mnist_report.reporting import notebooks as books

OURS = settings.PACKAGE / "project"  # of projects alone: Makefile, read-me
FILES = ("notebooks/*.ipynb", "notebooks/*.po", "report/*.*", "report/studies/**/*.*")
LONGEST = 60  # characters of a value that are shown

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


def new(
    folder: Annotated[Path, Argument(help="A folder that is empty, or not there yet.")],
) -> None:
    """Write a project of your own: the notebooks, the report, and its metadata."""
    with step(f"Project {folder}") as done:
        copied = write_project(folder)
        with contextlib.chdir(folder):
            made = [path for tag in settings.LANGUAGES[1:] for path in books.translate.refresh(tag)]
        done(f"{len(copied) + len(made)} files")
    echo(f"\nFill in {shown(folder / settings.MARK)}, then:")
    echo(f"  cd {folder}\n  mnist-report build")


def write_project(folder: Path) -> list[Path]:
    """Copy the files of a project, and return them; ReportError if the folder has others."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ReportError(f"{folder} is not empty; name a new folder.")
    files = {path: path.relative_to(OURS) for path in OURS.iterdir() if path.is_file()}
    found = (path for pattern in FILES for path in settings.SHIPPED.glob(pattern))
    files |= {path: path.relative_to(settings.SHIPPED) for path in found if path.is_file()}
    made = [folder / name for name in files.values()]
    with raised_as(lambda error: WriteError(f"Cannot write {folder}: {error}."), OSError):
        for source, target in zip(files, made, strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return made


def values(
    part: Annotated[str, Argument(help="Only the names that hold this, such as test.")] = "",
    lang: Annotated[Language, Option(help="Of the report.")] = Language.en,
    dataset: DataSet = None,
) -> None:
    """List the names of values that the report's prose may use, with their present values."""
    from notebook_report.cells import values_handed_over

    if lang is Language.all:
        raise BadParameter("The report of one language: zh-CN or en.")
    notebook = books.files.report_notebook(lang.value)
    copy = books.files.executed_copy(notebook)
    list(books.execute.execute_all({notebook: copy}))
    for name, value in flat("", values_handed_over(books.files.read(copy)) or {}):
        if part in name:
            echo(one_line(f"{name} = {value}"))


def flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield a value's parts by the names that lead to them: `test.best.digit`, `pairs[0].name`."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flat(f"{name}.{key}".lstrip("."), inner)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for place, inner in enumerate(value):
            yield from flat(f"{name}[{place}]", inner)
    else:
        yield name, f"{value:.6g}" if isinstance(value, float) else str(value)[:LONGEST]


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

    if lang is Language.all:
        raise BadParameter("A figure has one language: zh-CN or en.")
    chosen = console.known_recipe(settings.recipe_name() if recipe is None else recipe)
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
        answer = {"recipe": chosen.name, "seed": seed, "photos": [p.as_json() for p in read]}
        echo(json.dumps(answer, ensure_ascii=False, indent=1, allow_nan=False))
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
