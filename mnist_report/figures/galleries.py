"""Galleries of test images: the hardest ones, doubtful labels, maps of attribution, neighbours."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_report.datasets.dataset import evenly_spaced
from mnist_report.evaluation.label_errors import Suspect
from mnist_report.evaluation.metrics import Misclassified

from . import style
from .style import BLUE, ORANGE, Words, canvas, grid, legend, per_cent, place, styled, write


@styled
def hardest_digits(
    w: Words, images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> Figure:
    """Images (N, 28, 28) with the three most probable classes of each, the true one in blue."""
    names = w.names
    long = max(map(len, names)) > 1  # than a letter: above their bars, and with more room
    columns, wide = (4, 2.35) if long else (5, 2.15)
    figure, axis, corners = grid(len(images), columns, (wide, 1.2), gap=(0.1, 0.2), extra=0.3)
    legend(axis, {w["true_digit"]: BLUE, w["other_digit"]: ORANGE})
    for (x, y), image, label, row in zip(corners, images, labels, probabilities, strict=True):
        place(axis, image, (x, y), 1.0)
        leading = np.argsort(-np.asarray(row), kind="stable")[:3]
        leading[-1] = leading[-1] if label in leading else label  # which is always among them
        for rank, k in enumerate(leading):
            colour, middle = BLUE if k == label else ORANGE, y + 0.2 + 0.3 * rank
            _bar(axis, x + 1.08, middle, names[k], row[k], colour, above=long)
    return figure


def _bar(
    axis: Axes, x: float, y: float, name: str, share: float, colour: object, above: bool
) -> None:
    """Draw class, bar and per cent; a long name stands `above` its bar, a letter before it."""
    if above:
        text = f"{name}  {per_cent(share)}"
        write(axis, x + 0.02, y - 0.04, text, 6.5, ha="left", color=colour)
        axis.add_patch(Rectangle((x + 0.02, y + 0.07), share, 0.06, color=colour, lw=0))
    else:
        write(axis, x + 0.05, y, name, 8, color=colour)
        axis.add_patch(Rectangle((x + 0.15, y - 0.1), 0.4 * share, 0.2, color=colour, lw=0))
        write(axis, x + 0.18 + 0.4 * share, y, per_cent(share), ha="left")


@styled
def label_suspects(w: Words, images: np.ndarray, suspects: Sequence[Suspect]) -> Figure:
    """The images that contradict their label most surely, those on the known list framed.

    `images` are all test images (N, 28, 28), `suspects` those of `label_errors.audit`. Above each
    stands its index, below it the given label and the predicted digit, with its probability.
    """
    colours = {"error": ORANGE, "ambiguous": BLUE, "none": "0.6"}
    figure, axis, corners = grid(len(suspects), 10, (1, 1.42), (0, 0.1), (0.08, 0.16), extra=0.3)
    legend(axis, {w[f"status_{status}"]: colour for status, colour in colours.items()})
    for (x, y), row in zip(corners, suspects, strict=True):
        write(axis, x, y - 0.09, row.index, 6, ha="left", color=style.GREY)
        text = f"{row.given} → {row.predicted}  {per_cent(row.probability)}"
        edge = colours[row.status or "none"], 1.6 if row.status else 0.8
        place(axis, images[row.index], (x, y), 0.84, text, edge)
    return figure


@styled
def discordant(
    w: Words,
    images: np.ndarray,
    labels: np.ndarray,
    misclassified: Sequence[Misclassified],
    names: Sequence[str],
    count: int = 12,
) -> Figure:
    """Draw test images that only one of two networks classifies, with the other's answers.

    `images` are (N, 28, 28) bytes and `labels` (N,); `misclassified` are the errors of the two
    networks, which have a row each, of `names` and of up to `count` images, evenly taken from all.
    """
    first, second = (dict(zip(m.index, m.predicted, strict=True)) for m in misclassified)
    figure, axis = canvas(count, 2 * 1.75)
    for row, (own, other) in enumerate(((first, second), (second, first))):
        y, only = 1.75 * row, np.array(sorted(other.keys() - own.keys()), dtype=int)
        title = w["only_classifies"].format(names[row], len(only))
        write(axis, 0, y + 0.18, title, 8.5, ha="left")
        for x, index in enumerate(only[evenly_spaced(len(only), count)]):
            text = f"{labels[index]} → {other[index]}"
            place(axis, images[index], (x + 0.05, y + 0.36), 0.9, text)
    return figure


@styled
def attribution(
    w: Words,
    images: np.ndarray,
    contrasts: Sequence[tuple[int, int]],
    gradients: np.ndarray,
    occlusions: np.ndarray,
) -> Figure:
    """Images in a row, below each its integrated gradients and its occlusion map.

    Red speaks for the predicted digit, blue for the label; the colours of a map reach to its
    own strongest pixel. `images` are (N, 28, 28) bytes, `contrasts` the predicted digit and the
    label of each, `gradients` and `occlusions` the maps (N, 28, 28) of `evaluation.attribution`.
    """
    left = 1.2
    figure, axis = canvas(left + len(images), 3.2, extra=0.45)
    for row, name in enumerate(("input", "gradients_short", "occlusion_short")):
        write(axis, left - 0.1, 0.7 + 0.98 * row, w[name], 8, ha="right")
    for k, (predicted, label) in enumerate(contrasts):
        x = left + k + 0.04
        write(axis, x + 0.46, 0.12, f"{label} → {predicted}", 8)
        place(axis, images[k], (x, 0.24), 0.92)
        for y, values in ((1.22, gradients[k]), (2.2, occlusions[k])):
            scaled = values / max(np.abs(values).max(), 1e-9)
            drawn = place(axis, scaled, (x, y), 0.92, cmap=style.DIVERGING, vmin=-1, vmax=1)
    look = {"orientation": "horizontal", "shrink": 0.6, "aspect": 40, "pad": 0.02}
    bar = figure.colorbar(drawn, ax=axis, **look)
    bar.outline.set_visible(False)
    bar.set_ticks([-1, 1], labels=[w["speaks_for_label"], w["speaks_for_prediction"]])
    return figure


@styled
def neighbours(
    w: Words,
    images: np.ndarray,
    labels: Sequence[int],
    predicted: Sequence[int],
    near_images: np.ndarray,
    near_labels: np.ndarray,
) -> Figure:
    """Misclassified images (N, 28, 28), each with its k nearest training images in feature space.

    Two are shown a line. `labels` and `predicted` are (N,), `near_images` (N, k, 28, 28),
    `near_labels` (N, k); a neighbour's frame says whether it bears the label of the image.
    """
    wide = near_labels.shape[1] + 1.45
    figure, axis, corners = grid(len(images), 2, (wide, 1.35), gap=(0.3, 0.1), extra=0.3)
    legend(axis, {w["same_as_label"]: BLUE, w["other_than_label"]: ORANGE})
    for k, (x, y) in enumerate(corners):
        place(axis, images[k], (x, y), 1.0, f"{labels[k]} → {predicted[k]}")
        for j, (image, label) in enumerate(zip(near_images[k], near_labels[k], strict=True)):
            edge = BLUE if label == labels[k] else ORANGE, 1.0
            place(axis, image, (x + 1.15 + j, y + 0.12), 0.88, label, edge)
    return figure
