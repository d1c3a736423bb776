"""A project of one's own, from the files that the package comes with."""

import contextlib
import shutil
from pathlib import Path
from typing import Annotated

from typer import Argument, echo

from mnist_report.cli.console import shown, step
from mnist_report.common import settings
from mnist_report.common.errors import ReportError, WriteError, raised_as

OURS = settings.PACKAGE / "project"  # of projects alone: Makefile, read-me
FILES = ("notebooks/*.ipynb", "notebooks/*.po", "report/*.*", "report/studies/**/*.*")


def new(
    folder: Annotated[Path, Argument(help="A folder that is empty, or not there yet.")],
) -> None:
    """Write a project of your own: the notebooks, the report, and its metadata."""
    from mnist_report.reporting.notebooks import translate

    with step(f"Project {folder}") as done:
        copied = write(folder)
        with contextlib.chdir(folder):
            made = [path for tag in settings.LANGUAGES[1:] for path in translate.refresh(tag)]
        done(f"{len(copied) + len(made)} files")
    echo(f"\nFill in {shown(folder / settings.MARK)}, then:")
    echo(f"  cd {folder}\n  mnist-report build")


def write(folder: Path) -> list[Path]:
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
