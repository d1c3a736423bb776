"""Figure of the study `recipes`: how much chance is in each recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.figures.log_axes import round_logarithms
from mnist_report.figures.style import beside, colours, each_once, panels, styled
from mnist_report.studies.record import RecipeSummary, Study

FEWEST = 0.5  # where no error at all is drawn on the logarithmic axis


@styled
def seeds(study: Study, language: str | None = None) -> Figure:
    """Draw every run of a study by its test errors, a row a recipe, with mean and 95 % interval.

    A diamond is the prediction from the average of the runs' probabilities. The axis is
    logarithmic, since recipes differ by factors; accuracies stand at the right.
    """
    w, recipes = words(language), study.recipes
    figure, axis = panels(height=1.25 + 0.42 * len(recipes))
    for row, recipe in enumerate(recipes):
        _row(axis, row, [r.test.errors for r in study.runs_of(recipe.recipe)], recipe, w)
    beside(axis, -0.6, w["mean_accuracy"])
    marks = np.concatenate([line.get_xdata() for line in axis.lines])
    round_logarithms(axis.xaxis, marks.min(), marks.max())
    axis.set_ylim(len(recipes) - 0.5, -0.85)
    axis.set_yticks(range(len(recipes)), [recipe.recipe for recipe in recipes])
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel(w["errors_of_images_log"].format(recipes[0].test.images))
    axis.grid(axis="x")
    figure.legend(*each_once(axis), loc="outside upper left", ncols=3, handletextpad=0.3)
    return figure


def _row(
    axis: Axes, row: int, errors: Sequence[int], recipe: RecipeSummary, w: Mapping[str, str]
) -> None:
    """Runs above the row's middle, their mean and its interval in it, the average below."""
    blue, orange, green = colours()[:3]
    test, images = recipe.test, recipe.test.images
    above = np.full(len(errors), row - 0.2)
    run = {"marker": "o", "ms": 4.5, "mfc": "none", "mec": blue, "ls": "", "alpha": 0.9}
    axis.plot(_drawn(errors), above, label=w["one_run"], **run)
    low, high = test.interval or (test.mean, test.mean)
    ends = _drawn([images * (1 - high), images * (1 - low)])
    axis.plot(ends, [row, row], color=orange, lw=2)
    mean = {"marker": "|", "ms": 9, "mew": 2, "color": orange, "lw": 2}
    axis.plot(_drawn([images * (1 - test.mean)]), [row], label=w["mean_interval_95"], **mean)
    diamond = {"marker": "D", "ms": 4.5, "color": green, "ls": ""}
    average = _drawn([recipe.average.errors])
    axis.plot(average, [row + 0.2], label=w["average_probabilities"], **diamond)
    beside(axis, row, f"{100 * test.mean:.2f} %")


def _drawn(errors: list[float]) -> np.ndarray:
    return np.maximum(errors, FEWEST)
