"""The commands that make something: each says that a step begins, and what came out of it.

Rooms are imported when they are first used, so that `mnist-report --help` answers at once.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option, echo

import mnist_report
from mnist_report.cli import console
from mnist_report.cli.console import DataSet, Format, Language, Length, Seed, duration, shown, step
from mnist_report.common import ReportError, one_line, settings
from mnist_report.reporting import notebooks as books
from notebook_report import FORMATS, limits

if TYPE_CHECKING:
    from notebook_report.metadata import Metadata


def build(
    fresh: Annotated[bool, Option("--fresh", help="Train, compute and run all again.")] = False,
    dataset: DataSet = None,
) -> None:
    """Do everything, from the data to the report in Word, PDF and HTML."""
    from mnist_report.cli import unchanged

    started, (code, texts) = time.monotonic(), unchanged.read()
    made = None if fresh else unchanged.last(code)
    if made and made.texts == texts:
        files = map(Path, made.files)
        with step("The report") as done:
            for warning in made.warnings:
                echo(f"  {warning}", err=True)
            done(f"unchanged since {made.when}; `--fresh` makes all of it again")
    else:
        if fresh or unchanged.is_first():  # all notebooks will be run
            books.kernels.preload()
        files, warnings = _make(made.when if made else None, fresh)
        if unchanged.read()[0] == code:
            unchanged.remember(code, texts, files, warnings)
        else:  # what was kept may be of the code before, or of that after
            books.execute.forget()
            echo("Code or packages changed meanwhile: run again for a report of these.", err=True)
    echo(f"\nThe report, after {duration(time.monotonic() - started)}:")
    for path in files:
        echo(f"  {shown(path)}")


def _make(unchanged_since: str | None, fresh: bool) -> tuple[list[Path], list[str]]:
    """Do every step, or those after the training alone; return the files and the warnings."""
    cover_pages(Language.all)
    if fresh:
        books.execute.forget()
    if unchanged_since:
        with step("Data and run") as done:
            done(f"unchanged since {unchanged_since}")
    else:
        data()
        if settings.dataset() == settings.MNIST:
            hypothesis()
        train(settings.recipe_name(), fresh=fresh)
    reports = map(books.files.report_notebook, settings.LANGUAGES)
    execute(*books.files.analysis_notebooks(), *reports)
    return documents(Language.all, Format.all, executed=True)


def data(dataset: DataSet = None) -> None:
    """Fetch the data set and check it."""
    with step("Data") as done:
        folder, found = mnist_report.datasets.folder(), mnist_report.datasets.load()
        done(
            f"{found.about.title}, {len(found.about.classes)} classes, {len(found.train_images):,} "
            f"images for training and {len(found.test_images):,} for testing, in {shown(folder)}"
        )


def hypothesis() -> None:
    """Rank the pairs of digits from pixels alone, and store that before a network is trained."""
    with step("Hypothesis") as done:
        datasets = mnist_report.datasets
        found = datasets.load()
        train = datasets.preprocessing.stratified_split(found.train_labels).train
        images, labels = found.train_images[train].numpy(), found.train_labels[train].numpy()
        ranked = datasets.exploration.confusability_hypothesis(images, labels)
        made = datetime.fromtimestamp(ranked.attrs["time"]).strftime("%Y-%m-%d %H:%M:%S")
        first, second = ranked["pair"][0]
        done(f"{first} and {second} will be confused most often; stored {made}")


def train(
    recipe: Annotated[str, Argument(help="A recipe's name, or a file such as my.toml.")],
    seed: Seed = None,
    fresh: Annotated[bool, Option("--fresh", help="Train again.")] = False,
    compiled: Annotated[
        bool, Option("--compile", help="Translate the network by torch.compile first.")
    ] = False,
    dataset: DataSet = None,
) -> None:
    """Train a recipe and evaluate it; a finished run is read back."""
    chosen, seed = console.known_recipe(recipe), settings.seed(seed)
    with step(f"Training {chosen.name}, seed {seed}") as done:
        if fresh:
            books.execute.kept.forget()
        found = mnist_report.datasets.load()
        trained = mnist_report.training.train(chosen, seed, fresh, found, compiled=compiled)
        test = mnist_report.evaluation.evaluate(trained, found).test
        done(
            f"{test.accuracy:.2%} of the test images are classified correctly; the run took "
            f"{duration(trained.summary.training_seconds)}, {shown(trained.folder)}"
        )


def notebooks(
    names: Annotated[
        list[str] | None, Argument(help="Their names or numbers; all by default.")
    ] = None,
    inplace: Annotated[
        bool, Option("--inplace", help="Put the outputs into notebooks/ itself.")
    ] = False,
    lang: Annotated[Language, Option(help="Their language.")] = Language.en,
    dataset: DataSet = None,
) -> None:
    """Run the notebooks of the analysis, those that changed."""
    everything, chosen = books.files.analysis_notebooks(), []
    for name in names or []:  # a number, a stem, a file name and a path will do
        stem = Path(name).name.removesuffix(".ipynb")
        found = [path for path in everything if f"{path.stem}_".startswith(f"{stem}_")]
        if not found:
            known = ", ".join(path.stem for path in everything)
            raise BadParameter(f"There is no notebook {name!r}; there are {known}.")
        chosen += found
    for language in console.LANGUAGES if lang is Language.all else (lang.value,):
        _notebooks(chosen or everything, language, inplace)


def _notebooks(chosen: Sequence[Path], language: str, inplace: bool) -> None:
    """Run notebooks in a language; those of another than English are translated first."""
    source = settings.LANGUAGES[0]
    if language != source:
        with step(f"Translating into {language}") as done:
            made = books.translate.refresh(language)
            done(f"{len(made)} notebooks in {shown(made[0].parent)}")
        chosen = [notebook.parent / language / notebook.name for notebook in chosen]
    for notebook, copy in zip(chosen, execute(*chosen), strict=True):
        if inplace:
            books.execute.write_back(copy, notebook)
            upkeep("pictures", str(notebook))
    if inplace and language == source and (settings.project_root() / "tools").is_dir():
        with step("Gallery") as done:
            done(", ".join(map(shown, upkeep("gallery"))))


def upkeep(task: str, *words: str) -> list[Path]:
    """Let the project's own `tools/`, if it has them, renew its documents; return what changed."""
    root = settings.project_root()
    if not (root / "tools" / f"{task}.py").is_file():
        return []
    call = [sys.executable, "-X", "utf8", "-m", "tools", task, *words]
    answer = subprocess.run(  # noqa: S603 (words of our own)
        call, cwd=root, capture_output=True, encoding="utf-8", check=False
    )
    if answer.returncode:
        last = answer.stderr.strip().rpartition("\n")[2]
        raise ReportError(f"python -m tools {task}: {last}")
    return [Path(line) for line in answer.stdout.splitlines()]


