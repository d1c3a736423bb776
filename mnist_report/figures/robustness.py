"""Figures of corrupted images, and of the external test set."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_report.evaluation.robustness import CorruptionRow, Robustness
from mnist_report.handwriting.accuracy import PageScores

from .style import COLOURS, GREY, ORANGE, Words, canvas, grid, panels, place, styled, write


@styled
def corruption_grid(w: Words, original: np.ndarray, corrupted: Mapping[str, np.ndarray]) -> Figure:
    """One image (28, 28), clean and in five severities of every kind: kind → (5, 28, 28)."""
    rows = -(-len(corrupted) // 2)
    named, half = 2.0, 8.3  # widths of a name, and of the left half
    figure, axis = canvas(2 * half - 0.3, rows + 0.45)
    for left in (named, half + named):
        write(axis, left - 0.12, 0.2, w["severity"], ha="right", color=GREY)
        for k in range(6):
            write(axis, left + k + 0.46, 0.2, k, color=GREY)
    for k, (kind, images) in enumerate(corrupted.items()):
        x, y = half * (k // rows) + named, k % rows + 0.45
        write(axis, x - 0.12, y + 0.46, w[f"kind_{kind}"], 7.5, ha="right")
        for j, image in enumerate([original, *images]):
            place(axis, image, (x + j, y), 0.92)
    return figure


@styled
def robustness(w: Words, runs: Mapping[str, Robustness]) -> Figure:
    """Accuracy against severity, a panel a kind and a line a run; severity 0 is clean.

    `runs` maps a run's name to the part `robustness` of its evaluation. Bands are exact 95 %
    intervals.
    """
    kinds = next(iter(runs.values())).kinds
    titles = [w[f"kind_{kind}"] for kind in kinds]
    figure, axes = severity_panels(titles, (1.3, 0.7), w["severity"], w["accuracy_percent"])
    axes[0].set(xticks=range(6), yticks=(0, 50, 100))
    for (name, part), marker, colour in zip(runs.items(), "osD^v", COLOURS, strict=False):
        for axis, kind in zip(axes, kinds, strict=True):
            rows = [part.clean, *part.kinds[kind]]
            accuracy_curve(axis, rows, color=colour, marker=marker, label=name)
    if len(runs) > 1:
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper left", ncols=len(runs))
    return figure


@styled
def external_test_set(
    w: Words, small: np.ndarray, large: np.ndarray, labels: Sequence[int], predicted: Sequence[int]
) -> Figure:
    """Digits of the external test set, 8×8 above and in MNIST's form below; errors framed.

    `small` is (N, 8, 8), ink from 0 to 16, `large` (N, 28, 28) bytes, `labels` and `predicted`
    are (N,).
    """
    figure, axis, corners = grid(len(small), 10, (1, 2.5), gap=(0, -0.15), at=(0.06, 0.3))
    for k, (x, y) in enumerate(corners):
        wrong = {"caption": f"{labels[k]} → {predicted[k]}", "edge": (ORANGE, 1.6)}
        look = wrong if labels[k] != predicted[k] else {"caption": labels[k]}
        place(axis, small[k], (x, y), 0.88, vmax=16)
        place(axis, large[k], (x, y + 0.98), 0.88, **look)
    note = w["misclassified_framed"]
    write(axis, 9.94, 0.12, note, 9, ha="right", color=ORANGE)
    return figure


def severity_panels(
    titles: Sequence[str], heights: tuple[float, float], x: str, y: str
) -> tuple[Figure, list[Axes]]:
    """Panels of per cent against severity, four a line; `heights` are of a line and of the rest."""
    count, columns = len(titles), min(4, len(titles))
    lines = -(-count // columns)
    height = lines * heights[0] + heights[1]
    figure, axes = panels(lines, columns, height, sharex=True, sharey=True, squeeze=False)
    for axis, title in zip(axes.flat, titles, strict=False):
        axis.set_title(title, pad=3)
        axis.set_ylim(0, 103)
        axis.grid()
    for axis in axes.flat[count:]:
        axis.axis("off")
    figure.supxlabel(x, fontsize=9)
    figure.supylabel(y, fontsize=9)
    return figure, list(axes.flat[:count])


def accuracy_curve(axis: Axes, rows: Sequence[CorruptionRow | PageScores], **look: object) -> None:
    """Draw accuracy in per cent against severity 0, 1, …, with its interval as a band."""
    bounds = 100 * np.transpose([row.interval for row in rows])
    axis.fill_between(range(len(rows)), *bounds, color=look["color"], alpha=0.2, lw=0)
    axis.plot([100 * row.accuracy for row in rows], ms=3, **look)
