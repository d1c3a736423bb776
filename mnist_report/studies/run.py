"""Recorded studies: many runs, and what they say together.

A study trains the recipes of a grid, each with the same seeds. Its runs lie in the results store
like all others, so that a study that was stopped goes on where it was; its record,
`report/studies/<name>.json`, is kept with the project, for report and README.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import joblib
import torch
from tqdm import tqdm

from mnist_report import datasets, training
from mnist_report.common import settings, storage
from mnist_report.common.errors import MissingStudyError, StudyError
from mnist_report.datasets.dataset import Dataset
from mnist_report.studies import definitions, durations
from mnist_report.studies import record as study_record
from mnist_report.studies.worker import environment, train_one
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import Run

REPORTED = ("recipes", "ablation", "data-size", "faults")


@dataclass(frozen=True)
class Plan:
    """What a study has still to do.

    Attributes:
        finished: the runs that are in the results store already.
        missing: recipe and seed of the others, in the order in which they are begun.
        seconds: what each of `missing` is expected to take.
        jobs: how many of them run side by side.
    """

    finished: list[Run]
    missing: list[tuple[Recipe, int]]
    seconds: list[float]
    jobs: int

    @property
    def time(self) -> float:
        """Seconds until all is done, if the jobs do not slow each other down."""
        return max([sum(self.seconds) / self.jobs, *self.seconds])


def path(name: str) -> Path:
    """Where the record of a study lies, or will lie.

    Raises:
        StudyError: there is no such study.
    """
    definitions.check(name)
    return settings.project_root() / "report" / "studies" / f"{name}.json"


def load(name: str) -> dict[str, Any]:
    """Read the record of a study.

    Raises:
        MissingStudyError: it has not been run.
        ResultsError: the file is damaged.
    """
    if not path(name).exists():
        raise MissingStudyError(
            f"The study {name!r} has not been recorded: run `mnist-report study {name}`."
        )
    return storage.read_json(path(name))


def load_all() -> dict[str, dict[str, Any]]:
    """Read the records that the report speaks of, by their studies' names.

    Raises:
        MissingStudyError: one has not been recorded.
    """
    return {name: load(name) for name in REPORTED}


def run(
    name: str,
    seeds: int | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    data: Dataset | None = None,
    announce: Callable[[Plan], None] = lambda plan: None,
) -> dict[str, Any]:
    """Train every recipe of a study with every seed, and write the record.

    Args:
        name: a study of `grids`.
        seeds: how many; by default as many as its grid says.
        jobs: as for `train`, like all that follow.
        scheduler: of a Dask cluster.
        data: the data set; MNIST by default.
        announce: is told what there is to do, before the first run begins.

    Returns:
        The record, as `load` reads it.

    Raises:
        StudyError: there is no such study, a number is below 1, or Dask is out of reach.
    """
    grid = definitions.get(name)
    runs = train(grid, seeds, jobs, scheduler, data, announce)
    data = data or datasets.load()
    record = study_record.make(grid, runs, data.test_labels) | grid.measure(runs, data)
    storage.write_json(path(name), record)
    return record


def train(
    grid: definitions.Grid,
    seeds: int | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    data: Dataset | None = None,
    announce: Callable[[Plan], None] = lambda plan: None,
) -> list[Run]:
    """The runs of a grid, in any order; finished ones are read back.

    The first seed is taken for all recipes, then the second, and so on: a study that is stopped
    holds whole seeds, and asked for so many it is recorded at once.

    Args:
        grid: what to train.
        seeds: how many; they are 0, 1, 2, …; by default as many as the grid says.
        jobs: runs side by side, which share the processor's cores; by default one a core, and one
            on an accelerator.
        scheduler: address of a Dask scheduler, whose workers then do the runs. They keep them in
            their own results folder, from which a later study reads them back.
        data: the data set; MNIST by default.
        announce: is told what there is to do, before the first run begins.

    Raises:
        StudyError: a number is below 1, or Dask is out of reach.
    """
    seeds = grid.seeds if seeds is None else seeds
    jobs = _jobs() if jobs is None else jobs
    for word, number in (("seeds", seeds), ("jobs", jobs)):
        if number < 1:
            raise StudyError(f"{word}: {number} is less than 1.")
    data_here = data or datasets.load()  # fetched before several workers ask
    threads = _share_of_threads(jobs, scheduler)
    with _workers(jobs, scheduler):
        if scheduler:
            jobs = joblib.effective_n_jobs()  # as many as the workers have threads
        plan = _plan(grid, seeds, data_here, jobs, threads)
        announce(plan)
        tasks = [joblib.delayed(train_one)(*job, data, threads) for job in plan.missing]
        answers = joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)
        return plan.finished + list(_with_progress(grid.name, answers, plan))


def _plan(
    grid: definitions.Grid, seeds: int, data: Dataset, jobs: int, threads: int | None
) -> Plan:
    """What is finished, and how long the rest will take."""
    digests = {recipe.name: training.run_fingerprint(recipe, data) for recipe in grid.recipes}
    finished, missing = [], []
    for seed in range(seeds):
        for recipe in grid.recipes:
            run = training.finished_run(recipe, seed, digests[recipe.name])
            if run is None:
                missing.append((recipe, seed))
            else:
                finished.append(run)
    unknown = dict.fromkeys(recipe for recipe, _ in missing)
    with environment(threads), tqdm(unknown, desc="looking ahead", leave=False) as bar:
        each = {recipe.name: durations.seconds(recipe, data) for recipe in bar}
    seconds = [each[recipe.name] for recipe, _ in missing]
    return Plan(finished, missing, seconds, jobs)


def _with_progress(name: str, answers: Iterable[Run], plan: Plan) -> Iterator[Run]:
    """The runs as they are finished; the bar counts expected seconds, as runs differ in length."""
    jobs = zip(plan.missing, plan.seconds, strict=True)
    seconds = {(recipe.name, seed): expected for (recipe, seed), expected in jobs}
    total = len(plan.finished) + len(plan.missing)
    style = "{desc}: {percentage:3.0f}%|{bar}| {postfix} [{elapsed}<{remaining}]"
    bar = tqdm(desc=f"study {name}", total=sum(plan.seconds), bar_format=style, smoothing=0)
    with bar:
        for done, run in enumerate(answers, start=len(plan.finished) + 1):
            bar.set_postfix_str(f"{done} of {total} runs", refresh=False)
            bar.update(seconds[run.summary.recipe, run.summary.seed])
            yield run


def _jobs() -> int:
    """How many runs go side by side by default.

    On a CPU one a core, each with one thread, so that none waits for another.
    """
    return joblib.cpu_count() if settings.device().type == "cpu" else 1


def _share_of_threads(jobs: int, scheduler: str | None) -> int | None:
    """Threads for each of several jobs; none where they need no sharing.

    Threads of two runs that want the same core wait for each other, many times in a step: both
    runs would take many times longer than one after the other.
    """
    if scheduler or jobs == 1:
        return None
    return max(1, torch.get_num_threads() // jobs)


def _workers(jobs: int, scheduler: str | None) -> joblib.parallel_config:
    """The context in which joblib uses this machine's processes, or a Dask cluster."""
    if scheduler is None:
        return joblib.parallel_config("loky", n_jobs=jobs)
    if find_spec("distributed") is None:
        raise StudyError('A Dask cluster needs Dask: run `pip install "mnist-report[cluster]"`.')
    try:
        return joblib.parallel_config("dask", scheduler_host=scheduler)
    except (OSError, ValueError) as error:
        raise StudyError(f"No Dask scheduler answers at {scheduler}: {error}.") from error
