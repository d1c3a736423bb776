"""The command `study`: many runs, the simpler methods, or written pages, in one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option, echo

import mnist_report
from mnist_report.cli.console import duration, shown, step
from mnist_report.cli.pipeline import upkeep
from mnist_report.common.errors import StudyError, raised_as

if TYPE_CHECKING:
    from mnist_report.studies.run import Plan


def study(
    name: Annotated[str, Argument(help="The study's name, such as recipes.")],
    seeds: Annotated[int | None, Option(min=1, help="Runs of each recipe: seeds 0, 1, …")] = None,
    jobs: Annotated[int | None, Option(min=1, help="At a time; default: one a core.")] = None,
    scheduler: Annotated[
        str | None, Option(metavar="ADDRESS", help="A Dask scheduler, to run on its workers.")
    ] = None,
) -> None:
    """Train several recipes with several seeds, and record what they say together."""
    definitions = mnist_report.studies.definitions
    with raised_as(lambda error: BadParameter(str(error)), StudyError):
        definitions.check(name)
    if name in definitions.APART:
        if seeds or jobs or scheduler:
            raise BadParameter(f"The study {name} has no runs: give it no option.")
        _apart(name)
    else:
        _runs(name, seeds=seeds, jobs=jobs, scheduler=scheduler)


def _runs(name: str, **how: int | str | None) -> None:
    def announce(plan: Plan) -> None:
        finished, missing = len(plan.finished), len(plan.missing)
        text = f"  {finished + missing} runs, of which {finished} are finished"
        rest = f"; the others take about {duration(plan.time)} with --jobs {plan.jobs}"
        echo(text + rest if missing else text)

    with step(f"Study {name}") as done:
        from mnist_report.studies import run as studies

        record = studies.run(name, announce=announce, **how)
        changed = [studies.path(name), *upkeep("readme", name)]
        done(f"{len(record.runs)} runs, recorded in {', '.join(map(shown, changed))}")
    echo(f"\n{mnist_report.tables.recipe_study(record).to_string()}")


def _apart(name: str) -> None:
    """Measure the simpler methods, or a run on written pages, on MNIST; and record that."""
    with step(f"Study {name}") as done:
        from mnist_report.common import storage

        pages = name == "handwriting"
        room = mnist_report.handwriting.accuracy if pages else mnist_report.evaluation.baselines
        record = room.record(mnist_report.datasets.load())
        storage.write_json(room.path(), record.as_json())
        done(f"recorded in {shown(room.path())}")
    tables = mnist_report.tables
    shows = tables.disturbances(record) if pages else tables.baselines(record.rows)
    echo(f"\n{shows.to_string()}")
