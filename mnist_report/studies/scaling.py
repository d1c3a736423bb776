"""What the study `data-size` says: error and seconds against training images and network width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from mnist_report.evaluation.statistics import PowerLaw, power_law


class Series(NamedTuple):
    """The runs along one axis, sorted.

    Attributes:
        x: (N,) training images or width.
        error: (N,) error rate on the test set, 0 to 1.
        seconds: (N,) training time.
    """

    x: np.ndarray
    error: np.ndarray
    seconds: np.ndarray

    def means(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The different x, and the mean of `error` or `seconds` at each."""
        x = np.unique(self.x)
        return x, np.array([values[self.x == each].mean() for each in x])


def equal_steps(study: Mapping[str, Any]) -> Series:
    """Fewer images are seen more often, so that every run makes as many steps."""
    size, width = _base(study)
    return _series(
        study, "images", lambda s: s["images"] * s["epochs"] == size and s["width"] == width
    )


def one_pass(study: Mapping[str, Any]) -> Series:
    """Every image is seen once."""
    _, width = _base(study)
    return _series(study, "images", lambda s: s["epochs"] == 1 and s["width"] == width)


def widths(study: Mapping[str, Any]) -> Series:
    """All images are seen once, by networks of several widths."""
    size, _ = _base(study)
    return _series(study, "width", lambda s: s["images"] == size and s["epochs"] == 1)


def error_law(series: Series) -> PowerLaw:
    """The power law through the runs' error rates; a run without an error counts half a one."""
    return power_law(series.x, np.maximum(series.error, 0.5 / 10_000))


def seconds_line(series: Series) -> tuple[float, float]:
    """Seconds an image, and seconds that a run takes however few images it has."""
    line = stats.linregress(series.x, series.seconds)
    return float(line.slope), float(line.intercept)


def _base(study: Mapping[str, Any]) -> tuple[int, int]:
    """All training images, and the width at which their number is varied."""
    settings = [recipe["settings"] for recipe in study["recipes"]]
    return max(s["images"] for s in settings), settings[0]["width"]


def _series(
    study: Mapping[str, Any], axis: str, belongs: Callable[[Mapping[str, Any]], bool]
) -> Series:
    settings = {recipe["recipe"]: recipe["settings"] for recipe in study["recipes"]}
    points = sorted(
        (settings[run["recipe"]][axis], 1 - run["test"]["accuracy"], run["training_seconds"])
        for run in study["runs"]
        if belongs(settings[run["recipe"]])
    )
    return Series(*np.array(points, dtype=np.float64).T)
