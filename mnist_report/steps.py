"""The steps of the commands: each says on the screen that it begins, and what came out of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import typer

LANGUAGES = ("zh-CN", "en")
FORMATS = ("docx", "pdf", "html")


def fetch() -> None:
    """Fetch the data set."""
    from mnist_report import dataset

    with _step("Data") as done:
        done(f"the four files of MNIST in {shown(dataset.fetch())}")


def train(recipe: str, seed: int = 0, fresh: bool = False) -> None:
    """Train a recipe, or read its run back, and evaluate it."""
    with _step(f"Training {recipe}, seed {seed}") as done:
        from mnist_report import dataset, evaluation, recipes, training

        run = training.train(recipes.get(recipe), seed=seed, fresh=fresh)
        test = evaluation.evaluate(run, dataset.load())["test"]
        done(
            f"{test['accuracy']:.2%} of the test images are read correctly; "
            f"the run took {duration(run.summary['training_seconds'])}, {shown(run.folder)}"
        )


def execute(notebook: Path) -> Path:
    """Run a notebook, unless its executed copy is up to date; returns that copy."""
    from mnist_report import running

    out = running.executed_copy(notebook)
    with _step(f"Notebook {notebook.stem}") as done:
        done("run" if running.execute(notebook, out) else "unchanged")
    return out


def export(languages: Sequence[str] = LANGUAGES, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Run the report's notebooks and export them; returns the files."""
    from mnist_report import running, settings

    metadata = settings.project_root() / "report" / "metadata.yml"
    files = []
    for language in languages:
        executed = execute(running.report_notebook(language))
        with _step(f"Exporting {language}") as done:
            from mnist_report.export import export_notebook

            made = [running.build_folder() / f"mnist-report.{language}.{to}" for to in formats]
            warnings = {  # a dictionary keeps their order, and each of them once
                warning: None
                for to, out in zip(formats, made, strict=True)
                for warning in export_notebook(executed, to, out, metadata_file=metadata)
            }
            for warning in warnings:
                typer.echo(f"  {warning}", err=True)
            done(", ".join(formats))
        files += made
    return files


@contextlib.contextmanager
def _step(title: str) -> Iterator[Callable[[str], None]]:
    """Say that a step begins, and what came out of it after how long."""
    typer.echo(f"{title} …")
    started = time.monotonic()
    yield lambda text: typer.echo(f"  {text} ({duration(time.monotonic() - started)})")


def duration(seconds: float) -> str:
    """Seconds as one would say them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"


def shown(path: Path) -> str:
    """A path as short as it can be written from where the user is."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
