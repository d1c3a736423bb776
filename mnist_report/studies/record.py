"""The record of a study: what each run reached and where, and what a recipe's runs say together."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from mnist_report.common import Provenance, Stored
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import metrics
from mnist_report.evaluation.statistics import Interval, mean_interval
from mnist_report.training.runs import Run

# What every run tells of where it was made, even if all runs tell the same.
OF_EACH_RUN = ("threads", "device", "time", "git_commit")


class Spread(Stored):
    """Mean and sample standard deviation, None of a single value."""

    mean: float
    deviation: float | None


class ErrorCounts(Stored):
    """Misclassified images over the runs of a recipe."""

    mean: float
    min: int
    max: int


class AccuracySpread(Spread):
    """Accuracies of a recipe's runs; `interval` is the 95 % t-interval of their mean."""

    interval: Interval | None
    min: float
    max: float
    errors: ErrorCounts
    images: int


class AverageScores(Stored):
    """Scores of the mean of the runs' probabilities on the test set."""

    accuracy: float
    errors: int
    interval: Interval = Field(alias="accuracy_ci95")
    nll: float


class Timing(Stored):
    """Training seconds on one device with one number of threads: others do not compare."""

    device: str
    threads: int
    seconds: Spread


class RecipeSummary(Stored):
    """One recipe over its runs; without `test` and `average` in a study for selection."""

    recipe: str
    parameters: int
    epochs: int
    runs: int
    validation: AccuracySpread
    test: AccuracySpread | None = None
    average: AverageScores | None = None
    training: list[Timing]
    settings: dict[str, Any]  # as `Recipe.as_dict` gives them


class RunScores(Stored):
    """Scores of one run on one set of images."""

    accuracy: float
    errors: int
    images: int
    nll: float | None = None


class _Result(Stored):
    recipe: str
    seed: int
    parameters: int
    epochs: int
    validation: RunScores
    test: RunScores | None = None
    training_seconds: float


class _Identity(Stored):
    fingerprint: str


# In the file, the fields of the last base come first.
class RunResult(_Identity, Provenance, _Result):
    """One run: what it reached, where it was made, and of which recipe, data and version."""


class Made(NamedTuple):
    """Time, device, versions and commit of the runs of a record."""

    date: str
    device_name: str
    torch: str
    git_commit: str


class Study(Stored):
    """The record of a study: a summary of each recipe, a row of each run."""

    study: str
    seeds: list[int]
    time: str  # of the last run
    provenance: Provenance
    recipes: list[RecipeSummary]
    runs: list[RunResult]

    @classmethod
    def of(cls, base: "Study", runs: Sequence[Run], data: Dataset) -> Self:
        """Add to a record what this kind of study measures besides; here nothing."""
        return base

    def runs_of(self, recipe: str) -> list[RunResult]:
        """Return the runs of a recipe."""
        return [run for run in self.runs if run.recipe == recipe]

    def found(self, key: str) -> list[str]:
        """Return the different values that the runs' provenances have for a key, in order."""
        places = [run if key in run.model_fields_set else self.provenance for run in self.runs]
        return sorted(map(str, {getattr(place, key, None) for place in places} - {None}))

    @property
    def made(self) -> Made:
        """Return where the runs were made, several answers with commas between."""
        return Made(self.time[:10], *(", ".join(self.found(key)) for key in Made._fields[1:]))


def make(
    name: str, recipes: Sequence[str], runs: Sequence[Run], test_labels: ArrayLike | None
) -> Study:
    """Make the record of a study, its recipes in this order, with at least one run of each.

    `test_labels` (N,) are those of the runs' test logits; None in a study for selection, which
    tells nothing of the test set.
    """
    runs = sorted(runs, key=lambda run: (recipes.index(run.summary.recipe), run.summary.seed))
    first, *others = (run.summary.provenance.as_json() for run in runs)
    alike = (key for key in first if all(other.get(key) == first[key] for other in others))
    shared = Provenance(**{key: first[key] for key in alike if key not in ("time", "seed")})
    rows = [_row(run, test_labels, shared) for run in runs]
    groups = groupby(zip(runs, rows, strict=True), key=lambda pair: pair[1].recipe)
    return Study(
        study=name,
        seeds=sorted({row.seed for row in rows}),
        time=max(row.time for row in rows),
        provenance=shared,
        recipes=[_summary(*zip(*group, strict=True), test_labels) for _, group in groups],
        runs=rows,
    )


def _row(run: Run, labels: ArrayLike | None, shared: Provenance) -> RunResult:
    origin, known = run.summary.provenance.as_json(), shared.as_json()
    own = {k: v for k, v in origin.items() if k not in known or k in OF_EACH_RUN}
    scores = {"validation": run.summary.validation}
    if labels is not None:
        scores["test"] = metrics.evaluate_logits(run.test_logits, labels)
    # All that a row has of what the summary has, by the names of its fields.
    return RunResult.model_validate({**dict(run.summary), **own, **scores}, from_attributes=True)


def _summary(
    runs: Sequence[Run], rows: Sequence[RunResult], labels: ArrayLike | None
) -> RecipeSummary:
    tested = {}
    if labels is not None:
        together = metrics.average_logits([run.test_logits for run in runs])
        average = metrics.evaluate_logits(together, labels)
        tested = {
            "test": _accuracy([row.test for row in rows]),
            "average": AverageScores.model_validate(average, from_attributes=True),
        }
    place = attrgetter("device", "threads")
    places = groupby(sorted(rows, key=place), key=place)
    return RecipeSummary(
        **{key: getattr(rows[0], key) for key in ("recipe", "parameters", "epochs")},
        runs=len(rows),
        validation=_accuracy([row.validation for row in rows]),
        **tested,
        training=[
            Timing(device=device, threads=threads, seconds=spread([r.training_seconds for r in g]))
            for (device, threads), g in places
        ],
        settings=runs[0].summary.settings,
    )


def _accuracy(parts: Sequence[RunScores]) -> AccuracySpread:
    errors, values = [part.errors for part in parts], [part.accuracy for part in parts]
    return AccuracySpread(
        **dict(spread(values)),
        interval=mean_interval(values) if len(values) > 1 else None,
        min=min(values),
        max=max(values),
        errors=ErrorCounts(mean=float(np.mean(errors)), min=min(errors), max=max(errors)),
        images=parts[0].images,
    )


def spread(values: Sequence[float]) -> Spread:
    """Return mean and sample standard deviation."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Spread(mean=float(np.mean(values)), deviation=deviation)
