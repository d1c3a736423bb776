"""Recorded studies: many runs, and what they say together (docs/studies.md).

The runs lie in the results store like all others: a study that was stopped goes on where it was.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import joblib
import torch
from tqdm import tqdm

from mnist_report import datasets, training
from mnist_report.common import MissingStudyError, StudyError, settings, storage
from mnist_report.datasets import Dataset, Split
from mnist_report.training import Recipe, Run
from mnist_report.training.loop import fit

from . import ablation, cluster, comparison, definitions, published_program
from . import record as study_record
from .definitions import Definition
from .record import Study
from .worker import environment, train_one

STEPS = 5  # to extrapolate from, after as many to warm up


class Records(NamedTuple):
    """The records that the report speaks of."""

    recipes: comparison.RecipeStudy
    ablation: ablation.AblationStudy
    data_size: Study
    faults: published_program.FaultStudy


REPORTED = tuple(name.replace("_", "-") for name in Records._fields)


@dataclass(frozen=True)
class Plan:
    """Work that a study has still to do."""

    finished: list[Run]  # those in the results store already
    missing: list[tuple[Recipe, int]]  # recipe and seed of the others, in the order of beginning
    seconds: list[float]  # what each of `missing` is expected to take
    jobs: int  # how many of them run side by side

    @property
    def time(self) -> float:
        """Seconds until all is done, if the jobs do not slow each other down."""
        return max([sum(self.seconds) / self.jobs, *self.seconds])


def path(name: str) -> Path:
    """Return where the record of a known study, else StudyError, lies, or will lie."""
    definitions.check(name)
    return settings.project_root() / "report" / "studies" / f"{name}.json"


def read(name: str, file: Path) -> Study:
    """Read the record of a study from a file, wherever that is; errors as of `Stored.read`."""
    if name == definitions.SEARCH:
        return definitions.SearchStudy.read(file)
    known = definitions.STUDIES.get(name)
    return (known.record if known else Study).read(file)


def load(name: str) -> Study:
    """Read the record of a study; MissingStudyError if it has not been run, else as `read`."""
    if not path(name).exists():
        missing = f"The study {name!r} has not been recorded"
        raise MissingStudyError(f"{missing}: run `mnist-report study {name}`.")
    return read(name, path(name))


def load_all() -> Records:
    """Read the records that the report speaks of; errors as of `load`."""
    return Records(*map(load, REPORTED))


def run(name: str, data: Dataset | None = None, **how: Any) -> Study:
    """Train every recipe of a study with every seed, as `train` says, and write the record."""
    study = definitions.get(name)
    runs = train(study, data=data, **how)
    data = data or datasets.load()
    labels = None if study.selection else data.test_labels
    base = study_record.make(name, [recipe.name for recipe in study.recipes], runs, labels)
    record = study.record.of(base, runs, data)
    storage.write_json(path(name), record.as_json())
    return record


def train(
    study: Definition,
    seeds: int | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    data: Dataset | None = None,
    announce: Callable[[Plan], None] = lambda plan: None,
) -> list[Run]:
    """Make the runs of a study, in any order; finished ones are read back.

    The first seed is taken for all recipes, then the second, and so on: a study that is stopped
    holds whole seeds. `jobs`, by default one a core, one on an accelerator, run side by side and
    share the cores. `scheduler` is the address of a Dask scheduler, whose workers keep the runs in
    their own results folder, from which a later study reads them back. `announce` is told what
    there is to do. StudyError if a number is below 1, or Dask is out of reach.
    """
    seeds = study.seeds if seeds is None else seeds
    jobs = _jobs() if jobs is None else jobs
    for word, number in (("seeds", seeds), ("jobs", jobs)):
        if number < 1:
            raise StudyError(f"{word}: {number} is less than 1.")
    data_here = data or datasets.load()  # fetched before several workers ask
    threads = _share_of_threads(jobs, scheduler)
    with cluster.connected(scheduler) if scheduler is not None else nullcontext() as workers:
        if workers:
            jobs = workers.threads()
        plan = _plan(study, seeds, data_here, jobs, threads)
        announce(plan)
        tasks = [(*job, data, threads, os.getpid()) for job in plan.missing]
        answers = workers.runs(tasks) if workers else _side_by_side(tasks, jobs)
        total = len(plan.finished) + len(tasks)
        bar = tqdm(answers, f"study {study.name}", total, initial=len(plan.finished), unit="run")
        return plan.finished + list(bar)


def _side_by_side(tasks: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[Run]:
    """Yield runs as processes of this machine finish them, so many at a time."""
    parallel = joblib.Parallel(jobs, "loky", return_as="generator_unordered", batch_size=1)
    return parallel(joblib.delayed(train_one)(*task) for task in tasks)


def _plan(study: Definition, seeds: int, data: Dataset, jobs: int, threads: int | None) -> Plan:
    digests = {recipe.name: training.run_fingerprint(recipe, data) for recipe in study.recipes}
    wanted = [(recipe, seed) for seed in range(seeds) for recipe in study.recipes]
    found = [training.finished_run(recipe, seed, digests[recipe.name]) for recipe, seed in wanted]
    finished = [run for run in found if run]
    missing = [job for job, run in zip(wanted, found, strict=True) if not run]
    unknown = dict.fromkeys(recipe for recipe, _ in missing)
    with environment(threads), tqdm(unknown, desc="looking ahead", leave=False) as bar:
        each = {recipe.name: expected_seconds(recipe, data, finished) for recipe in bar}
    return Plan(finished, missing, [each[recipe.name] for recipe, _ in missing], jobs)


def expected_seconds(recipe: Recipe, data: Dataset, finished: Sequence[Run] = ()) -> float:
    """Return the mean time of finished runs of a recipe, else extrapolate from a few steps."""
    place = recipe.name, settings.device().type
    done = [run.summary for run in finished]
    if earlier := [one for one in done if (one.recipe, one.provenance.device) == place]:
        return fmean(one.training_seconds for one in earlier)
    split = training.split_for(recipe, 0, data)
    share = min(1, STEPS * recipe.batch_size / len(split.train))
    parts = (split.train, split.validation)
    few = Split(*(part[: max(1, round(share * len(part)))] for part in parts))
    # A rate at which nothing can diverge; and a peek, at all test images, would count too often.
    short = replace(recipe, epochs=2, images=None, learning_rate=1e-6, peek=False)
    with TemporaryDirectory() as folder:
        fitted = fit(short, 0, data, few, settings.device(), Path(folder) / "checkpoint", "")
    first, both = (row["seconds"] for row in fitted.history)
    return (both - first) / share * recipe.epochs


def _jobs() -> int:
    """Return how many runs go side by side: on a CPU one a core, so that none waits for another."""
    return joblib.cpu_count() if settings.device().type == "cpu" else 1


def _share_of_threads(jobs: int, scheduler: str | None) -> int | None:
    """Threads of each job, None for all: two runs that want the same core wait all the time."""
    return None if scheduler or jobs == 1 else max(1, torch.get_num_threads() // jobs)
