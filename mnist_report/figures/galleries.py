"""Galleries of test images with what the network thinks of each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_report.figures.canvas import canvas, frame, legend, place
from mnist_report.figures.style import GREY, colours, styled
from mnist_report.labels import words

TRUE, READ, OTHERS = colours()[0], colours()[1], "0.85"


@styled
def pair_gallery(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    members: Mapping[tuple[int, int], Sequence[int]],
    language: str = "en",
) -> Figure:
    """Images that are hard to tell apart, a row a pair, chosen by `evaluation.pair_images`.

    `members` maps a pair to indices into `images` (N, 28, 28), `labels` (N,) and `probabilities`
    (N, 10). Under each image stand a bar that is split as the probability is (true digit, the
    other digit of the pair, all the rest) and both digits, the other with its probability. A
    frame marks the images that are misread.
    """
    w = words(language)
    columns = 1 + max(7, *(len(indices) for indices in members.values()))
    figure, axis = canvas(columns, 1.32 * len(members), extra=0.3)
    names = ("true_digit", "other_of_pair", "all_others")
    legend(axis, {w[n]: c for n, c in zip(names, (TRUE, READ, OTHERS), strict=True)})
    for row, (pair, indices) in enumerate(members.items()):
        y = 1.32 * row
        axis.text(0.45, y + 0.42, "{}–{}".format(*pair), **_CENTRE, fontsize=12)
        if len(indices) == 0:
            axis.text(1.08, y + 0.42, w["no_error"], va="center", color=GREY)
        for x, index in enumerate(indices, start=1):
            true = int(labels[index])
            other = pair[1] if true == pair[0] else pair[0]
            place(axis, images[index], x + 0.08, y, 0.84)
            if np.argmax(probabilities[index]) != true:
                frame(axis, x + 0.08, y, 0.84, READ, 1.2)
            _split_bar(axis, x + 0.08, y + 0.9, probabilities[index], true, other)
    return figure


@styled
def hardest_digits(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, language: str = "en"
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


def _split_bar(axis: Axes, x: float, y: float, row: np.ndarray, true: int, other: int) -> None:
    """A bar as wide as the image, split by probability, and the two digits below it."""
    left, wide = x, 0.84
    rest = 1 - row[true] - row[other]
    for share, colour in ((row[true], TRUE), (row[other], READ), (rest, OTHERS)):
        axis.add_patch(Rectangle((left, y), wide * share, 0.08, color=colour, linewidth=0))
        left += wide * share
    axis.text(x, y + 0.19, str(true), va="center", fontsize=7, color=TRUE)
    text = f"{other}  {per_cent(row[other])}"
    axis.text(x + wide, y + 0.19, text, va="center", ha="right", fontsize=7, color=READ)


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
