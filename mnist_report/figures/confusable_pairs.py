"""Figures of the pairs of digits that are confused."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from mnist_report.common.words import words
from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.evaluation.confusable_pairs import RankedPair

from .canvas import canvas, legend, per_cent, place, write
from .style import BLUE, GREY, ORANGE, intervals, name_rows, panels, styled

Pair = tuple[int, int]


@styled
def pair_spectrum(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    members: Mapping[Pair, Sequence[int]],
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
    columns = 1 + max(map(len, members.values()))
    figure, axis = canvas(columns, 1.5 * len(members) + 0.3, extra=0.3)
    legend(axis, {w["true_digit"]: BLUE, w["other_of_pair"]: ORANGE})
    write(axis, 1.08, 0.12, f"← {w['clear']}", 8, ha="left", color=GREY)
    write(axis, columns - 0.08, 0.12, f"{w['ambiguous']} →", 8, ha="right", color=GREY)
    for row, (pair, indices) in enumerate(members.items()):
        y = 1.5 * row + 0.3
        title = "\n".join(names[k] for k in pair) if long else classes.pair(pair, language)
        write(axis, 0.45, y + 0.42, title, 7 if long else 12)
        for x, index in enumerate(indices, start=1):
            wrong = np.argmax(probabilities[index]) != labels[index]
            look = {"edge": (ORANGE, 1.4)} if wrong else {}
            place(axis, images[index], (x + 0.08, y), 0.84, **look)
            for line, digit in enumerate(pair):
                text = per_cent(probabilities[index][digit], decimals=1)
                text = text if long else f"{digit}: {text}"
                colour = BLUE if digit == labels[index] else ORANGE
                write(axis, x + 0.12, y + 0.97 + 0.19 * line, text, ha="left", color=colour)
    return figure


@styled
def pair_intervals(
    ranking: Sequence[RankedPair],
    count: int = 15,
    language: str | None = None,
    classes: Classes = DIGITS,
) -> Figure:
    """The leading pairs by expected confusions, with these and errors, and their 95 % intervals."""
    w, leading = classes.words(language), ranking[:count]
    names = [classes.pair(row.pair, language) for row in leading]
    figure, axes = panels(1, 2, height=0.8 + 0.21 * len(leading), sharey=True)
    for axis, key, colour in zip(axes, ("expected", "errors"), (BLUE, ORANGE), strict=True):
        values = [getattr(row, key) for row in leading]
        bounds = np.array([getattr(row, f"{key}_interval") for row in leading])
        look = {"ms": 4.5, "color": colour, "lw": 1.1}
        intervals(axis, values, range(len(leading)), bounds, **look)
        # A little beyond zero, so that the mark of a pair without errors is whole.
        axis.set(xlim=(-0.02 * max(bounds.max(), 1), None))
        name_rows(axis, names)
    axes[0].set(ylabel=w["pair"], xlabel=w["expected_confusions_images"])
    axes[1].set_xlabel(w["errors_images"])
    return figure


@styled
def hypothesis_against_truth(
    hypothesis: ArrayLike, expected: ArrayLike, pairs: Sequence[Pair], language: str | None = None
) -> Figure:
    """Rank of each pair in the hypothesis from the pixels, and its rank by expected confusions.

    `hypothesis` and `expected` are scores of `pairs`, the highest for the most confusable, which
    has rank 1. The line is a perfect hypothesis; the area of a point shows the confusions.
    """
    w, last = words(language), len(hypothesis)
    supposed, found = (rankdata(np.negative(scores)) for scores in (hypothesis, expected))
    figure, axis = panels(height=4.2)
    axis.plot([1, last], [1, last], color="0.8", zorder=0)
    area = 12 + 140 * np.asarray(expected) / max(*expected, 1e-9)
    axis.scatter(supposed, found, s=area, color=BLUE, alpha=0.55, linewidth=0)
    for x, y, size, pair in zip(supposed, found, area, pairs, strict=True):
        beside = {"xytext": (size**0.5 / 2 + 1.5, 0), "textcoords": "offset points"}
        axis.annotate(DIGITS.pair(pair), (x, y), **beside, va="center", fontsize=7)
    ticks = [1, *range(5, last + 1, 5)]
    axis.set(xlabel=w["rank_in_hypothesis"], ylabel=w["rank_found"], xticks=ticks, yticks=ticks)
    axis.set(xlim=(-1, last + 3), ylim=(last + 1.5, -1))
    return figure
