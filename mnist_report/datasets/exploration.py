"""What the images look like before any network sees them: shape, spread and likeness of the digits.

Images are (N, 28, 28) bytes from 0 to 255, labels (N,) from 0 to 9, arrays or tensors. What takes
`classes` is for other data, too: labels are then below that number.
Nothing here is random, or else it is fixed by a seed: the same images give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from mnist_report.common.errors import DataError

DIGITS = range(10)

# Threads that wait for each other gain little on matrices of this size, and on a machine that is
# also busy elsewhere they cost many times the work: t-SNE took minutes instead of ten seconds.
one_thread = threadpool_limits.wrap(limits=1)


def class_counts(label_sets: dict[str, ArrayLike], classes: int = 10) -> pd.DataFrame:
    """How many images each class has in each set: one row a class, one column a set."""
    counts = {name: np.bincount(labels, minlength=classes) for name, labels in label_sets.items()}
    return pd.DataFrame(counts, index=pd.Index(range(classes), name="digit"))


def pixel_statistics(images: ArrayLike, labels: ArrayLike, classes: int = 10) -> pd.DataFrame:
    """Mean and deviation of the pixels in [0, 1], and the share of empty ones, of each class.

    The row "all" is that of all images together.
    """
    x, y = _checked(images, labels)
    groups = {k: x[y == k] for k in range(classes)} | {"all": x}
    rows = {
        name: {"mean": g.mean() / 255, "deviation": g.std() / 255, "empty": (g == 0).mean()}
        for name, g in groups.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("digit")


def mean_images(images: ArrayLike, labels: ArrayLike, classes: int = 10) -> np.ndarray:
    """The mean image of each class: (classes, 28, 28), ink from 0 to 1."""
    return _per_class(images, labels, np.mean, classes)


def deviation_images(images: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """The standard deviation of each pixel of each digit: (10, 28, 28), ink from 0 to 1."""
    return _per_class(images, labels, np.std)


def ink(images: ArrayLike) -> np.ndarray:
    """Ink (N,): the mean pixel, in per cent of a page that is all black."""
    return _grey(images).mean(axis=(1, 2), dtype=np.float64) * 100


def centre_of_mass(images: ArrayLike) -> np.ndarray:
    """Centre of the ink (N, 2): row and column in pixels, (13.5, 13.5) in the middle.

    An image without ink has no centre: NaN.
    """
    x = _grey(images)
    mass = _mass(x)
    rows, columns = np.arange(x.shape[1]), np.arange(x.shape[2])
    return np.stack([x.sum(2) @ rows / mass, x.sum(1) @ columns / mass], axis=1)


def slant(images: ArrayLike) -> np.ndarray:
    """Slant (N,) in degrees from the vertical, positive when the digit leans to the right.

    The horizontal shear that makes the second moment of the ink upright, which is how LeCun et al.
    (1998, section III.A) deslant their digits.
    """
    x = _grey(images)
    mass, centre = _mass(x), centre_of_mass(x)
    dy = np.arange(x.shape[1]) - centre[:, :1]  # (N, 28), rows run downwards
    dx = np.arange(x.shape[2]) - centre[:, 1:]
    mixed = np.einsum("nrc,nr,nc->n", x, dy, dx) / mass
    upright = np.einsum("nrc,nr->n", x, dy**2) / mass
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arctan2(-mixed, upright))


def stroke_width(images: ArrayLike) -> np.ndarray:
    """Mean width of the pen's stroke (N,) in pixels: twice its area over its perimeter.

    A stroke of length L and width w has the area L·w and a perimeter of 2·L, its ends aside. The
    perimeter is the total variation of the image (the coarea formula; Rudin, Osher and Fatemi
    1992), so grey edges count for what they are and no threshold is chosen. Strokes narrower than
    a pixel count as one pixel, and short ones come out a little too narrow.
    """
    x = np.pad(_grey(images), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(x, axis=1), np.diff(x, axis=2)
    # Both slopes where four pixels meet: slopes at the pixels would favour some directions.
    down, right = (down[:, :, 1:] + down[:, :, :-1]) / 2, (right[:, 1:] + right[:, :-1]) / 2
    perimeter = np.hypot(down, right).sum(axis=(1, 2))
    return 2 * _mass(x) / np.where(perimeter > 0, perimeter, np.nan)


def digit_shapes(images: ArrayLike, labels: ArrayLike) -> pd.DataFrame:
    """One row an image: digit, ink (%), slant (°), stroke width (pixels), centre row and column."""
    x, y = _checked(images, labels)
    parts = [_shapes(part) for part in np.array_split(x, max(1, len(x) // 5000))]
    shapes = pd.concat(parts, ignore_index=True)
    shapes.insert(0, "digit", y)
    return shapes


@one_thread
def typicality(images: ArrayLike, labels: ArrayLike, components: int = 40) -> np.ndarray:
    """How typical each image is of its own digit (N,): the higher, the more typical.

    The logarithm of its density under a probabilistic PCA of its class (Tipping and Bishop 1999),
    which knows how the class varies: a slanted 1 is typical of the 1s, a slanted 0 less so of 0s.
    """
    x, y = _checked(images, labels)
    score = np.empty(len(x))
    for digit in np.unique(y):
        members = _flat(x[y == digit])
        model = PCA(components, svd_solver="covariance_eigh").fit(members)
        score[y == digit] = model.score_samples(members)
    return score


def extremes(score: ArrayLike, labels: ArrayLike, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (10, count) of the images with the highest and of those with the lowest score."""
    score, y = np.asarray(score), np.asarray(labels)
    ranked = [np.flatnonzero(y == d)[np.argsort(-score[y == d], kind="stable")] for d in DIGITS]
    if min(map(len, ranked)) < count:
        raise DataError(f"A digit has fewer than {count} images; ask for fewer or give more.")
    return np.stack([r[:count] for r in ranked]), np.stack([r[: -count - 1 : -1] for r in ranked])


