"""Figures of corrupted images, and of the external test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.evaluation.robustness import CorruptionRow, Robustness
from mnist_report.figures.canvas import canvas, frame, place
from mnist_report.figures.style import GREY, colours, panels, styled

MARKERS = "osD^v"


@styled
def corruption_grid(
    original: np.ndarray, corrupted: Mapping[str, np.ndarray], language: str | None = None
) -> Figure:
    """One image (28, 28), clean and in five severities of every kind: kind → (5, 28, 28)."""
    w = words(language)
    rows = -(-len(corrupted) // 2)
    named, half = 2.0, 8.3  # widths of a name, and of the left half
    figure, axis = canvas(2 * half - 0.3, rows + 0.45)
    for column in range(2):
        for k in range(6):
            x = half * column + named + k + 0.46
            axis.text(x, 0.2, str(k), ha="center", va="center", fontsize=7, color=GREY)
        label = half * column + named - 0.12, 0.2
        axis.text(*label, w["severity"], ha="right", va="center", fontsize=7, color=GREY)
    for k, (kind, images) in enumerate(corrupted.items()):
        x, y = half * (k // rows), k % rows + 0.45
        name = x + named - 0.12, y + 0.46
        axis.text(*name, w[f"kind_{kind}"], ha="right", va="center", fontsize=7.5)
        for j, image in enumerate([original, *images]):
            place(axis, image, x + named + j, y, 0.92)
    return figure


@styled
def robustness(runs: Mapping[str, Robustness], language: str | None = None) -> Figure:
    """Accuracy against severity, a panel a kind and a line a run; severity 0 is clean.

    `runs` maps a run's name to the part `robustness` of its evaluation. Bands are exact 95 %
    intervals.
    """
    w = words(language)
    kinds = list(next(iter(runs.values())).kinds)
    columns = min(4, len(kinds))
    rows = -(-len(kinds) // columns)
    options = {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = panels(rows, columns, height=0.7 + 1.3 * rows, **options)
    for axis, kind in zip(axes.flat, kinds, strict=False):
        for (name, part), marker, colour in zip(runs.items(), MARKERS, colours(), strict=False):
            _curve(axis, [part.clean, *part.kinds[kind]], marker, colour, name)
        axis.set_title(w[f"kind_{kind}"], pad=3)
        axis.set(xticks=range(6), ylim=(0, 103), yticks=(0, 50, 100))
        axis.grid()
    for axis in axes.flat[len(kinds) :]:
        axis.axis("off")
    figure.supxlabel(w["severity"], fontsize=9)
    figure.supylabel(w["accuracy_percent"], fontsize=9)
    if len(runs) > 1:
        handles = axes.flat[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper left", ncols=len(runs))
    return figure


@styled
def external_test_set(
    small: np.ndarray,
    large: np.ndarray,
    labels: Sequence[int],
    predicted: Sequence[int],
    language: str | None = None,
) -> Figure:
    """Digits of the external test set, 8×8 above and in MNIST's form below; errors framed.

    Args:
        small: (N, 8, 8), ink from 0 to 16.
        large: (N, 28, 28) bytes.
        labels: (N,).
        predicted: (N,).
        language: of the note on what a frame means.
    """
    w, columns = words(language), 10
    rows = -(-len(small) // columns)
    figure, axis = canvas(columns, 2.5 * rows + 0.15)
    for k, image in enumerate(small):
        x, y = k % columns + 0.06, 2.5 * (k // columns) + 0.3
        place(axis, image, x, y, 0.88, vmax=16)
        place(axis, large[k], x, y + 0.98, 0.88)
        wrong = labels[k] != predicted[k]
        if wrong:
            frame(axis, x, y + 0.98, 0.88, colours()[1], 1.6)
        text = f"{labels[k]} → {predicted[k]}" if wrong else str(labels[k])
        axis.text(x + 0.44, y + 2.02, text, ha="center", va="center", fontsize=7)
    axis.text(
        columns - 0.06, 0.12, w["misclassified_framed"], ha="right", va="center", color=colours()[1]
    )
    return figure


def _curve(
    axis: Axes, rows: Sequence[CorruptionRow], marker: str, colour: object, name: str
) -> None:
    accuracy = 100 * np.array([row.accuracy for row in rows])
    low, high = 100 * np.array([row.interval for row in rows]).T
    axis.fill_between(range(6), low, high, color=colour, alpha=0.2, lw=0)
    axis.plot(range(6), accuracy, marker=marker, ms=3, color=colour, label=name)
