"""Galleries of test images with what the network thinks of each of them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_report.figures.canvas import canvas, legend, place
from mnist_report.figures.style import colours, styled
from mnist_report.labels import words

TRUE, READ = colours()[:2]


@styled
def hardest_digits(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, language: str | None = None
) -> Figure:
    """Images (N, 28, 28) with the three most probable digits of each, the true one in blue.

    Where the true digit is not among the three, it takes the place of the third.
    """
    w = words(language)
    columns, wide, high = 5, 2.15, 1.2
    figure, axis = canvas(columns * wide - 0.1, -(-len(images) // columns) * high - 0.2, extra=0.3)
    legend(axis, {w["true_digit"]: TRUE, w["other_digit"]: READ})
    for k, (image, label, row) in enumerate(zip(images, labels, probabilities, strict=True)):
        x, y = k % columns * wide, k // columns * high
        place(axis, image, x, y, 1.0)
        _probability_bars(axis, x + 1.08, y + 0.04, int(label), np.asarray(row))
    return figure


_CENTRE = {"ha": "center", "va": "center"}


def _probability_bars(axis: Axes, x: float, y: float, true: int, row: np.ndarray) -> None:
    """Three rows of digit, bar and per cent, the most probable digit first."""
    leading = [int(digit) for digit in np.argsort(-row, kind="stable")[:3]]
    if true not in leading:
        leading[-1] = true
    for rank, digit in enumerate(leading):
        middle, colour = y + 0.16 + 0.3 * rank, TRUE if digit == true else READ
        axis.text(x + 0.05, middle, str(digit), **_CENTRE, fontsize=8, color=colour)
        length = 0.4 * row[digit]
        axis.add_patch(Rectangle((x + 0.15, middle - 0.1), length, 0.2, color=colour, lw=0))
        axis.text(x + 0.18 + length, middle, per_cent(row[digit]), va="center", fontsize=7)


def per_cent(probability: float) -> str:
    """Whole per cent, but never 0 % or 100 %, which a softmax does not give."""
    if probability < 0.005:
        return "<1%"
    return ">99%" if probability > 0.995 else f"{probability:.0%}"
