"""Figures of what the network gets right and wrong on the test set.

Confusion matrices have true digits in rows and predicted digits in columns. A confusable pair is
unordered; its records are those of `evaluation.evaluate`. `classes` names what is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure

from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.evaluation.metrics import ClassScores
from mnist_report.figures.style import SEQUENTIAL, WIDTH, class_ticks, colours, panels, styled

MASK = "0.9"  # the masked diagonal
STRONG = 0.55  # share of the colour scale above which white text is read better than black


@styled
def confusion_counts(
    matrix: np.ndarray, language: str | None = None, classes: Classes = DIGITS
) -> Figure:
    """Test images by true and predicted class (C, C), coloured on a logarithmic scale.

    Without the logarithm the thousand right answers of each digit would hide the single errors.
    """
    w = classes.words(language)
    counts = np.asarray(matrix)
    figure, axis = panels(height=4.6)
    shown = np.ma.masked_less(counts, 1)
    mesh = axis.imshow(shown, cmap=_paper(), norm=LogNorm(1, max(counts.max(), 10)))
    _annotate(axis, counts, mesh, lambda n: f"{n:d}" if n else "")
    _class_axes(axis, classes, language, 0.66 * WIDTH)
    bar = figure.colorbar(mesh, ax=axis, label=w["number_of_images_log"], shrink=0.86, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_minor_formatter("")  # with few images all ticks would be labelled
    return figure


@styled
def confusion_rates(
    matrix: np.ndarray, language: str | None = None, classes: Classes = DIGITS
) -> Figure:
    """Errors in per cent of the images of each true class, with the diagonal masked.

    A bar beside each row gives the class's whole error rate.
    """
    w = classes.words(language)
    counts = np.asarray(matrix)
    diagonal = np.eye(len(counts), dtype=int)
    wrong = counts * (1 - diagonal)
    rates = 100 * wrong / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, (axis, side) = panels(1, 2, height=4.3, width_ratios=(2.7, 1), sharey=True)
    mesh = axis.imshow(rates, cmap=SEQUENTIAL, vmin=0, vmax=max(rates.max(), 0.01))
    axis.imshow(np.ma.masked_equal(diagonal, 0), cmap=_flat(MASK))
    _annotate(axis, rates, mesh, lambda rate: f"{rate:.2f}" if rate else "")
    _class_axes(axis, classes, language, 0.6 * WIDTH)
    side.barh(range(len(counts)), rates.sum(axis=1), height=0.7, color=colours()[0])
    side.bar_label(side.containers[0], fmt="%.2f", padding=2, fontsize=8)
    side.set_xlabel(w["error_rate_percent"])
    side.margins(x=0.3)
    side.tick_params(which="both", left=False)
    side.spines["left"].set_visible(False)
    return figure


@styled
def class_scores(
    per_class: Sequence[ClassScores], language: str | None = None, classes: Classes = DIGITS
) -> Figure:
    """Precision, recall and F1 of each class as points, in per cent."""
    w = classes.words(language)
    table = pd.DataFrame(map(dict, per_class))
    figure, axis = panels(height=2.5)
    for metric, marker, colour, shift in zip(
        ("precision", "recall", "f1"), "os_", colours()[:3], (-0.16, 0.16, 0), strict=True
    ):
        size = 13 if marker == "_" else 5
        x = table["digit"] + shift
        axis.plot(x, 100 * table[metric], marker, ms=size, mew=1.6, color=colour, label=w[metric])
    class_ticks(axis, classes.names(language), WIDTH - 0.5)
    axis.set(xlabel=w["digit"], ylabel=w["score_percent"])
    axis.grid(axis="y")
    axis.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def _class_axes(axis: Axes, classes: Classes, language: str, room: float) -> None:
    w, names = classes.words(language), classes.names(language)
    class_ticks(axis, names, room)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel=w["predicted_digit"], ylabel=w["true_digit"])
    axis.set_xticks(np.arange(-0.5, len(names)), minor=True)
    axis.set_yticks(np.arange(-0.5, len(names)), minor=True)
    axis.grid(which="minor", color="0.93", linewidth=0.6)
    axis.tick_params(which="both", length=0)
    axis.spines[:].set_visible(False)


def _annotate(axis: Axes, values: np.ndarray, mesh, write) -> None:
    """Write each value into its cell, white on dark colours."""
    for (row, column), value in np.ndenumerate(values):
        dark = value > 0 and mesh.norm(value) > STRONG
        axis.text(
            *(column, row, write(value)),
            **{"ha": "center", "va": "center_baseline", "fontsize": min(8, 110 / len(values))},
            color="white" if dark else "black",
        )


def _paper() -> LinearSegmentedColormap:
    """Blues that start at a visible tint, so that a single error stands out from none."""
    blues = plt.get_cmap(SEQUENTIAL)(np.linspace(0.12, 1, 256))
    return LinearSegmentedColormap.from_list("paper", blues).with_extremes(bad="white")


def _flat(colour: str) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("flat", [colour, colour])
