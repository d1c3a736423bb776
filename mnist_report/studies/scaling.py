"""The study `data-size`: error and seconds against training images and network width."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

from mnist_report.evaluation.statistics import PowerLaw, power_law

from .record import Study


class Series(NamedTuple):
    """The runs along one axis, sorted."""

    x: np.ndarray  # (N,) training images or width
    error: np.ndarray  # (N,) error rate on the test set, 0 to 1
    seconds: np.ndarray  # (N,) training time

    def means(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the different x, and the mean of `error` or `seconds` at each."""
        x = np.unique(self.x)
        return x, np.array([values[self.x == each].mean() for each in x])


def equal_steps(study: Study) -> Series:
    """Return the runs in which fewer images are seen more often: all make as many steps."""
    return _series(study, "images", lambda i, e, w: (i * e, w) == _base(study))


def one_pass(study: Study) -> Series:
    """Return the runs that see every image once."""
    return _series(study, "images", lambda _, e, w: (e, w) == (1, _base(study)[1]))


def widths(study: Study) -> Series:
    """Return the runs of networks of several widths that see all images once."""
    return _series(study, "width", lambda i, e, _: (i, e) == (_base(study)[0], 1))


def error_law(series: Series) -> PowerLaw:
    """Fit a power law to the error rates; a run without an error counts half a one."""
    return power_law(series.x, np.maximum(series.error, 0.5 / 10_000))


def seconds_line(series: Series) -> tuple[float, float]:
    """Fit the seconds of an image, and those that a run takes however few images it has."""
    line = stats.linregress(series.x, series.seconds)
    return float(line.slope), float(line.intercept)


def _base(study: Study) -> tuple[int, int]:
    """Return the number of all training images, and the width at which it is varied."""
    settings = [recipe.settings for recipe in study.recipes]
    return max(s["images"] for s in settings), settings[0]["width"]


def _series(study: Study, axis: str, belongs: Callable[[int, int, int], bool]) -> Series:
    """Collect the runs of the recipes whose images, epochs and width belong to an axis."""
    points = sorted(
        (s[axis], 1 - run.test.accuracy, run.training_seconds)
        for s in (recipe.settings for recipe in study.recipes)
        if belongs(s["images"], s["epochs"], s["width"])
        for run in study.runs_of(s["name"])
    )
    return Series(*np.array(points, dtype=np.float64).T)
