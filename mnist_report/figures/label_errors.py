"""Galleries of the label audit, of pairs from clear to ambiguous, and of nearest neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.datasets.classes import DIGITS, Classes
from mnist_report.figures.canvas import canvas, frame, legend, place
from mnist_report.figures.hardest_digits import per_cent
from mnist_report.figures.style import GREY, colours, styled

BLUE, ORANGE, GREEN = colours()[:3]
STATUS = {"error": ORANGE, "ambiguous": BLUE, "": "0.6"}


@styled
def label_suspects(
    images: np.ndarray, suspects: Sequence[Mapping[str, Any]], language: str | None = None
) -> Figure:
    """The images that contradict their label most surely, those on the known list framed.

    Args:
        images: (N, 28, 28), all test images.
        suspects: of `label_audit.audit`; above each stands its index, below it the given label
            and the digit that was read, with its probability.
        language: of the legend.
    """
    w, columns = words(language), 10
    rows = -(-len(suspects) // columns)
    figure, axis = canvas(columns, 1.42 * rows - 0.1, extra=0.3)
    names = {"status_error": ORANGE, "status_ambiguous": BLUE, "status_none": "0.6"}
    legend(axis, {w[name]: colour for name, colour in names.items()})
    for k, row in enumerate(suspects):
        x, y = k % columns + 0.08, 1.42 * (k // columns) + 0.16
        place(axis, images[row["index"]], x, y, 0.84)
        frame(axis, x, y, 0.84, STATUS[row["status"]], 1.6 if row["status"] else 0.8)
        axis.text(x, y - 0.09, str(row["index"]), va="center", fontsize=6, color=GREY)
        text = f"{row['given']} → {row['predicted']}  {per_cent(row['probability'])}"
        axis.text(x + 0.42, y + 0.97, text, ha="center", va="center", fontsize=7)
    return figure


@styled
def pair_spectrum(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    members: Mapping[tuple[int, int], Sequence[int]],
    language: str | None = None,
    classes: Classes = DIGITS,
) -> Figure:
    """A row a pair, from clear on the left to ambiguous or misread on the right.

    `members` is of `pairs.from_clear_to_ambiguous`, indices into `images` (N, 28, 28), `labels`
    (N,) and `probabilities` (N, C). Below each image stand the two classes of the pair with their
    probabilities, the label's in blue; a frame marks what is misread.
    """
    w, names = classes.words(language), classes.names(language)
    long = max(map(len, names)) > 1  # names that stand one below the other, and only there
    columns = 1 + max(len(indices) for indices in members.values())
    figure, axis = canvas(columns, 1.5 * len(members) + 0.3, extra=0.3)
    legend(axis, {w["true_digit"]: BLUE, w["other_of_pair"]: ORANGE})
    for x, side, name in ((1.08, "left", "clear"), (columns - 0.08, "right", "ambiguous")):
        text = f"← {w[name]}" if side == "left" else f"{w[name]} →"
        axis.text(x, 0.12, text, ha=side, va="center", color=GREY, fontsize=8)
    for row, (pair, indices) in enumerate(members.items()):
        y = 1.5 * row + 0.3
        title = "\n".join(names[k] for k in pair) if long else classes.pair(pair, language)
        size = 7 if long else 12
        axis.text(0.45, y + 0.42, title, ha="center", va="center", fontsize=size)
        for x, index in enumerate(indices, start=1):
            place(axis, images[index], x + 0.08, y, 0.84)
            if np.argmax(probabilities[index]) != labels[index]:
                frame(axis, x + 0.08, y, 0.84, ORANGE, 1.4)
            for line, digit in enumerate(pair):
                own = digit == labels[index]
                text = _tenths(probabilities[index][digit])
                text = text if long else f"{digit}: {text}"
                where = (x + 0.12, y + 0.97 + 0.19 * line)
                colour = BLUE if own else ORANGE
                axis.text(*where, text, va="center", fontsize=7, color=colour)
    return figure


@styled
def neighbours(
    images: np.ndarray,
    labels: Sequence[int],
    read: Sequence[int],
    near_images: np.ndarray,
    near_labels: np.ndarray,
    language: str | None = None,
) -> Figure:
    """Misread images (N, 28, 28), each with its k nearest training images in feature space.

    Two are shown a line. `labels` and `read` are (N,), `near_images` (N, k, 28, 28), `near_labels`
    (N, k); a neighbour's frame says whether it bears the label of the image.
    """
    w, count = words(language), near_labels.shape[1]
    wide = count + 1.45
    figure, axis = canvas(2 * wide - 0.3, 1.35 * -(-len(images) // 2) - 0.1, extra=0.3)
    legend(axis, {w["same_as_label"]: BLUE, w["other_than_label"]: ORANGE})
    for k, image in enumerate(images):
        x, y = wide * (k % 2), 1.35 * (k // 2)
        place(axis, image, x, y, 1.0)
        text = f"{labels[k]} → {read[k]}"
        axis.text(x + 0.5, y + 1.12, text, ha="center", va="center", fontsize=7)
        for j in range(count):
            left, own = x + 1.15 + j, near_labels[k, j] == labels[k]
            place(axis, near_images[k, j], left, y + 0.06, 0.88)
            frame(axis, left, y + 0.06, 0.88, BLUE if own else ORANGE, 1.0)
            below = (left + 0.44, y + 1.12, str(near_labels[k, j]))
            axis.text(*below, ha="center", va="center", fontsize=7)
    return figure


def _tenths(probability: float) -> str:
    """A tenth of a per cent, but never 0 % or 100 %, which a softmax does not give."""
    if probability < 0.0005:
        return "<0.1%"
    return ">99.9%" if probability >= 0.9995 else f"{probability:.1%}"
