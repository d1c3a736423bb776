"""The names that prose of the report may use, and what they stand for at present."""

from collections.abc import Iterator
from typing import Annotated

from typer import Argument, BadParameter, Option, echo

from mnist_report.cli.console import DataSet, Language

LONGEST = 60  # characters of a value that are shown


def values(
    part: Annotated[str, Argument(help="Only the names that hold this, such as test.")] = "",
    lang: Annotated[Language, Option(help="Of the report.")] = Language.en,
    dataset: DataSet = None,
) -> None:
    """List the names of values that the report's prose may use, with their present values."""
    from mnist_report.reporting.notebooks import execute, files
    from notebook_report.cells import values_handed_over

    if lang is Language.all:
        raise BadParameter("The report of one language: zh-CN or en.")
    notebook = execute.report_notebook(lang.value)
    copy = execute.executed_copy(notebook)
    execute.execute(notebook, copy)
    for name, value in flat("", values_handed_over(files.read(copy)) or {}):
        if part in name:
            echo(f"{name} = {value}")


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
