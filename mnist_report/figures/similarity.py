"""Figures of likeness: digits close together, in pixels or to a network, and those confused."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import cdist, squareform
from scipy.stats import rankdata

from mnist_report.evaluation.confusable_pairs import RankedPair

from . import style
from .style import BLUE, GREY, ORANGE, Words, canvas, legend, panels, per_cent, place, styled, write

Pair = tuple[int, int]


@styled
def class_distances(w: Words, distances: ArrayLike) -> Figure:
    """Distances between the mean images (10, 10), and the tree in which like digits join first."""
    below = pd.DataFrame(np.asarray(distances)[1:, :-1], index=range(1, 10))
    figure, (left, right) = panels(1, 2, height=3.1, width_ratios=(3, 2))
    cells = {"linewidths": 0.8, "square": True, "cbar": False, "cmap": f"{style.SEQUENTIAL}_r"}
    written = {"annot": True, "fmt": ".1f", "annot_kws": {"size": 7.5}}
    sns.heatmap(below, mask=~np.tri(9, dtype=bool), ax=left, **cells, **written)
    left.set(xlabel=w["digit"], ylabel=w["digit"], title=w["mean_distance"])
    left.tick_params(length=0, rotation=0)
    tree = linkage(squareform(np.asarray(distances)), method="average")
    dendrogram(tree, ax=right, color_threshold=0, above_threshold_color="0.3", leaf_font_size=8)
    right.spines["bottom"].set_visible(False)
    right.set(xlabel=w["digit"], ylabel=w["merge_distance"])
    return figure


@styled
def pca_scatter(w: Words, points: ArrayLike, labels: ArrayLike, shares: ArrayLike) -> Figure:
    """The first two principal components (N, 2 or more), and the variance that n of them keep."""
    per_cent = 100 * np.asarray(shares)
    figure, (left, right) = panels(1, 2, height=3.2, width_ratios=(3, 2))
    _scatter(left, np.asarray(points)[:, :2], np.asarray(labels), size=3)
    x, y = (w["component_n"].format(n + 1, per_cent[n]) for n in range(2))
    left.set(xlabel=x, ylabel=y)
    right.plot(np.arange(1, len(per_cent) + 1), per_cent.cumsum(), color=BLUE)
    right.set(xlabel=w["components"], ylabel=w["variance_kept"], ylim=(0, 100), xlim=(0, None))
    right.grid()
    return figure


@styled
def tsne_scatter(w: Words, points: ArrayLike, labels: ArrayLike) -> Figure:
    """A t-SNE map (N, 2) of the images, one colour a digit."""
    return _map(w, 4.4, points, labels)


@styled
def feature_map(w: Words, points: ArrayLike, labels: ArrayLike, wrong: ArrayLike) -> Figure:
    """A t-SNE map (N, 2) of the last features, one colour a digit, errors as crosses."""
    figure, crosses = _map(w, 4.6, points, labels), np.asarray(points)[np.asarray(wrong)]
    look = {"marker": "x", "s": 26, "c": "black", "linewidths": 1.1, "zorder": 3}
    text = w["misclassified_n"].format(len(crosses))
    figure.axes[0].scatter(*crosses.T, label=text, **look)
    figure.legend(loc="outside upper right")
    return figure


@styled
def confusability(w: Words, hypothesis: pd.DataFrame, count: int = 15) -> Figure:
    """The pairs of digits that lie closest together, of `exploration.confusability_hypothesis`."""
    top = hypothesis.head(count)
    figure, axis = panels(height=2.6)
    axis.bar(top["pair"].map(w.pair), top["score"], color=BLUE, width=0.75)
    axis.set(xlabel=w["pair"], ylabel=w["neighbour_share"])
    axis.grid(axis="y")
    return figure


@styled
def pair_spectrum(
    w: Words,
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    members: Mapping[Pair, Sequence[int]],
) -> Figure:
    """A row a pair, from clear on the left to ambiguous or misclassified on the right.

    `members` is of `confusable_pairs.from_clear_to_ambiguous`, indices into `images` (N, 28, 28),
    `labels` (N,) and `probabilities` (N, C). Below each image stand the two classes of the pair
    with their probabilities, the label's in blue; a frame marks misclassified ones.
    """
    names = w.names
    long = max(map(len, names)) > 1  # names that stand one below the other, and only there
    columns = 1 + max(map(len, members.values()))
    figure, axis = canvas(columns, 1.5 * len(members) + 0.3, extra=0.3)
    legend(axis, {w["true_digit"]: BLUE, w["other_of_pair"]: ORANGE})
    write(axis, 1.08, 0.12, f"← {w['clear']}", 8, ha="left", color=GREY)
    write(axis, columns - 0.08, 0.12, f"{w['ambiguous']} →", 8, ha="right", color=GREY)
    for row, (pair, indices) in enumerate(members.items()):
        y = 1.5 * row + 0.3
        title = "\n".join(names[k] for k in pair) if long else w.pair(pair)
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
def pair_intervals(w: Words, ranking: Sequence[RankedPair], count: int = 15) -> Figure:
    """The leading pairs by expected confusions, with these and errors, and their 95 % intervals."""
    leading = ranking[:count]
    names = [w.pair(row.pair) for row in leading]
    figure, axes = panels(1, 2, height=0.8 + 0.21 * len(leading), sharey=True)
    for axis, key, colour in zip(axes, ("expected", "errors"), (BLUE, ORANGE), strict=True):
        values = [getattr(row, key) for row in leading]
        bounds = np.array([getattr(row, f"{key}_interval") for row in leading])
        look = {"ms": 4.5, "color": colour, "lw": 1.1}
        style.intervals(axis, values, range(len(leading)), bounds, **look)
        # A little beyond zero, so that the mark of a pair without errors is whole.
        axis.set(xlim=(-0.02 * max(bounds.max(), 1), None))
        style.name_rows(axis, names)
    axes[0].set(ylabel=w["pair"], xlabel=w["expected_confusions_images"])
    axes[1].set_xlabel(w["errors_images"])
    return figure


@styled
def hypothesis_against_truth(
    w: Words, hypothesis: ArrayLike, expected: ArrayLike, pairs: Sequence[Pair]
) -> Figure:
    """Rank of each pair in the hypothesis from the pixels, and its rank by expected confusions.

    `hypothesis` and `expected` are scores of `pairs`, the highest for the most confusable, which
    has rank 1. The line is a perfect hypothesis; the area of a point shows the confusions.
    """
    last = len(hypothesis)
    supposed, found = (rankdata(np.negative(scores)) for scores in (hypothesis, expected))
    figure, axis = panels(height=4.2)
    axis.plot([1, last], [1, last], color="0.8", zorder=0)
    area = 12 + 140 * np.asarray(expected) / max(*expected, 1e-9)
    axis.scatter(supposed, found, s=area, color=BLUE, alpha=0.55, linewidth=0)
    for x, y, size, pair in zip(supposed, found, area, pairs, strict=True):
        beside = {"xytext": (size**0.5 / 2 + 1.5, 0), "textcoords": "offset points"}
        axis.annotate(w.pair(pair), (x, y), **beside, va="center", fontsize=7)
    ticks = [1, *range(5, last + 1, 5)]
    axis.set(xlabel=w["rank_in_hypothesis"], ylabel=w["rank_found"], xticks=ticks, yticks=ticks)
    axis.set(xlim=(-1, last + 3), ylim=(last + 1.5, -1))
    return figure


def _map(w: Words, height: float, points: ArrayLike, labels: ArrayLike) -> Figure:
    figure, axis = panels(height=height)
    _scatter(axis, np.asarray(points), np.asarray(labels), size=7)
    axis.set(xlabel=w["tsne_axis"].format(1), ylabel=w["tsne_axis"].format(2))
    axis.set_aspect("equal", adjustable="datalim")
    return figure


def _scatter(axis: Axes, points: np.ndarray, labels: np.ndarray, size: float) -> None:
    """Points in one colour a digit, with the digit written among them for all readers."""
    look = {"s": size, "alpha": 0.5, "linewidths": 0, "rasterized": True}
    medians = np.stack([np.median(points[labels == digit], axis=0) for digit in range(10)])
    own = cdist(points, medians).argmin(axis=1) == labels
    for digit, colour in enumerate(style.COLOURS):
        axis.scatter(*points[labels == digit].T, color=colour, **look)
        # Where a digit is among its own, so that the marks of overlapping digits stay apart.
        place = np.median(points[own & (labels == digit)], axis=0)
        box = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": colour, "lw": 1, "alpha": 0.9}
        axis.annotate(str(digit), place, ha="center", va="center", bbox=box)
