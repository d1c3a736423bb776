"""The steps of the commands: each says on the screen that it begins, and what came out of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mnist_report.cli.console import duration, shown, step
from mnist_report.cli.options import LANGUAGES
from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from notebook_report import FORMATS

if TYPE_CHECKING:
    from mnist_report.studies.run import Plan
    from mnist_report.training.recipes import Recipe


def fetch() -> None:
    """Fetch the data set."""
    from mnist_report import datasets

    with step("Data") as done:
        folder, data = datasets.folder(), datasets.load()
        done(
            f"{data.about.title}, {len(data.about.classes)} classes, {len(data.train_images):,} "
            f"images for training and {len(data.test_images):,} for testing, in {shown(folder)}"
        )


def train(recipe: Recipe, seed: int = 0, fresh: bool = False, compiled: bool = False) -> None:
    """Train a recipe, or read its run back, and evaluate it."""
    with step(f"Training {recipe.name}, seed {seed}") as done:
        from mnist_report import datasets, evaluation, training

        data = datasets.load()
        run = training.train(recipe, seed, fresh, data, compiled=compiled)
        test = evaluation.evaluate(run, data).test
        done(
            f"{test.accuracy:.2%} of the test images are classified correctly; "
            f"the run took {duration(run.summary['training_seconds'])}, {shown(run.folder)}"
        )


def study(
    name: str, seeds: int | None = None, jobs: int | None = None, scheduler: str | None = None
) -> None:
    """Make the runs of a study, record them, and renew the READMEs' table."""
    with step(f"Study {name}") as done:
        from mnist_report.reporting import tables
        from mnist_report.studies import run as studies

        record = studies.run(name, seeds, jobs, scheduler, announce=_announce)
        changed = [studies.path(name), *_upkeep("readme", name)]
        done(f"{len(record.runs)} runs, recorded in {', '.join(map(shown, changed))}")
    typer.echo(f"\n{tables.recipe_study(record).to_string()}")


def _announce(plan: Plan) -> None:
    finished, missing = len(plan.finished), len(plan.missing)
    text = f"  {finished + missing} runs, of which {finished} are finished"
    if missing:
        text += f"; the others take about {duration(plan.time)} with --jobs {plan.jobs}"
    typer.echo(text)


def notebooks(chosen: Sequence[Path], language: str, inplace: bool = False) -> None:
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
    if inplace and language == source and _upkeep_folder().is_dir():
        with step("Gallery") as done:
            done(", ".join(map(shown, _upkeep("gallery"))))


def _upkeep_folder() -> Path:
    """Return where the programs lie that renew this repository's own documents, if it has them."""
    return settings.project_root() / "tools"


def _upkeep(task: str, *words: str) -> list[Path]:
    """Let the project's own `tools/` renew its documents; return the files that changed.

    Raises:
        ReportError: the task failed, for the reason that it gave last.
    """
    if not (_upkeep_folder() / f"{task}.py").is_file():
        return []
    call = [sys.executable, "-X", "utf8", "-m", "tools", task, *words]
    answer = subprocess.run(  # noqa: S603 (words of our own)
        call, cwd=_upkeep_folder().parent, capture_output=True, encoding="utf-8", check=False
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
        run = partial(execution.execute, threads=share)
        done("run" if any([*pool.map(run, notebooks, copies)]) else "unchanged")
    return copies


def export(
    languages: Sequence[str] = LANGUAGES, formats: Sequence[str] = FORMATS, strict: bool = False
) -> list[Path]:
    """Run the report's notebooks and export them; return the files.

    Raises:
        ExportError: what stops an export; with `strict`, that is every warning.
    """
    from mnist_report.reporting.notebooks import execute as execution
    from notebook_report import export_notebook

    copies = execute(*(execution.report_notebook(language) for language in languages))
    files = []
    for language, copy in zip(languages, copies, strict=True):
        made = [execution.build_folder() / f"mnist-report.{language}.{to}" for to in formats]
        with step(f"Exporting {language}") as done:
            warnings = [
                warning
                for to, out in zip(formats, made, strict=True)
                for warning in export_notebook(copy, to, out, execution.metadata_file(), strict)
            ]
            for warning in dict.fromkeys(warnings):  # each once, whatever the format
                typer.echo(f"  {warning}", err=True)
            done(", ".join(formats))
        files += made
    return files
