"""Figure of the study `data-size`: error and seconds against training images and width."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import PowerLaw, power_law
from mnist_report.figures.log_axes import round_logarithms
from mnist_report.figures.style import colours, panels, styled
from mnist_report.studies import scaling
from mnist_report.studies.record import Study
from mnist_report.studies.scaling import Series


@styled
def scale(study: Study, language: str | None = None) -> Figure:
    """Draw test error (above) and training seconds (below) against images (left), width (right).

    All axes are logarithmic, on which a power law is a straight line; its slope is given with its
    95 % interval. Circles are runs. `study` is the record of `data-size`.
    """
    w = words(language)
    blue, orange = colours()[:2]
    steps, once = scaling.equal_steps(study), scaling.one_pass(study)
    wide = scaling.widths(study)
    figure, axes = panels(2, 2, height=4.6, sharex="col")
    _points(axes[0, 0], once, once.error * 100, orange, w["one_pass"])
    _points(axes[0, 0], steps, steps.error * 100, blue, w["equal_steps"])
    _law(axes[0, 0], steps.x, scaling.error_law(steps), 100, w)
    _points(axes[0, 1], wide, wide.error * 100, blue)
    _law(axes[0, 1], wide.x, scaling.error_law(wide), 100, w)
    _points(axes[1, 0], once, once.seconds, orange, w["one_pass"])
    _line(axes[1, 0], once, w)
    _points(axes[1, 1], wide, wide.seconds, blue)
    _law(axes[1, 1], wide.x, power_law(wide.x, wide.seconds), 1, w)
    _label(axes, wide, w)
    return figure


def _points(
    axis: Axes, series: Series, values: np.ndarray, colour: object, name: str | None = None
) -> None:
    look = {"marker": "o", "ms": 4, "mfc": "none", "ls": "", "alpha": 0.8, "color": colour}
    axis.plot(series.x, values, label=name, **look)
    axis.plot(*series.means(values), color=colour, lw=0.8, alpha=0.6)


def _law(axis: Axes, x: np.ndarray, law: PowerLaw, scale: float, w: Mapping[str, str]) -> None:
    ends = np.array([x.min(), x.max()])
    text = w["exponent"].format(law.exponent, *law.interval).replace("-", "−")
    axis.plot(ends, scale * law.factor * ends**law.exponent, "k--", lw=1, label=text)


def _line(axis: Axes, series: Series, w: Mapping[str, str]) -> None:
    an_image, fixed = scaling.seconds_line(series)
    x = np.geomspace(series.x.min(), series.x.max(), 100)
    text = w["seconds_line"].format(fixed, 1e6 * an_image)
    axis.plot(x, fixed + an_image * x, "k--", lw=1, label=text)


def _label(axes: np.ndarray, wide: Series, w: Mapping[str, str]) -> None:
    for axis in axes.flat:
        axis.set_xscale("log")
        marks = np.concatenate([line.get_ydata() for line in axis.lines])
        round_logarithms(axis.yaxis, marks.min(), marks.max())
        axis.grid(which="major")
        axis.legend(loc="best")
    axes[0, 0].set_ylabel(w["test_error_percent"])
    axes[1, 0].set_ylabel(w["training_time_s"])
    axes[1, 0].set_xlabel(w["training_images"])
    axes[1, 1].set_xlabel(w["width_channels"])
    axes[1, 0].xaxis.set_major_formatter("{x:,.0f}")
    axes[1, 1].xaxis.set_major_locator(FixedLocator(np.unique(wide.x)))
    axes[1, 1].xaxis.set_major_formatter("{x:g}")
    axes[1, 1].xaxis.set_minor_locator(NullLocator())
