"""Recorded studies: many runs, and what they say together.

A study trains some recipes with the same seeds. Its runs lie in the results store like all others,
so that a study that was stopped goes on where it was; its record, `report/studies/<name>.json`, is
kept with the project, for report and README.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Any

import joblib
import torch
from tqdm import tqdm

from mnist_report import dataset, evaluation, recipes, results, settings, study_record, training
from mnist_report.dataset import Mnist
from mnist_report.errors import MissingStudyError, StudyError
from mnist_report.recipes import Recipe
from mnist_report.results import Run

# Study: names of its recipes.
STUDIES = {"recipes": tuple(recipes.RECIPES)}


def recipe_names(name: str) -> tuple[str, ...]:
    """The recipes of a study.

    Raises:
        StudyError: there is no such study.
    """
    if name not in STUDIES:
        raise StudyError(f"There is no study {name!r}; there are {', '.join(STUDIES)}.")
    return STUDIES[name]


def path(name: str) -> Path:
    """Where the record of a study lies, or will lie."""
    recipe_names(name)
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
    return results.read_json(path(name))


def run(
    name: str,
    seeds: int = 5,
    jobs: int = 1,
    scheduler: str | None = None,
    data: Mnist | None = None,
) -> dict[str, Any]:
    """Train every recipe of a study with every seed, and write the record.

    Finished runs are read back. The first seed is taken for all recipes, then the second, and so
    on: a study that is stopped holds whole seeds, and asked for so many it is recorded at once.

    Args:
        name: one of `STUDIES`.
        seeds: how many; they are 0, 1, 2, …
        jobs: runs side by side, which share the processor's cores.
        scheduler: address of a Dask scheduler, whose workers then do the runs. They keep them in
            their own results folder, from which a later study reads them back.
        data: the data set; MNIST by default.

    Returns:
        The record, as `load` reads it.

    Raises:
        StudyError: there is no such study, a number is below 1, or Dask is out of reach.
    """
    names = recipe_names(name)
    for word, number in (("seeds", seeds), ("jobs", jobs)):
        if number < 1:
            raise StudyError(f"{word}: {number} is less than 1.")
    test_labels = (data or dataset.load()).test_labels  # fetched before several workers ask
    threads = _share_of_threads(jobs, scheduler)
    tasks = [
        joblib.delayed(_one)(recipes.get(recipe), seed, data, threads)
        for seed in range(seeds)
        for recipe in names
    ]
    with _workers(jobs, scheduler):
        answers = joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)
        finished = list(tqdm(answers, desc=f"study {name}", total=len(tasks), unit="run"))
    record = study_record.make(name, names, finished, test_labels)
    results.write_json(path(name), record)
    return record


def _one(
    recipe: Recipe, seed: int, data: Mnist | None, threads: int | None
) -> tuple[Run, dict[str, Any]]:
    """One run and its evaluation, in whatever process, which loads MNIST by itself."""
    data = data or dataset.load()
    if threads:
        torch.set_num_threads(threads)
        # Its own lock is one between processes, which is left behind, with a warning, at Ctrl-C.
        tqdm.set_lock(RLock())
    run = training.train(recipe, seed, data=data)
    return run, evaluation.evaluate(run, data)


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
        raise StudyError('A Dask cluster needs Dask: run `pip install "dask[distributed]"`.')
    try:
        return joblib.parallel_config("dask", scheduler_host=scheduler)
    except (OSError, ValueError) as error:
        raise StudyError(f"No Dask scheduler answers at {scheduler}: {error}.") from error
