"""Figures of likeness: which digits lie close together, in pixels and in what a network sees."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import cdist, squareform

from mnist_report.common.words import words
from mnist_report.datasets.dataset import DIGITS

from . import style


@style.styled
def class_distances(distances: ArrayLike, language: str | None = None) -> Figure:
    """Distances between the mean images (10, 10), and the tree in which like digits join first."""
    w = words(language)
    below = pd.DataFrame(np.asarray(distances)[1:, :-1], index=range(1, 10))
    figure, (left, right) = style.panels(1, 2, height=3.1, width_ratios=(3, 2))
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


@style.styled
def pca_scatter(
    points: ArrayLike, labels: ArrayLike, shares: ArrayLike, language: str | None = None
) -> Figure:
    """The first two principal components (N, 2 or more), and the variance that n of them keep."""
    w, per_cent = words(language), 100 * np.asarray(shares)
    figure, (left, right) = style.panels(1, 2, height=3.2, width_ratios=(3, 2))
    _scatter(left, np.asarray(points)[:, :2], np.asarray(labels), size=3)
    x, y = (w["component_n"].format(n + 1, per_cent[n]) for n in range(2))
    left.set(xlabel=x, ylabel=y)
    right.plot(np.arange(1, len(per_cent) + 1), per_cent.cumsum(), color=style.BLUE)
    right.set(xlabel=w["components"], ylabel=w["variance_kept"], ylim=(0, 100), xlim=(0, None))
    right.grid()
    return figure


@style.styled
def tsne_scatter(points: ArrayLike, labels: ArrayLike, language: str | None = None) -> Figure:
    """A t-SNE map (N, 2) of the images, one colour a digit."""
    return _map(4.4, points, labels, language)


@style.styled
def feature_map(
    points: ArrayLike, labels: ArrayLike, wrong: ArrayLike, language: str | None = None
) -> Figure:
    """A t-SNE map (N, 2) of the last features, one colour a digit, errors as crosses."""
    figure, crosses = _map(4.6, points, labels, language), np.asarray(points)[np.asarray(wrong)]
    look = {"marker": "x", "s": 26, "c": "black", "linewidths": 1.1, "zorder": 3}
    text = words(language)["misclassified_n"].format(len(crosses))
    figure.axes[0].scatter(*crosses.T, label=text, **look)
    figure.legend(loc="outside upper right")
    return figure


@style.styled
def confusability(hypothesis: pd.DataFrame, count: int = 15, language: str | None = None) -> Figure:
    """The pairs of digits that lie closest together, of `exploration.confusability_hypothesis`."""
    w = words(language)
    top = hypothesis.head(count)
    figure, axis = style.panels(height=2.6)
    axis.bar(top["pair"].map(DIGITS.pair), top["score"], color=style.BLUE, width=0.75)
    axis.set(xlabel=w["pair"], ylabel=w["neighbour_share"])
    axis.grid(axis="y")
    return figure


def _map(height: float, points: ArrayLike, labels: ArrayLike, language: str | None) -> Figure:
    x, y = (words(language)["tsne_axis"].format(n) for n in (1, 2))
    figure, axis = style.panels(height=height)
    _scatter(axis, np.asarray(points), np.asarray(labels), size=7)
    axis.set(xlabel=x, ylabel=y)
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