def class_distances(images: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Euclidean distances (10, 10) between the mean images of the digits, ink from 0 to 1."""
    return squareform(pdist(mean_images(images, labels).reshape(10, -1)))


@one_thread
def pca(images: ArrayLike, components: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Principal components of the images (N, components) and their shares of the variance."""
    model = PCA(components, svd_solver="covariance_eigh")
    return model.fit_transform(_flat(images)), model.explained_variance_ratio_


@one_thread
def tsne(images: ArrayLike, seed: int = 0) -> np.ndarray:
    """A map (N, 2) that keeps neighbours together (van der Maaten and Hinton 2008).

    From 50 principal components, perplexity 30. Distances between far groups mean nothing.
    """
    points, _ = pca(images, 50)
    return TSNE(init="pca", perplexity=30, random_state=seed).fit_transform(points)


def spread_out(count: int, sample: int) -> np.ndarray:
    """Indices (min(count, sample),) evenly spaced over `count` images: a sample without chance."""
    return np.unique(np.linspace(0, count - 1, min(count, sample)).round().astype(int))


@one_thread
def confusability_guess(
    images: ArrayLike, labels: ArrayLike, neighbours: int = 10, sample: int = 20_000
) -> pd.DataFrame:
    """A guess at which digits will be confused, from pixels alone: 45 rows, the likeliest first.

    `score` of a pair is the share of the `neighbours` nearest images of one digit that show the
    other, in per cent and as the mean of both directions; `pair` is (smaller, larger) digit.
    Distances between class means would overlook that a digit has several shapes, of which only
    one, such as the 4 with a closed top, looks like another digit.
    """
    x, y = _checked(images, labels)
    keep = spread_out(len(x), sample)
    points, found = pca(x[keep])[0].astype(np.float32), y[keep]
    search = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(points)
    near = found[search.kneighbors(return_distance=False)]  # (n, neighbours), without the image
    share = np.stack([(near == digit).mean(axis=1) for digit in DIGITS], axis=1)
    rates = np.stack([share[found == digit].mean(axis=0) for digit in DIGITS]) * 100
    pairs = list(combinations(DIGITS, 2))
    guess = pd.DataFrame({"pair": pairs, "score": [(rates[p] + rates[p[::-1]]) / 2 for p in pairs]})
    return guess.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def _checked(images: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(images), np.asarray(labels)
    if x.ndim != 3 or y.shape != x.shape[:1]:
        raise DataError(
            f"Images {x.shape} and labels {y.shape} do not belong together; "
            "give images (N, 28, 28) and labels (N,)."
        )
    return x, y


def _grey(images: ArrayLike) -> np.ndarray:
    x = np.asarray(images)
    return x / np.float32(255) if x.dtype == np.uint8 else x


def _flat(images: ArrayLike) -> np.ndarray:
    return _grey(images).reshape(len(images), -1)


def _mass(x: np.ndarray) -> np.ndarray:
    total = x.sum(axis=(1, 2), dtype=np.float64)
    return np.where(total > 0, total, np.nan)


def _per_class(
    images: ArrayLike, labels: ArrayLike, measure: Callable[..., np.ndarray], classes: int = 10
) -> np.ndarray:
    x, y = _checked(images, labels)
    absent = sorted(set(range(classes)) - set(y.tolist()))
    if absent:
        raise DataError(f"No image of class {absent[0]}; give images of all {classes} classes.")
    return np.stack([measure(_grey(x[y == k]), axis=0) for k in range(classes)])


def _shapes(images: np.ndarray) -> pd.DataFrame:
    centre = centre_of_mass(images)
    return pd.DataFrame(
        {
            "ink": ink(images),
            "slant": slant(images),
            "stroke_width": stroke_width(images),
            "centre_row": centre[:, 0],
            "centre_column": centre[:, 1],
        }
    )
