"""A gallery of test images, each with the most probable classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.figures.canvas import canvas, legend, place
from mnist_report.figures.style import colours, styled

TRUE, OTHER = colours()[:2]


@styled
def hardest_digits(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    language: str | None = None,
    classes: Classes = DIGITS,
) -> Figure:
    """Images (N, 28, 28) with the three most probable classes of each, the true one in blue.

    Where the true class is not among the three, it takes the place of the third. Names longer
    than a letter stand above their bars, and get more room.
    """
    w, names = classes.words(language), classes.names(language)
    columns, wide, high = (5, 2.15, 1.2) if max(map(len, names)) == 1 else (4, 2.35, 1.2)
    figure, axis = canvas(columns * wide - 0.1, -(-len(images) // columns) * high - 0.2, extra=0.3)
    legend(axis, {w["true_digit"]: TRUE, w["other_digit"]: OTHER})
    for k, (image, label, row) in enumerate(zip(images, labels, probabilities, strict=True)):
        x, y = k % columns * wide, k // columns * high
        place(axis, image, x, y, 1.0)
        _probability_bars(axis, x + 1.08, y + 0.04, int(label), np.asarray(row), names)
    return figure


_CENTRE = {"ha": "center", "va": "center"}


def _probability_bars(
    axis: Axes, x: float, y: float, true: int, row: np.ndarray, names: Sequence[str]
) -> None:
    """Three rows of class, bar and per cent, the most probable class first."""
    leading = [int(k) for k in np.argsort(-row, kind="stable")[:3]]
    if true not in leading:
        leading[-1] = true
    draw = _letter_bar if max(map(len, names)) == 1 else _name_bar
    for rank, k in enumerate(leading):
        draw(axis, x, y + 0.16 + 0.3 * rank, names[k], row[k], TRUE if k == true else OTHER)


def _letter_bar(
    axis: Axes, x: float, middle: float, name: str, probability: float, colour: object
) -> None:
    axis.text(x + 0.05, middle, name, **_CENTRE, fontsize=8, color=colour)
    length = 0.4 * probability
    axis.add_patch(Rectangle((x + 0.15, middle - 0.1), length, 0.2, color=colour, lw=0))
    axis.text(x + 0.18 + length, middle, per_cent(probability), va="center", fontsize=7)


def _name_bar(
    axis: Axes, x: float, middle: float, name: str, probability: float, colour: object
) -> None:
    text = f"{name}  {per_cent(probability)}"
    axis.text(x + 0.02, middle - 0.04, text, va="center", fontsize=6.5, color=colour)
    axis.add_patch(Rectangle((x + 0.02, middle + 0.07), probability, 0.06, color=colour, lw=0))


def per_cent(probability: float) -> str:
    """Whole per cent, but never 0 % or 100 %, which a softmax does not give."""
    text = f"{probability:.0%}"  # 0.5 and 99.5 per cent are rounded, too, to the even 0 and 100
    return {"0%": "<1%", "100%": ">99%"}.get(text, text)
