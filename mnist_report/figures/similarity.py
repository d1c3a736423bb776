"""Figures of likeness: which digits lie close together, by means, by PCA and by neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import cdist, squareform

from mnist_report.common.words import words
from mnist_report.figures import style


@style.styled
def class_distances(distances: ArrayLike, language: str | None = None) -> Figure:
    """Distances between the mean images (10, 10), and the tree in which like digits join first."""
    w = words(language)
    table = np.asarray(distances)
    upper = np.triu(np.ones_like(table, dtype=bool))
    figure, (left, right) = style.panels(1, 2, height=3.1, width_ratios=(3, 2))
    sns.heatmap(
        pd.DataFrame(table).iloc[1:, :-1],
        mask=upper[1:, :-1],
        annot=True,
        fmt=".1f",
        annot_kws={"size": 7.5},
        cmap=f"{style.SEQUENTIAL}_r",
        linewidths=0.8,
        square=True,
        cbar=False,
        ax=left,
    )
    left.set(xlabel=w["digit"], ylabel=w["digit"], title=w["mean_distance"])
    left.tick_params(length=0, rotation=0)
    _tree(right, table)
    right.set(xlabel=w["digit"], ylabel=w["merge_distance"])
    return figure


@style.styled
def pca_scatter(
    points: ArrayLike, labels: ArrayLike, shares: ArrayLike, language: str | None = None
) -> Figure:
    """The first two principal components (N, 2 or more), and the variance that n of them keep."""
    w = words(language)
    shares = np.asarray(shares)
    figure, (left, right) = style.panels(1, 2, height=3.2, width_ratios=(3, 2))
    digit_scatter(left, np.asarray(points)[:, :2], np.asarray(labels))
    left.set(
        xlabel=w["component_n"].format(1, 100 * shares[0]),
        ylabel=w["component_n"].format(2, 100 * shares[1]),
    )
    right.plot(np.arange(1, len(shares) + 1), 100 * shares.cumsum(), color=style.colours()[0])
    right.set(xlabel=w["components"], ylabel=w["variance_kept"], ylim=(0, 100), xlim=(0, None))
    right.grid()
    return figure


@style.styled
def tsne_scatter(points: ArrayLike, labels: ArrayLike, language: str | None = None) -> Figure:
    """A t-SNE map (N, 2) of the images, one colour a digit."""
    w = words(language)
    figure, axis = style.panels(height=4.4)
    digit_scatter(axis, np.asarray(points), np.asarray(labels), size=7)
    axis.set(xlabel=w["tsne_axis"].format(1), ylabel=w["tsne_axis"].format(2))
    axis.set_aspect("equal", adjustable="datalim")
    return figure


@style.styled
def confusability(hypothesis: pd.DataFrame, count: int = 15, language: str | None = None) -> Figure:
    """The pairs of digits that lie closest together, of `exploration.confusability_guess`."""
    w = words(language)
    top = hypothesis.head(count)
    figure, axis = style.panels(height=2.6)
    names = ["–".join(map(str, pair)) for pair in top["pair"]]
    axis.bar(names, top["score"], color=style.colours()[0], width=0.75)
    axis.set(xlabel=w["pair"], ylabel=w["neighbour_share"])
    axis.grid(axis="y")
    return figure


def _tree(axis: Axes, distances: np.ndarray) -> None:
    tree = linkage(squareform(distances), method="average")
    dendrogram(tree, ax=axis, color_threshold=0, above_threshold_color="0.3", leaf_font_size=8)
    axis.spines["bottom"].set_visible(False)


def digit_scatter(axis: Axes, points: np.ndarray, labels: np.ndarray, size: float = 3) -> None:
    """Points in one colour a digit, with the digit written among them for all readers."""
    look = {"s": size, "alpha": 0.5, "linewidths": 0, "rasterized": True}
    medians = np.stack([np.median(points[labels == digit], axis=0) for digit in range(10)])
    own = cdist(points, medians).argmin(axis=1) == labels
    for digit, colour in enumerate(style.colours()):
        axis.scatter(*points[labels == digit].T, color=colour, **look)
        # Where a digit is among its own, so that the marks of overlapping digits stay apart.
        place = np.median(points[own & (labels == digit)], axis=0)
        box = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": colour, "lw": 1, "alpha": 0.9}
        axis.annotate(str(digit), place, ha="center", va="center", bbox=box)
