"""Figures of the pairs of digits that are confused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import rankdata

from mnist_report.common.words import words
from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.evaluation.confusable_pairs import RankedPair
from mnist_report.figures.canvas import canvas, frame, legend, place
from mnist_report.figures.style import GREY, colours, panels, styled

BLUE, ORANGE = colours()[:2]


@styled
def pair_spectrum(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    members: Mapping[tuple[int, int], Sequence[int]],
    language: str | None = None,
    classes: Classes = DIGITS,
) -> Figure:
    """A row a pair, from clear on the left to ambiguous or misclassified on the right.

    `members` is of `confusable_pairs.from_clear_to_ambiguous`, indices into `images` (N, 28, 28),
    `labels` (N,) and `probabilities` (N, C). Below each image stand the two classes of the pair
    with their probabilities, the label's in blue; a frame marks misclassified ones.
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


def _tenths(probability: float) -> str:
    """A tenth of a per cent, but never 0 % or 100 %, which a softmax does not give."""
    if probability < 0.0005:
        return "<0.1%"
    return ">99.9%" if probability >= 0.9995 else f"{probability:.1%}"


@styled
def pair_intervals(
    ranking: Sequence[RankedPair],
    count: int = 15,
    language: str | None = None,
    classes: Classes = DIGITS,
) -> Figure:
    """The leading pairs by expected confusions, with these and errors, and their 95 % intervals.

    `ranking` is of `confusable_pairs.ranking`.
    """
    w = classes.words(language)
    leading = list(ranking)[:count]
    places = np.arange(len(leading))
    figure, axes = panels(1, 2, height=0.8 + 0.21 * len(leading), sharey=True)
    columns = (("expected", "expected_confusions_images"), ("errors", "errors_images"))
    for axis, (key, label), colour in zip(axes, columns, colours(), strict=False):
        values = np.array([getattr(row, key) for row in leading])
        low, high = np.array([getattr(row, f"{key}_interval") for row in leading]).T
        bars = np.maximum([values - low, high - values], 0)
        look = {"fmt": "o", "ms": 4.5, "color": colour, "capsize": 2, "lw": 1.1}
        axis.errorbar(values, places, xerr=bars, **look)
        # A little beyond zero, so that the mark of a pair without errors is whole.
        axis.set(xlabel=w[label], xlim=(-0.02 * max(high.max(), 1), None))
        axis.grid(axis="x")
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticks(places, [classes.pair(row.pair, language) for row in leading])
    axes[0].set(ylabel=w["pair"], ylim=(len(leading) - 0.5, -0.5))
    return figure


@styled
def hypothesis_against_truth(
    hypothesis: Sequence[float],
    expected: Sequence[float],
    pairs: Sequence[tuple[int, int]],
    language: str | None = None,
) -> Figure:
    """Rank of each pair in the hypothesis from the pixels, and its rank by expected confusions.

    `hypothesis` and `expected` are scores of `pairs`, the highest for the most confusable, which
    has rank 1. The line is a perfect hypothesis; the area of a point shows the confusions.
    """
    w = words(language)
    expected = np.asarray(expected, dtype=float)
    supposed, found = rankdata(-np.asarray(hypothesis)), rankdata(-expected)
    figure, axis = panels(height=4.2)
    last = len(hypothesis)
    axis.plot([1, last], [1, last], color="0.8", zorder=0)
    area = 12 + 140 * expected / max(expected.max(), 1e-9)
    axis.scatter(supposed, found, s=area, color=colours()[0], alpha=0.55, linewidth=0)
    for x, y, size, pair in zip(supposed, found, area, pairs, strict=True):
        beside = {"xytext": (size**0.5 / 2 + 1.5, 0), "textcoords": "offset points"}
        axis.annotate(_name(pair), (x, y), **beside, va="center", fontsize=7)
    ticks = [1, *range(5, last + 1, 5)]
    axis.set(xlabel=w["rank_in_hypothesis"], ylabel=w["rank_found"], xticks=ticks, yticks=ticks)
    axis.set(xlim=(-1, last + 3), ylim=(last + 1.5, -1))
    return figure


def _name(pair: Sequence[int]) -> str:
    return "{}–{}".format(*pair)
