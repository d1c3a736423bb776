"""The command `check`, for teachers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mnist_report.checking.verdict import State, Verdict
from mnist_report.cli import console


def check(
    path: Annotated[Path, typer.Argument(help="A handed-in project, or a folder of many.")],
    report: Annotated[
        list[Path] | None, typer.Option(help="A Word or PDF file handed in apart; repeatable.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--csv", help="Write a table: one row a hand-in.")
    ] = None,
) -> None:
    """Check that notebooks, results and report of a hand-in agree; nothing in it is run."""
    from mnist_report.checking import classroom

    folders = classroom.hand_ins(path)
    if report and len(folders) > 1:
        raise typer.BadParameter("--report belongs to one hand-in: give the folder of that one.")
    verdicts = []
    for folder in folders:
        verdicts.append(classroom.examine(folder, report or ()))
        _tell(verdicts[-1], in_full=len(folders) == 1)
    for folder, others in classroom.same_weights(verdicts).items():
        if others:
            typer.echo(f"{folder}: the same weights as {', '.join(others)}")
    if table:
        classroom.write_table(verdicts, table)
    raise typer.Exit(any(verdict.wrong for verdict in verdicts))


def _tell(verdict: Verdict, in_full: bool) -> None:
    """Say all findings about one hand-in, or of several only what is wrong with each."""
    who = " ".join(filter(None, (verdict.name, verdict.number)))
    typer.echo(f"{verdict.folder}{f' ({who})' if who else ''}")
    for finding in verdict.findings if in_full else verdict.wrong:
        unchecked = finding.state is State.UNCHECKED
        sign = "–" if unchecked else console.mark(not finding.wrong)
        typer.echo(f"{sign} {finding.subject}: {finding.state}: {finding.text}")
    if in_full:
        for name, text in verdict.facts.items():
            typer.echo(f"  {name}: {text}")
    typer.echo(f"{console.mark(not verdict.wrong)} {verdict.summary()}")
