"""The command `study`: many runs, or the simpler methods, in one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, BadParameter, Option, echo

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
    from mnist_report.studies import definitions

    with raised_as(lambda error: BadParameter(str(error)), StudyError):
        definitions.check(name)
    if name == definitions.BASELINES:
        if seeds or jobs or scheduler:
            raise BadParameter("The study baselines has no runs: give it no option.")
        _baselines()
    else:
        _runs(name, seeds, jobs, scheduler)


def _runs(name: str, *how: int | str | None) -> None:
    def announce(plan: Plan) -> None:
        finished, missing = len(plan.finished), len(plan.missing)
        text = f"  {finished + missing} runs, of which {finished} are finished"
        rest = f"; the others take about {duration(plan.time)} with --jobs {plan.jobs}"
        echo(text + rest if missing else text)

    with step(f"Study {name}") as done:
        from mnist_report.reporting import tables
        from mnist_report.studies import run as studies

        record = studies.run(name, *how, announce=announce)
        changed = [studies.path(name), *upkeep("readme", name)]
        done(f"{len(record.runs)} runs, recorded in {', '.join(map(shown, changed))}")
    echo(f"\n{tables.recipe_study(record).to_string()}")


def _baselines() -> None:
    """Measure the simpler methods on MNIST, and record that."""
    with step("Study baselines") as done:
        from mnist_report import datasets
        from mnist_report.common import storage
        from mnist_report.evaluation import baselines as methods
        from mnist_report.reporting import tables

        record = methods.record(datasets.load())
        storage.write_json(methods.path(), record.as_json())
        done(f"{len(record.rows)} methods, recorded in {shown(methods.path())}")
    echo(f"\n{tables.baselines(record.rows).to_string()}")
