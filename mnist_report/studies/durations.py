"""How long a run will take on this machine, before it starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from mnist_report import training
from mnist_report.common import settings, storage
from mnist_report.common.errors import ResultsError
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Split
from mnist_report.training import runs
from mnist_report.training.loop import fit
from mnist_report.training.recipes import Recipe

STEPS = 5  # after as many to warm up


def seconds(recipe: Recipe, data: Dataset) -> float:
    """What a run takes: the mean of earlier runs of the recipe, else extrapolated from a few steps.

    Args:
        recipe: of the run.
        data: the data set that it is to be trained on.
    """
    earlier = _earlier(recipe)
    return fmean(earlier) if earlier else _measured(recipe, data)


def _earlier(recipe: Recipe) -> list[float]:
    """Seconds of the stored runs with these settings, on this kind of device."""
    found = []
    for path in settings.results_dir().glob(f"{recipe.name}-s*/{runs.RUN}"):
        try:
            run = storage.read_json(path)
            same = run["settings"] == recipe.as_dict()
            if same and run["provenance"]["device"] == settings.device().type:
                found.append(run["training_seconds"])
        except (ResultsError, KeyError):
            continue  # a damaged run tells nothing; the study makes it again
    return found


def _measured(recipe: Recipe, data: Dataset) -> float:
    """From the second of two short passes, with as large a share of the validation images."""
    split = training.split_for(recipe, 0, data)
    images = min(STEPS * recipe.batch_size, len(split.train))
    share = images / len(split.train)
    few = Split(
        split.train[:images], split.validation[: max(1, round(share * len(split.validation)))]
    )
    # A rate at which nothing can diverge: the first steps of a schedule are not those of a run. And
    # the test images, all of which a peek reads, would count as often as these steps go into a run.
    short = replace(recipe, epochs=2, images=None, learning_rate=1e-6, peek=False)
    with TemporaryDirectory() as folder:
        fitted = fit(short, 0, data, few, settings.device(), Path(folder) / "checkpoint", "")
    first, both = (row["seconds"] for row in fitted.history)
    return (both - first) / share * recipe.epochs