def execute(*notebooks: Path) -> list[Path]:
    """Run notebooks, those whose executed copies are out of date; return these."""
    copies = {path: books.files.executed_copy(path) for path in dict.fromkeys(notebooks)}
    one, unchanged = len(copies) == 1, list(copies)
    with step(f"Notebook {notebooks[0].stem}" if one else "Notebooks, two at a time") as done:
        for path in books.execute.execute_all(copies):
            unchanged.remove(path)
            done("run" if one else f"{path.stem}: run")
        if unchanged:
            names = ", ".join(path.stem for path in unchanged)
            done("unchanged" if one else f"{names}: unchanged")
    return [copies[path] for path in notebooks]


def export(
    lang: Annotated[Language, Option(help="The report's language.")] = Language.all,
    to: Annotated[Format, Option(help="The kind of file.")] = Format.all,
    strict: Annotated[
        bool, Option("--strict", help="Stop at what is missing, broken or cannot be shown.")
    ] = False,
    length: Annotated[
        Length | None, Option(help="Of the report; by default as its metadata.yml has it.")
    ] = None,
    dataset: DataSet = None,
) -> None:
    """Export the report, with the numbers of the run with seed 0."""
    for path in documents(lang, to, strict, length)[0]:
        echo(f"  {shown(path)}")


def cover_pages(lang: Language) -> dict[str, Metadata]:
    """Read what stands on the cover, by language, before anything runs that takes long."""
    from notebook_report import metadata

    languages = console.LANGUAGES if lang is Language.all else (lang.value,)
    return {tag: metadata.load(books.files.metadata_file(), tag) for tag in languages}


def documents(
    lang: Language,
    to: Format,
    strict: bool = False,
    length: Length | None = None,
    executed: bool = False,
) -> tuple[list[Path], list[str]]:
    """Run the report's notebooks, unless they were just `executed`, and export them.

    Returns the files and the warnings; `strict` stops at one.
    """
    formats, covers = FORMATS if to is Format.all else (to.value,), cover_pages(lang)
    reports = list(map(books.files.report_notebook, covers))
    copies = map(books.files.executed_copy, reports) if executed else execute(*reports)
    with step(f"Exporting {', '.join(covers)}") as done:
        notebooks = dict(zip(covers, copies, strict=True))
        with limits.bounded(console.give_up, len(notebooks) * len(formats)):
            made = books.files.export(notebooks, formats, strict, length or "")
        warnings = []
        for language, told in made.items():
            found = [line for lines in told.values() for line in lines]
            if left_open := covers[language].left_open:
                found.append(f"metadata.yml: still to fill in: {', '.join(left_open)}")
            warnings += map(one_line, dict.fromkeys(found))  # each once, whatever the format
        for warning in warnings:
            echo(f"  {warning}", err=True)
        done(", ".join(formats))
    return [path for told in made.values() for path in told], warnings
