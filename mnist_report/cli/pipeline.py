"""The commands that make something: each says that a step begins, and what came out of it.

Imports wait inside the commands, so that `mnist-report --help` answers at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option, echo

from mnist_report.cli import console
from mnist_report.cli.console import (
    DataSet,
    Format,
    Language,
    Length,
    Seed,
    duration,
    shown,
    step,
)
from mnist_report.common import settings
from mnist_report.common.errors import ReportError, StudyError, raised_as
from notebook_report import FORMATS

if TYPE_CHECKING:
    from mnist_report.studies.run import Plan
    from mnist_report.training.recipes import Recipe
    from notebook_report.metadata import Metadata


def build(dataset: DataSet = None) -> None:
    """Do everything, from the data to the report in Word, PDF and HTML."""
    from mnist_report.reporting.notebooks.execute import analysis_notebooks
    from mnist_report.training import recipes

    started = time.monotonic()
    cover_pages(Language.all)
    data()
    run(recipes.current())
    for notebook in analysis_notebooks():
        execute(notebook)
    files = documents(Language.all, Format.all)
    echo(f"\nThe report, after {duration(time.monotonic() - started)}:")
    for path in files:
        echo(f"  {shown(path)}")


def data(dataset: DataSet = None) -> None:
    """Fetch the data set and check it."""
    from mnist_report import datasets

    with step("Data") as done:
        folder, found = datasets.folder(), datasets.load()
        done(
            f"{found.about.title}, {len(found.about.classes)} classes, {len(found.train_images):,} "
            f"images for training and {len(found.test_images):,} for testing, in {shown(folder)}"
        )


def train(
    recipe: Annotated[str, Argument(help="A recipe's name, or a file such as my.toml.")],
    seed: Seed = 0,
    fresh: Annotated[bool, Option("--fresh", help="Train again.")] = False,
    compiled: Annotated[
        bool, Option("--compile", help="Translate the network by torch.compile first.")
    ] = False,
    dataset: DataSet = None,
) -> None:
    """Train a recipe and evaluate it; a finished run is read back."""
    run(console.known_recipe(recipe), seed, fresh, compiled)


def run(recipe: Recipe, seed: int = 0, fresh: bool = False, compiled: bool = False) -> None:
    """Train a recipe, or read its run back, and evaluate it."""
    with step(f"Training {recipe.name}, seed {seed}") as done:
        from mnist_report import datasets, evaluation, training

        found = datasets.load()
        trained = training.train(recipe, seed, fresh, found, compiled=compiled)
        test = evaluation.evaluate(trained, found).test
        done(
            f"{test.accuracy:.2%} of the test images are classified correctly; the run took "
            f"{duration(trained.summary.training_seconds)}, {shown(trained.folder)}"
        )


def study(
    name: Annotated[str, Argument(help="The study's name, such as recipes.")],
    seeds: Annotated[int | None, Option(min=1, help="Runs of each recipe: seeds 0, 1, …")] = None,
    jobs: Annotated[int | None, Option(min=1, help="At a time; default: one a core.")] = None,
    scheduler: Annotated[
        str | None, Option(metavar="ADDRESS", help="A Dask scheduler, to run on its workers.")
    ] = None,
) -> None:
    """Train several recipes with several seeds, and record what they say together."""
    from mnist_report.studies import definitions

    with raised_as(lambda error: BadParameter(str(error)), StudyError):
        definitions.check(name)
    with step(f"Study {name}") as done:
        from mnist_report.reporting import tables
        from mnist_report.studies import run as studies

        record = studies.run(name, seeds, jobs, scheduler, announce=_announce)
        changed = [studies.path(name), *_upkeep("readme", name)]
        done(f"{len(record.runs)} runs, recorded in {', '.join(map(shown, changed))}")
    echo(f"\n{tables.recipe_study(record).to_string()}")


def _announce(plan: Plan) -> None:
    finished, missing = len(plan.finished), len(plan.missing)
    text = f"  {finished + missing} runs, of which {finished} are finished"
    if missing:
        text += f"; the others take about {duration(plan.time)} with --jobs {plan.jobs}"
    echo(text)


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
    from mnist_report.reporting.notebooks.execute import analysis_notebooks

    everything = analysis_notebooks()
    chosen = []
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
    """Run notebooks in a language; those of another than English are translated first.

    In place, the outputs go into the notebooks themselves, and from the English ones the gallery.
    """
    from mnist_report.reporting.notebooks import execute as execution
    from mnist_report.reporting.notebooks import translate

    source = settings.LANGUAGES[0]
    if language != source:
        with step(f"Translating into {language}") as done:
            made = translate.refresh(language)
            done(f"{len(made)} notebooks in {shown(made[0].parent)}")
        chosen = [execution.translated_notebook(notebook, language) for notebook in chosen]
    for notebook in chosen:
        (copy,) = execute(notebook)
        if inplace:
            execution.write_back(copy, notebook)
            _upkeep("pictures", str(notebook))
    if inplace and language == source and (settings.project_root() / "tools").is_dir():
        with step("Gallery") as done:
            done(", ".join(map(shown, _upkeep("gallery"))))


def _upkeep(task: str, *words: str) -> list[Path]:
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
    """Run notebooks at the same time, those whose executed copies are out of date; return these."""
    from mnist_report.reporting.notebooks import execute as execution

    copies = [execution.executed_copy(notebook) for notebook in notebooks]
    several = len(notebooks) > 1
    # Kernels that each take all cores wait for one another, and are slower than one at a time.
    share = max(1, (os.cpu_count() or 1) // len(notebooks)) if several else None
    title = f"Notebook{'s' if several else ''} {', '.join(path.stem for path in notebooks)}"
    with step(title) as done, ThreadPoolExecutor(len(notebooks)) as pool:
        work = partial(execution.execute, threads=share)
        done("run" if any([*pool.map(work, notebooks, copies)]) else "unchanged")
    return copies


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
    for path in documents(lang, to, strict, length):
        echo(f"  {shown(path)}")


def cover_pages(lang: Language) -> dict[str, Metadata]:
    """Read what stands on the cover, by language, before anything runs that takes long."""
    from mnist_report.reporting.notebooks import execute as execution
    from notebook_report import metadata

    languages = console.LANGUAGES if lang is Language.all else (lang.value,)
    return {tag: metadata.load(execution.metadata_file(), tag) for tag in languages}


def documents(
    lang: Language, to: Format, strict: bool = False, length: Length | None = None
) -> list[Path]:
    """Run the report's notebooks and export them; return the files. `strict` stops at warnings."""
    from mnist_report.reporting.notebooks import execute as execution
    from notebook_report import export_notebook

    formats, covers = FORMATS if to is Format.all else (to.value,), cover_pages(lang)
    copies = execute(*map(execution.report_notebook, covers))
    files = []
    for (language, about), copy in zip(covers.items(), copies, strict=True):
        made = {to: execution.build_folder() / f"mnist-report.{language}.{to}" for to in formats}
        with step(f"Exporting {language}") as done:
            warnings = [
                warning
                for to, out in made.items()
                for warning in export_notebook(
                    copy, to, out, execution.metadata_file(), strict, length or ""
                )
            ]
            if about.left_open:
                warnings.append(f"metadata.yml: still to fill in: {', '.join(about.left_open)}")
            for warning in dict.fromkeys(warnings):  # each once, whatever the format
                echo(f"  {warning}", err=True)
            done(", ".join(formats))
        files += made.values()
    return files
