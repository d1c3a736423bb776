"""What the study `ablation` says: rung by rung, and of `standard` without each of its parts.

The lowest rung is not trained: reading image by image changes the seconds of a run and nothing
else, so its error is that of the next rung and its seconds are measured (`published`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from scipy import stats

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import mean_difference

FALSE_DISCOVERIES = 0.05
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


def values(study: Mapping[str, Any], language: str | None = None) -> dict[str, Any]:
    """What prose may say of the study, with the names of changes and parts in a language.

    Which changes count is told by Welch's t-test on the runs of neighbouring rungs, for all of
    them together at a false-discovery rate of 5 % (Benjamini and Hochberg 1995).
    """
    w = words(language)
    rungs, parts = ladder(study)[1:], leave_one_out(study)
    steps = list(zip(rungs[1:], _differences(pairwise(rungs)), strict=True))
    removed = list(zip(parts[1:], _differences((parts[0], row) for row in parts[1:]), strict=True))
    first, last = ladder(study)[0], rungs[-1]

    def names(pairs: Sequence[tuple[Row, float]], sign: int) -> list[str]:
        return [w[f"change_{row.key}"] for row, effect in pairs if effect * sign > 0]

    largest = max(pairwise(rungs), key=lambda pair: pair[0].mean - pair[1].mean)
    return {
        "passes": study["recipes"][0]["epochs"],
        "seeds": len(study["seeds"]),
        "steps": len(steps),
        "false_discoveries": FALSE_DISCOVERIES,
        "published": {"error": first.mean, "seconds": first.seconds},
        "tensors_seconds": rungs[0].seconds,
        "standard": {"error": last.mean, "seconds": last.seconds},
        "factor": first.mean / last.mean,
        "speedup": first.seconds / last.seconds,
        "largest": {
            "name": w[f"change_{largest[1].key}"],
            "before": largest[0].mean,
            "after": largest[1].mean,
        },
        "better": names(steps, -1),
        "worse": names(steps, 1),
        "unclear": [w[f"change_{row.key}"] for row, effect in steps if effect == 0],
        "missed": names(removed, 1),
        "not_missed": names(removed, -1),
        "unclear_parts": [w[f"change_{row.key}"] for row, effect in removed if effect == 0],
    }


def _differences(pairs: Iterable[tuple[Row, Row]]) -> list[float]:
    """How much larger the second's error is, or 0 where that cannot be told from chance."""
    pairs = list(pairs)
    if any(len(row.errors) < 2 for pair in pairs for row in pair):
        return [0.0] * len(pairs)  # nothing can be told from single runs
    tests = [mean_difference(first.errors, second.errors) for first, second in pairs]
    rates = stats.false_discovery_control([test.p_value for test in tests])
    return [
        test.difference if rate <= FALSE_DISCOVERIES else 0.0
        for test, rate in zip(tests, rates, strict=True)
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
