"""What the study `ablation` says: rung by rung, and of `standard` without each of its parts.

The lowest rung is not trained: reading image by image changes the seconds of a run and nothing
else, so its error is that of the next rung and its seconds are measured (`published`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

RUNGS, PARTS = "ladder-", "without-"


class Row(NamedTuple):
    """One recipe of the study.

    Attributes:
        key: what was changed or taken out, as in `grids`.
        errors: error rate of each run on the test set, 0 to 1.
        mean: of these.
        interval: 95 % t-interval of the mean; None for a single run.
        seconds: mean training time.
    """

    key: str
    errors: list[float]
    mean: float
    interval: tuple[float, float] | None
    seconds: float


def ladder(study: Mapping[str, Any]) -> list[Row]:
    """The rungs, from the published program as it is to `standard`."""
    rungs = _rows(study, RUNGS)
    first, settings = rungs[0], study["recipes"][0]["settings"]
    images = study["reading"]["images"] - study["runs"][0]["validation"]["images"]
    reading = study["reading"]["seconds"]
    slower = (reading["loader"] - reading["tensors"]) * images / study["reading"]["images"]
    loader = first._replace(seconds=first.seconds + settings["epochs"] * slower)
    return [loader, first._replace(key="tensors"), *rungs[1:]]


def leave_one_out(study: Mapping[str, Any]) -> list[Row]:
    """`standard` itself, under the key `whole`, and without each part.

    Without the average of the weights it is the last rung but one.
    """
    *_, before, whole = _rows(study, RUNGS)
    return [
        whole._replace(key="whole"),
        *_rows(study, PARTS),
        before._replace(key=whole.key),
    ]


def _rows(study: Mapping[str, Any], prefix: str) -> list[Row]:
    return [
        _row(study, recipe, recipe["recipe"].removeprefix(prefix))
        for recipe in study["recipes"]
        if recipe["recipe"].startswith(prefix)
    ]


def _row(study: Mapping[str, Any], recipe: Mapping[str, Any], key: str) -> Row:
    runs = [run for run in study["runs"] if run["recipe"] == recipe["recipe"]]
    errors = [1 - run["test"]["accuracy"] for run in runs]
    test = recipe["test"]
    low, high = test["interval"] or (None, None)
    interval = (1 - high, 1 - low) if test["interval"] else None
    seconds = sum(run["training_seconds"] for run in runs) / len(runs)
    return Row(key, errors, 1 - test["mean"], interval, seconds)
