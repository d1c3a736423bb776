"""Figures of what the probabilities are worth: reliability diagram and reject option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.evaluation.calibration import BINS, Calibration, ReliabilityBin
from mnist_report.evaluation.rejection import Reject
from mnist_report.figures.style import GREY, colours, panels, styled


@styled
def reliability(calibration: Calibration, language: str | None = None) -> Figure:
    """Accuracy against confidence, before and after the temperature, and images a bin below.

    `calibration` is that part of `evaluation.json`. Bars are exact 95 % intervals; a bin of few
    images says little.
    """
    w = words(language)
    figure, axes = panels(2, 2, height=3.8, height_ratios=(3, 1), sharex=True, sharey="row")
    titles = (
        w["as_trained"].format(100 * calibration.ece_width),
        w["at_temperature"].format(calibration.temperature, 100 * calibration.ece_width_calibrated),
    )
    for column, (ending, title) in enumerate(zip(("", "_calibrated"), titles, strict=True)):
        rows = getattr(calibration, f"reliability{ending}")
        _diagram(axes[0, column], rows, w)
        _histogram(axes[1, column], rows)
        axes[0, column].set_title(title)
        axes[1, column].set_xlabel(w["confidence"])
    axes[0, 0].set_ylabel(w["accuracy_of_bin"])
    axes[1, 0].set_ylabel(w["images"])
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


@styled
def risk_coverage(reject: Reject, language: str | None = None, most: float = 0.05) -> Figure:
    """Error among the images answered against the share that is left to a person.

    `reject` is that part of `evaluation.json`; the curve is drawn up to a share of `most`, or a
    little beyond the threshold that was chosen on validation.
    """
    w = words(language)
    blue, orange = colours()[:2]
    left = 100 * (1 - np.array([point.coverage for point in reject.curve]))
    error = 100 * np.array([point.error for point in reject.curve])
    figure, axis = panels(height=2.7)
    axis.plot(left, error, color=blue, drawstyle="steps-post", label=w["curve_on_test"])
    axis.axhline(100 * reject.target, color=GREY, lw=0.9, ls="--", label=w["target_error"])
    end = 100 * most
    if reject.threshold is not None:
        x, y = 100 * reject.left, 100 * reject.error
        low, high = (100 * bound for bound in reject.interval)
        bar = {"fmt": "D", "ms": 5, "color": orange, "capsize": 3, "lw": 1.2}
        axis.errorbar(x, y, [[y - low], [high - y]], label=w["threshold_chosen"], **bar)
        end = max(end, 1.2 * x)
    axis.set(xlim=(0, end), ylim=(0, None))
    axis.set(xlabel=w["left_to_people"], ylabel=w["error_of_rest"])
    axis.grid()
    axis.legend(loc="upper right")
    return figure


def _diagram(axis: Axes, rows: Sequence[ReliabilityBin], w: Mapping[str, str]) -> None:
    confidence, accuracy = np.array([(row.confidence, row.accuracy) for row in rows]).T
    ends = np.array([row.interval for row in rows]).T
    axis.plot([0, 1], [0, 1], color="0.7", lw=1, zorder=0, label=w["perfect_calibration"])
    bars = np.maximum([accuracy - ends[0], ends[1] - accuracy], 0)
    look = {"fmt": "o", "ms": 4, "color": colours()[0], "lw": 1, "capsize": 2}
    axis.errorbar(confidence, accuracy, bars, label=w["bin_interval"], **look)
    axis.set(xlim=(0, 1.02), ylim=(-0.03, 1.03))
    axis.grid()


def _histogram(axis: Axes, rows: Sequence[ReliabilityBin]) -> None:
    left = [row.low for row in rows]
    counts = [row.images for row in rows]
    axis.bar(left, counts, 1 / BINS, align="edge", color=colours()[0], alpha=0.6, ec="white")
    axis.set(yscale="log", ylim=(0.7, None))
