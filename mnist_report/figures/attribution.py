"""Figures of attribution: maps of the input, and images arranged by their last features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mnist_report.common.words import words
from mnist_report.figures.canvas import canvas, frame, legend, place
from mnist_report.figures.similarity import digit_scatter
from mnist_report.figures.style import DIVERGING, colours, panels, styled

BLUE, ORANGE = colours()[:2]


@styled
def attribution(
    images: np.ndarray,
    contrasts: Sequence[tuple[int, int]],
    gradients: np.ndarray,
    occlusions: np.ndarray,
    language: str | None = None,
) -> Figure:
    """Images in a row, below each its integrated gradients and its occlusion map.

    Red speaks for the predicted digit, blue for the label; the colours of a map reach to its
    own strongest pixel.

    Args:
        images: (N, 28, 28) bytes.
        contrasts: (predicted digit, label) of each image, for which the maps were made.
        gradients: (N, 28, 28), of `attribution.integrated_gradients`.
        occlusions: (N, 28, 28), of `attribution.occlusion`.
        language: of the words.
    """
    w = words(language)
    left = 1.2
    figure, axis = canvas(left + len(images), 3.2, extra=0.45)
    for x, (image, (predicted, label)) in enumerate(zip(images, contrasts, strict=True)):
        at = left + x + 0.04
        text = f"{label} → {predicted}"
        axis.text(at + 0.46, 0.12, text, ha="center", va="center", fontsize=8)
        place(axis, image, at, 0.24, 0.92)
        for row, maps in enumerate((gradients, occlusions), start=1):
            top = max(np.abs(maps[x]).max(), 1e-9)
            shown = {"cmap": DIVERGING, "vmin": -1, "vmax": 1}
            drawn = place(axis, maps[x] / top, at, 0.24 + 0.98 * row, 0.92, **shown)
    for row, name in enumerate(("input", "gradients_short", "occlusion_short")):
        where = (left - 0.1, 0.7 + 0.98 * row)
        axis.text(*where, w[name], ha="right", va="center", fontsize=8)
    look = {"orientation": "horizontal", "shrink": 0.6, "aspect": 40, "pad": 0.02, "ticks": [-1, 1]}
    bar = figure.colorbar(drawn, ax=axis, **look)
    bar.ax.set_xticklabels([w["speaks_for_label"], w["speaks_for_prediction"]])
    bar.outline.set_visible(False)
    return figure


@styled
def feature_map(
    points: ArrayLike, labels: ArrayLike, wrong: ArrayLike, language: str | None = None
) -> Figure:
    """A t-SNE map (N, 2) of the last features, one colour a digit, errors as crosses."""
    w = words(language)
    points, labels, wrong = np.asarray(points), np.asarray(labels), np.asarray(wrong, dtype=bool)
    figure, axis = panels(height=4.6)
    digit_scatter(axis, points, labels, size=7)
    look = {"marker": "x", "s": 26, "c": "black", "linewidths": 1.1, "zorder": 3}
    axis.scatter(*points[wrong].T, label=w["misclassified_n"].format(int(wrong.sum())), **look)
    axis.set(xlabel=w["tsne_axis"].format(1), ylabel=w["tsne_axis"].format(2))
    axis.set_aspect("equal", adjustable="datalim")
    figure.legend(loc="outside upper right")
    return figure


@styled
def neighbours(
    images: np.ndarray,
    labels: Sequence[int],
    predicted: Sequence[int],
    near_images: np.ndarray,
    near_labels: np.ndarray,
    language: str | None = None,
) -> Figure:
    """Misclassified images (N, 28, 28), each with its k nearest training images in feature space.

    Two are shown a line. `labels` and `predicted` are (N,), `near_images` (N, k, 28, 28),
    `near_labels` (N, k); a neighbour's frame says whether it bears the label of the image.
    """
    w, count = words(language), near_labels.shape[1]
    wide = count + 1.45
    figure, axis = canvas(2 * wide - 0.3, 1.35 * -(-len(images) // 2) - 0.1, extra=0.3)
    legend(axis, {w["same_as_label"]: BLUE, w["other_than_label"]: ORANGE})
    for k, image in enumerate(images):
        x, y = wide * (k % 2), 1.35 * (k // 2)
        place(axis, image, x, y, 1.0)
        text = f"{labels[k]} → {predicted[k]}"
        axis.text(x + 0.5, y + 1.12, text, ha="center", va="center", fontsize=7)
        for j in range(count):
            left, own = x + 1.15 + j, near_labels[k, j] == labels[k]
            place(axis, near_images[k, j], left, y + 0.06, 0.88)
            frame(axis, left, y + 0.06, 0.88, BLUE if own else ORANGE, 1.0)
            below = (left + 0.44, y + 1.12, str(near_labels[k, j]))
            axis.text(*below, ha="center", va="center", fontsize=7)
    return figure
