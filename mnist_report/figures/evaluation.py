"""Figures of what a network gets right and wrong, beside others, and what its probabilities say.

Confusion matrices have true digits in rows and predicted digits in columns.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, LogNorm
from matplotlib.figure import Figure

from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.calibration import BINS, Calibration
from mnist_report.evaluation.metrics import ClassScores
from mnist_report.evaluation.rejection import Reject

from . import style
from .style import BLUE, ORANGE, SEQUENTIAL, WIDTH, Words, panels, styled

STRONG = 0.55  # share of the colour scale above which white text is read better than black


@styled
def confusion_counts(w: Words, matrix: np.ndarray) -> Figure:
    """Test images by true and predicted class (C, C), coloured on a logarithmic scale."""
    counts = np.asarray(matrix)
    figure, axis = panels(height=4.6)
    # Blues that start at a visible tint, so that a single error stands out from none.
    blues = LinearSegmentedColormap.from_list("", plt.get_cmap(SEQUENTIAL)(np.linspace(0.12, 1)))
    # Without the logarithm the thousand right answers of each digit would hide the single errors.
    shown, norm = np.ma.masked_less(counts, 1), LogNorm(1, max(counts.max(), 10))
    mesh = axis.imshow(shown, cmap=blues.with_extremes(bad="white"), norm=norm)
    _cells(w, axis, counts, "{:d}", 0.66 * WIDTH)
    look = {"label": w["number_of_images_log"], "shrink": 0.86, "pad": 0.02}
    bar = figure.colorbar(mesh, ax=axis, **look)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_minor_formatter("")  # with few images all ticks would be labelled
    return figure


@styled
def confusion_rates(w: Words, matrix: np.ndarray) -> Figure:
    """Errors in per cent of the images of each true class, with the diagonal masked."""
    counts = np.asarray(matrix)
    diagonal = np.eye(len(counts), dtype=int)
    rates = 100 * counts * (1 - diagonal) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, (axis, side) = panels(1, 2, height=4.3, width_ratios=(2.7, 1), sharey=True)
    axis.imshow(rates, cmap=SEQUENTIAL, vmin=0, vmax=max(rates.max(), 0.01))
    axis.imshow(np.ma.masked_equal(diagonal, 0), cmap=ListedColormap(["0.9"]))
    _cells(w, axis, rates, "{:.2f}", 0.6 * WIDTH)
    # A bar beside each row gives the class's whole error rate.
    bars = side.barh(range(len(counts)), rates.sum(axis=1), height=0.7, color=BLUE)
    side.bar_label(bars, fmt="%.2f", padding=2, fontsize=8)
    side.set_xlabel(w["error_rate_percent"])
    side.margins(x=0.3)
    side.tick_params(which="both", left=False)
    side.spines["left"].set_visible(False)
    return figure


@styled
def class_scores(w: Words, per_class: Sequence[ClassScores]) -> Figure:
    """Precision, recall and F1 of each class as points, in per cent."""
    table = pd.DataFrame(map(dict, per_class))
    figure, axis = panels(height=2.5)
    marks = {"precision": ("o", 5, -0.16), "recall": ("s", 5, 0.16), "f1": ("_", 13, 0)}
    for metric, (marker, size, shift) in marks.items():
        points = table["digit"] + shift, 100 * table[metric]
        axis.plot(*points, marker, ms=size, mew=1.6, label=w[metric])
    style.class_ticks(axis, w.names, WIDTH - 0.5)
    axis.set(xlabel=w["digit"], ylabel=w["score_percent"])
    axis.grid(axis="y")
    axis.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


@styled
def baselines(w: Words, rows: Sequence[Baseline]) -> Figure:
    """Error rates of the baselines, and of the network in a colour of its own, with intervals."""
    names = [w.get(f"baseline_{row.name}") for row in rows]
    figure, axis = panels(height=0.9 + 0.27 * len(rows))
    for place, (name, row) in enumerate(zip(names, rows, strict=True)):
        rate, bounds = 100 * (1 - row.accuracy), 100 * (1 - np.flip(row.interval))
        point = max(rate, 0.001), place  # a rate of zero has no logarithm; its interval has
        style.intervals(axis, *point, bounds, color=BLUE if name else ORANGE, ms=5, capsize=3)
        text = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": 7.5}
        axis.annotate(f"{rate:.2f}", point, **text)
    axis.set(xscale="log", xlabel=w["error_rate_log"])
    style.name_rows(axis, [name or rows[k].name for k, name in enumerate(names)], above=0.7)
    axis.xaxis.set_major_formatter("{x:g}")
    return figure


@styled
def reliability(w: Words, calibration: Calibration) -> Figure:
    """Accuracy against confidence, before and after the temperature, and images a bin below.

    Bars are exact 95 % intervals; a bin of few images says little.
    """
    c = calibration
    figure, axes = panels(2, 2, height=3.8, height_ratios=(3, 1), sharex=True, sharey="row")
    before = w["as_trained"].format(100 * c.ece_width)
    after = w["at_temperature"].format(c.temperature, 100 * c.ece_width_calibrated)
    columns = (before, c.reliability), (after, c.reliability_calibrated)
    for (above, below), (title, rows) in zip(axes.T, columns, strict=True):
        above.plot([0, 1], [0, 1], color="0.7", lw=1, zorder=0, label=w["perfect_calibration"])
        points = np.transpose([(row.confidence, row.accuracy) for row in rows])
        look = {"ms": 4, "lw": 1, "label": w["bin_interval"]}
        style.intervals(above, *points, [row.interval for row in rows], "y", **look)
        above.set(xlim=(0, 1.02), ylim=(-0.03, 1.03), title=title)
        above.grid()
        left, images = np.transpose([(row.low, row.images) for row in rows])
        below.bar(left, images, 1 / BINS, align="edge", color=BLUE, alpha=0.6, ec="white")
        below.set(yscale="log", ylim=(0.7, None), xlabel=w["confidence"])
    axes[0, 0].set_ylabel(w["accuracy_of_bin"])
    axes[1, 0].set_ylabel(w["images"])
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


@styled
def risk_coverage(w: Words, reject: Reject) -> Figure:
    """Error among the images answered against the share that is left to a person."""
    coverage, error = np.transpose([(point.coverage, point.error) for point in reject.curve])
    figure, axis = panels(height=2.7)
    curve = {"color": BLUE, "drawstyle": "steps-post", "label": w["curve_on_test"]}
    axis.plot(100 * (1 - coverage), 100 * error, **curve)
    axis.axhline(100 * reject.target, color=style.GREY, lw=0.9, ls="--", label=w["target_error"])
    end = 5.0  # per cent, or a little beyond the threshold chosen on validation
    if reject.threshold is not None:
        x, y, bounds = 100 * reject.left, 100 * reject.error, 100 * np.array(reject.interval)
        look = {"fmt": "D", "ms": 5, "color": ORANGE, "capsize": 3, "lw": 1.2}
        style.intervals(axis, x, y, bounds, "y", label=w["threshold_chosen"], **look)
        end = max(end, 1.2 * x)
    axis.set(xlim=(0, end), ylim=(0, None), xlabel=w["left_to_people"], ylabel=w["error_of_rest"])
    axis.grid()
    axis.legend(loc="upper right")
    return figure


def _cells(w: Words, axis: Axes, values: np.ndarray, form: str, room: float) -> None:
    """Write each value but 0 into its cell, white on dark colours, and the classes at the axes."""
    mesh, ticks = axis.images[0], range(len(w.names))
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value > 0 and mesh.norm(value) > STRONG else "black"
        look = {"ha": "center", "va": "center_baseline", "fontsize": min(8, 110 / len(values))}
        axis.text(column, row, form.format(value) if value else "", color=colour, **look)
    style.class_ticks(axis, w.names, room)
    axis.set_yticks(ticks, w.names)
    axis.set(xlabel=w["predicted_digit"], ylabel=w["true_digit"])
    for side in (axis.xaxis, axis.yaxis):
        side.set_ticks(np.arange(-0.5, len(w.names)), minor=True)
    axis.grid(which="minor", color="0.93", linewidth=0.6)
    axis.tick_params(which="both", length=0)
    axis.spines[:].set_visible(False)
