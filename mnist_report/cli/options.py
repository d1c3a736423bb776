"""What the options of several commands may be."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mnist_report.common import settings


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
