"""The record of a study: what each run reached and where, and what a recipe's runs say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.evaluation import metrics
from mnist_report.evaluation.statistics import mean_interval
from mnist_report.studies.definitions import Grid
from mnist_report.training.runs import Run

# What every run tells of where it was made, even if all runs tell the same.
OF_EACH_RUN = ("threads", "device", "time", "git_commit")


def make(grid: Grid, runs: Iterable[Run], test_labels: ArrayLike) -> dict[str, Any]:
    """The record of a study, as plain values.

    Args:
        grid: what was trained.
        runs: of its recipes, in any order, at least one of each.
        test_labels: (N,), of the images that the runs' test logits are about.

    Returns:
        `study`, `seeds`, `time` of the last run; `provenance`, as far as all runs share it;
        `recipes`, a summary of each; `runs`, a row of each, with what it does not share. Of a
        study for selection there are no test figures.
    """
    names = [recipe.name for recipe in grid.recipes]

    def place(run: Run) -> tuple[int, int]:
        return names.index(run.summary["recipe"]), run.summary["seed"]

    runs = sorted(runs, key=place)
    labels = None if grid.selection else test_labels
    shared = _shared([run.summary["provenance"] for run in runs])
    rows = [_row(run, labels, shared) for run in runs]
    return {
        "study": grid.name,
        "seeds": sorted({row["seed"] for row in rows}),
        "time": max(row["time"] for row in rows),
        "provenance": shared,
        "recipes": [
            _summary(
                [run for run in runs if run.summary["recipe"] == name],
                [row for row in rows if row["recipe"] == name],
                labels,
            )
            for name in names
        ],
        "runs": rows,
    }


def _shared(sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the provenances of all runs agree on."""
    first, *others = sources
    return {
        key: value
        for key, value in first.items()
        if key not in ("time", "seed") and all(other.get(key) == value for other in others)
    }


def _row(run: Run, labels: ArrayLike | None, shared: dict[str, Any]) -> dict[str, Any]:
    summary, source = run.summary, run.summary["provenance"]
    own = source.keys() - shared.keys() - {"seed"} | set(OF_EACH_RUN)
    parts = {"validation": _figures(summary["validation"], "accuracy", "errors", "images")}
    if labels is not None:
        test = metrics.evaluate_logits(run.test_logits, labels)
        parts["test"] = _figures(test.as_json(), "accuracy", "errors", "images", "nll")
    return {
        **{key: summary[key] for key in ("recipe", "seed", "parameters", "epochs")},
        **parts,
        "training_seconds": summary["training_seconds"],
        **{key: value for key, value in source.items() if key in own},
        "fingerprint": summary["fingerprint"],
    }


def _summary(
    runs: list[Run], rows: list[dict[str, Any]], labels: ArrayLike | None
) -> dict[str, Any]:
    """What the runs of one recipe, with these rows, say together."""
    parts = {
        part: _accuracy([row[part] for row in rows])
        for part in ("validation", "test")
        if part in rows[0]
    }
    if labels is not None:
        together = metrics.average_logits([run.test_logits for run in runs])
        average = metrics.evaluate_logits(together, labels).as_json()
        parts["average"] = _figures(average, "accuracy", "errors", "accuracy_ci95", "nll")
    return {
        **_figures(rows[0], "recipe", "parameters", "epochs"),
        "runs": len(rows),
        **parts,
        "training": _times(rows),
        "settings": runs[0].summary["settings"],
    }


def _figures(source: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: source[key] for key in keys}


def _accuracy(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Spread of the accuracy over seeds, and the numbers of errors."""
    errors = [part["errors"] for part in parts]
    return {
        **_spread([part["accuracy"] for part in parts]),
        "errors": {"mean": float(np.mean(errors)), "min": min(errors), "max": max(errors)},
        "images": parts[0]["images"],
    }


def _spread(values: list[float]) -> dict[str, Any]:
    """Mean, sample standard deviation, 95 % t-interval of the mean, extremes; None if undefined."""
    several = len(values) > 1
    return {
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)) if several else None,
        "interval": list(mean_interval(values)) if several else None,
        "min": min(values),
        "max": max(values),
    }


def _times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Training seconds, apart for each device and number of threads: others do not compare."""

    def place(row: dict[str, Any]) -> tuple[str, int]:
        return row["device"], row["threads"]

    times = []
    for (device, threads), group in groupby(sorted(rows, key=place), key=place):
        spread = _spread([row["training_seconds"] for row in group])
        seconds = {key: spread[key] for key in ("mean", "deviation")}
        times.append({"device": device, "threads": threads, "seconds": seconds})
    return times


def found(study: Mapping[str, Any], key: str) -> list[str]:
    """The different values that the provenances of a study's runs have for a key, in order."""
    every = {run.get(key, study["provenance"].get(key)) for run in study["runs"]}
    return sorted(map(str, every - {None}))
