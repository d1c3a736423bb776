"""Figures of the studies: what chance, each change and the size of the data do to the errors."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_report.evaluation.statistics import power_law
from mnist_report.studies import ablation, scaling
from mnist_report.studies.ablation import AblationStudy, Row
from mnist_report.studies.published_program import FaultStudy, honest_epoch
from mnist_report.studies.record import Study

from . import style
from .style import BLUE, GREEN, GREY, ORANGE, Words, beside, panels, round_logarithms, styled

FEWEST = 0.5  # errors at which none is drawn on a logarithmic axis
LEAST = 1e-5  # where an error rate of 0 is drawn on one


@styled
def seeds(w: Words, study: Study) -> Figure:
    """Draw every run of a study by its test errors, a row a recipe, with mean and 95 % interval.

    A diamond is the prediction from the average of the runs' probabilities. The axis is
    logarithmic, since recipes differ by factors; accuracies stand at the right.
    """
    recipes = study.recipes
    figure, axis = panels(height=1.25 + 0.42 * len(recipes))
    for row, recipe in enumerate(recipes):
        test, images = recipe.test, recipe.test.images
        errors = [run.test.errors for run in study.runs_of(recipe.recipe)]
        low, high = test.interval or (test.mean, test.mean)
        means = images * (1 - np.array([test.mean, high, low]))
        _runs(w, axis, (row - 0.2, row), np.maximum(errors, FEWEST), np.maximum(means, FEWEST))
        average = max(recipe.average.errors, FEWEST)
        diamond = {"ms": 4.5, "color": GREEN, "label": w["average_probabilities"]}
        axis.plot([average], [row + 0.2], "D", **diamond)
        beside(axis, row, f"{100 * test.mean:.2f} %")
    beside(axis, -0.6, w["mean_accuracy"])
    axis.set_xlabel(w["errors_of_images_log"].format(recipes[0].test.images))
    _finish(axis, [recipe.recipe for recipe in recipes], columns=3)
    return figure


@styled
def ladder(w: Words, study: AblationStudy) -> Figure:
    """Draw test error and seconds of every step from the published program to `standard`.

    Circles are runs, the bar is their mean with its 95 % interval. Each step keeps the changes of
    those above it.
    """
    rows = ablation.ladder(study)
    first, *others = [w[f"change_{row.key}"] for row in rows]
    return _ablation(w, rows, [first, *(w["added"].format(name) for name in others)])


@styled
def leave_one_out(w: Words, study: AblationStudy) -> Figure:
    """Draw `standard` and what it is without each of its parts, as `ladder` does."""
    rows = ablation.leave_one_out(study)
    parts = [w["without_part"].format(w[f"change_{row.key}"]) for row in rows[1:]]
    figure = _ablation(w, rows, [w["part_whole"], *parts])
    figure.axes[0].axvline(100 * rows[0].mean, color=GREY, lw=0.8, ls=":")
    return figure


@styled
def scale(w: Words, study: Study) -> Figure:
    """Draw test error (above) and training seconds (below) against images (left), width (right).

    All axes are logarithmic, on which a power law is a straight line; its slope is given with its
    95 % interval. Circles are runs. `study` is the record of `data-size`.
    """
    wide = scaling.widths(study)
    steps, once = scaling.equal_steps(study), scaling.one_pass(study)
    figure, axes = panels(2, 2, height=4.6, sharex="col")
    (images, width), (images_seconds, width_seconds) = axes
    for axis, series, values, colour, name in (
        (images, once, 100 * once.error, ORANGE, w["one_pass"]),
        (images, steps, 100 * steps.error, BLUE, w["equal_steps"]),
        (width, wide, 100 * wide.error, BLUE, None),
        (images_seconds, once, once.seconds, ORANGE, w["one_pass"]),
        (width_seconds, wide, wide.seconds, BLUE, None),
    ):
        look = {"ms": 4, "mfc": "none", "alpha": 0.8, "color": colour}
        axis.plot(series.x, values, "o", label=name, **look)
        axis.plot(values.groupby(series.x).mean(), color=colour, lw=0.8, alpha=0.6)
    for axis, series, law, unit in (
        (images, steps, scaling.error_law(steps), 100),
        (width, wide, scaling.error_law(wide), 100),
        (width_seconds, wide, power_law(wide.x, wide.seconds), 1),
    ):
        ends = np.array([series.x.min(), series.x.max()])
        text = w["exponent"].format(law.exponent, *law.interval).replace("-", "−")
        axis.plot(ends, unit * law.factor * ends**law.exponent, "k--", lw=1, label=text)
    an_image, fixed = scaling.seconds_line(once)
    x = np.geomspace(once.x.min(), once.x.max(), 100)
    text = w["seconds_line"].format(fixed, 1e6 * an_image)
    images_seconds.plot(x, fixed + an_image * x, "k--", lw=1, label=text)
    for axis in axes.flat:
        axis.set_xscale("log")
        round_logarithms(axis.yaxis)
        axis.grid(which="major")
        axis.legend(loc="best")
    images.set_ylabel(w["test_error_percent"])
    images_seconds.set(xlabel=w["training_images"], ylabel=w["training_time_s"])
    images_seconds.xaxis.set_major_formatter("{x:,.0f}")
    width_seconds.set(xlabel=w["width_channels"], xticks=np.unique(wide.x))
    width_seconds.xaxis.set_major_formatter("{x:g}")
    width_seconds.xaxis.set_ticks([], minor=True)
    return figure


@styled
def peeking(w: Words, study: FaultStudy) -> Figure:
    """Draw test accuracy by epochs, a line a run, with the epoch that is best on either set."""
    found = study.peeking
    figure, axis = panels(height=2.7)
    circle = {"ms": 8, "mfc": "none", "mew": 1.5, "color": ORANGE, "label": w["best_on_test"]}
    diamond = {"ms": 4, "color": BLUE, "label": w["best_on_validation"]}
    for test, validation in zip(found.test, found.validation, strict=True):
        epochs, accuracy = np.arange(1, len(test) + 1), 100 * np.array(test)
        axis.plot(epochs, accuracy, color=GREY, lw=0.9)
        best, honest = int(np.argmax(test)), honest_epoch(validation)
        axis.plot([best + 1], [accuracy[best]], "o", **circle)
        axis.plot([honest + 1], [accuracy[honest]], "D", **diamond)
    axis.set(xlabel=w["epoch"], ylabel=w["test_accuracy_epoch"], xticks=epochs)
    axis.grid(axis="y")
    axis.legend(*style.each_once(axis), loc="lower right")
    return figure


def _ablation(w: Words, rows: Sequence[Row], names: Sequence[str]) -> Figure:
    height = 1.2 + 0.27 * len(rows)
    figure, (left, right) = panels(1, 2, height=height, sharey=True, width_ratios=(3, 2))
    for place, row in enumerate(rows):
        errors = 100 * np.maximum(row.errors, LEAST)
        means = 100 * np.maximum([row.mean, *(row.interval or ())], LEAST)
        _runs(w, left, (place - 0.14, place + 0.14), errors, means)
        beside(left, place, f"{means[0]:.2f}")
    beside(left, -0.65, w["mean"])
    left.set_xlabel(w["error_percent_log"])
    _finish(left, names, columns=2)
    seconds = [row.seconds for row in rows]
    bars = right.barh(range(len(rows)), seconds, height=0.55, color=BLUE, alpha=0.75)
    right.bar_label(bars, fmt="%.0f", padding=3, fontsize=7.5)
    right.set(xlabel=w["training_time_s"], xlim=(0, 1.2 * max(seconds)))
    right.tick_params(axis="y", length=0)
    right.grid(axis="x")
    return figure


def _runs(
    w: Words, axis: Axes, rows: tuple[float, float], runs: Sequence[float], means: Sequence[float]
) -> None:
    """Draw runs in one row, and in the other their mean and its interval: `means`, if known."""
    circle = {"ms": 4, "mfc": "none", "mec": BLUE, "alpha": 0.8, "label": w["one_run"]}
    axis.plot(runs, [rows[0]] * len(runs), "o", **circle)
    mean, *interval = means
    if interval:
        axis.plot(interval, [rows[1]] * 2, color=ORANGE, lw=2)
    bar = {"marker": "|", "ms": 9, "mew": 2, "lw": 2, "color": ORANGE}
    axis.plot([mean], [rows[1]], label=w["mean_interval_95"], **bar)


def _finish(axis: Axes, names: Sequence[str], columns: int) -> None:
    """Give runs in rows their axes and their legend."""
    round_logarithms(axis.xaxis)
    style.name_rows(axis, names, above=0.85)
    legend = {"loc": "outside upper left", "ncols": columns, "handletextpad": 0.3}
    axis.figure.legend(*style.each_once(axis), **legend)
