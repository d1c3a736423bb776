"""The study `data-size`: error and seconds against training images and network width.

Its runs are tables, sorted by `x`, training images or width; `error` is the rate on the test set, 0
to 1, `seconds` is the training time.
"""

import numpy as np
import pandas as pd
import scipy

from mnist_report.evaluation.statistics import PowerLaw, power_law

from .record import Study

AXES = ["images", "epochs", "width"]  # settings that vary


def equal_steps(study: Study) -> pd.DataFrame:
    """Return the runs in which fewer images are seen more often: all make as many steps."""
    return _runs(study, "images", "images * epochs == @all and width == @base")


def one_pass(study: Study) -> pd.DataFrame:
    """Return the runs that see every image once."""
    return _runs(study, "images", "epochs == 1 and width == @base")


def widths(study: Study) -> pd.DataFrame:
    """Return the runs of networks of several widths that see all images once."""
    return _runs(study, "width", "images == @all and epochs == 1")


def error_law(runs: pd.DataFrame) -> PowerLaw:
    """Fit a power law to the error rates; a run without an error counts half a one."""
    return power_law(runs.x, np.maximum(runs.error, 0.5 / 10_000))


def seconds_line(runs: pd.DataFrame) -> tuple[float, float]:
    """Fit the seconds of an image, and those that a run takes however few images it has."""
    line = scipy.stats.linregress(runs.x, runs.seconds)
    return float(line.slope), float(line.intercept)


def _runs(study: Study, axis: str, wanted: str) -> pd.DataFrame:
    """Collect the runs along an axis; `all` is the most images, `base` the first recipe's width."""
    rows = [
        (*(recipe.settings[key] for key in AXES), 1 - run.test.accuracy, run.training_seconds)
        for recipe in study.recipes
        for run in study.runs_of(recipe.recipe)
    ]
    runs = pd.DataFrame(rows, columns=[*AXES, "error", "seconds"])
    known = {"all": runs["images"].max(), "base": runs["width"].iloc[0]}
    found = runs.query(wanted, local_dict=known).rename(columns={axis: "x"})
    return found.sort_values(["x", "error", "seconds"], ignore_index=True)
