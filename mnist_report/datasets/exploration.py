"""Statistics and similarity of images before any network sees them.

Images are (N, 28, 28) bytes, labels (N,) from 0 to 9, or below `classes`; arrays or tensors. The
same images give the same numbers: nothing is random, or else a seed fixes it. Libraries are
imported where something is computed: what is kept is read without them.
"""

import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mnist_report.common import DataError, Stored, one_thread
from mnist_report.common.kept import kept
from mnist_report.datasets.dataset import evenly_spaced
from mnist_report.datasets.shapes import checked_images, flat, grey

DIGITS = range(10)


def class_counts(label_sets: dict[str, ArrayLike], classes: int = 10) -> pd.DataFrame:
    """Count the images of each class in each set: one row a class, one column a set."""
    counts = {name: np.bincount(labels, minlength=classes) for name, labels in label_sets.items()}
    return pd.DataFrame(counts, index=pd.Index(range(classes), name="digit"))


def pixel_statistics(images: ArrayLike, labels: ArrayLike, classes: int = 10) -> pd.DataFrame:
    """Compute mean, deviation and share of empty pixels, in [0, 1]: a row a class, and "all"."""
    x, y = checked_images(images, labels)
    groups = {k: x[y == k] for k in range(classes)} | {"all": x}
    rows = {
        name: {"mean": g.mean() / 255, "deviation": g.std() / 255, "empty": (g == 0).mean()}
        for name, g in groups.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("digit")


def mean_images(
    images: ArrayLike,
    labels: ArrayLike,
    classes: int = 10,
    measure: Callable[..., np.ndarray] = np.mean,
) -> np.ndarray:
    """Return the mean image, or another `measure`, of each class: (classes, 28, 28), ink 0 … 1."""
    x, y = checked_images(images, labels)
    if absent := sorted(set(range(classes)) - set(y.tolist())):
        raise DataError(f"No image of class {absent[0]}; give images of all {classes} classes.")
    return np.stack([measure(grey(x[y == k]), axis=0) for k in range(classes)])


def deviation_images(images: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the standard deviation of each pixel of each digit: (10, 28, 28), ink from 0 to 1."""
    return mean_images(images, labels, measure=np.std)


@kept
@one_thread
def typicality(images: ArrayLike, labels: ArrayLike, components: int = 40) -> np.ndarray:
    """Score how typical each image is of its own digit (N,): the higher, the more typical.

    The logarithm of its density under a probabilistic PCA of its class (Tipping and Bishop 1999),
    which knows how the class varies: a slanted 1 is typical of the 1s, a slanted 0 less so of 0s.
    """
    from sklearn.decomposition import PCA

    x, y = checked_images(images, labels)
    score = np.empty(len(x))
    for digit in np.unique(y):
        members = flat(x[y == digit])
        model = PCA(components, svd_solver="covariance_eigh").fit(members)
        score[y == digit] = model.score_samples(members)
    return score


def extremes(score: ArrayLike, labels: ArrayLike, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return indices (10, count) of the images with the highest and with the lowest scores."""
    order, y = np.argsort(-np.asarray(score), kind="stable"), np.asarray(labels)
    ranked = [order[y[order] == digit] for digit in DIGITS]
    if min(map(len, ranked)) < count:
        raise DataError(f"A digit has fewer than {count} images; ask for fewer or give more.")
    return np.stack([r[:count] for r in ranked]), np.stack([r[: -count - 1 : -1] for r in ranked])


def class_distances(images: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return Euclidean distances (10, 10) between the digits' mean images, ink from 0 to 1."""
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(mean_images(images, labels).reshape(10, -1)))


def pca(images: ArrayLike, components: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Return principal components (N, components) and their shares of the variance."""
    mean, axes, shares = _principal_axes(np.asarray(images))
    axes = axes[:components]
    return flat(images) @ axes.T - mean @ axes.T, shares[:components]


@kept
@one_thread
def _principal_axes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean (D,), the axes (A, D), and the shares (A,) of the variance along them."""
    from sklearn.decomposition import PCA

    model = PCA(svd_solver="covariance_eigh").fit(flat(images))
    return model.mean_, model.components_, model.explained_variance_ratio_


@kept
@one_thread
def tsne(images: ArrayLike, seed: int = 0) -> np.ndarray:
    """Map images to (N, 2) so that neighbours stay together (van der Maaten and Hinton 2008).

    From 50 principal components, perplexity 30. Distances between far groups mean nothing.
    """
    from sklearn.manifold import TSNE

    # Half of the usual steps, with forces summed up more coarsely: a third of the time, and on
    # 2,000 digits a trustworthiness of 0.981 in place of 0.983 (of five neighbours).
    model = TSNE(init="pca", perplexity=30, max_iter=500, angle=0.8, random_state=seed)
    return model.fit_transform(pca(images, 50)[0])


class Hypothesis(Stored):
    """Share of the nearest images of each digit that show each digit, in per cent."""

    time: float  # when it was made, in seconds since 1970
    rates: list[list[float]]  # (10, 10), a row for each image's own digit


def confusability_hypothesis(
    images: ArrayLike, labels: ArrayLike, neighbours: int = 10, sample: int = 20_000
) -> pd.DataFrame:
    """Rank the 45 pairs of digits by how likely they are confused, from pixels alone.

    `score` of a pair is the share of the `neighbours` nearest images of one digit that show the
    other, in per cent and as the mean of both directions: distances between means would overlook
    that only one of a digit's shapes may look like another. `attrs["time"]` says when it was made.
    """
    x, y = checked_images(images, labels)
    hypothesis = _hypothesis(x, y, neighbours, sample)
    rates, pairs = np.array(hypothesis.rates), list(combinations(DIGITS, 2))
    scores = [(rates[p] + rates[p[::-1]]) / 2 for p in pairs]
    ranking = pd.DataFrame({"pair": pairs, "score": scores})
    ranking.attrs["time"] = hypothesis.time
    return ranking.sort_values("score", ascending=False, kind="stable", ignore_index=True)


@kept
@one_thread
def _hypothesis(x: np.ndarray, y: np.ndarray, neighbours: int, sample: int) -> Hypothesis:
    from sklearn.neighbors import NearestNeighbors

    keep = evenly_spaced(len(x), sample)
    points, found = pca(x[keep])[0].astype(np.float32), y[keep]
    search = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(points)
    near = found[search.kneighbors(return_distance=False)]  # (n, neighbours), without the image
    share = np.stack([(near == digit).mean(axis=1) for digit in DIGITS], axis=1)  # (n, 10)
    rates = [share[found == digit].mean(axis=0) * 100 for digit in DIGITS]
    return Hypothesis(time=time.time(), rates=rates)
