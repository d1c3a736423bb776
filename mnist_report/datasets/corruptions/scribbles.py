"""Corruptions of the page: stripes, drops, lines across the digit, and outlines for strokes."""

from itertools import pairwise

import numpy as np
from scipy import ndimage

ROWS, COLUMNS = np.mgrid[:28, :28].astype(np.float32)
SQUARE = np.ones((3, 3), dtype=bool)
THICKNESS = (1.0, 1.4, 1.8, 2.4, 3.0)  # of lines in pixels, by severity


def stripe(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Exchange paper and ink in a stripe along the left and the right, 3 to 7 pixels wide."""
    x, columns = x.copy(), np.arange(-2 - severity, 2 + severity)  # those below 0 on the right
    x[:, :, columns] = 1 - x[:, :, columns]
    return x


def mud(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Cover 4 to 28 % of the page, and the ink below, with drops of grey mud."""
    share, size = ((0.04, 1.0), (0.08, 1.0), (0.14, 1.2), (0.20, 1.4), (0.28, 1.6))[severity - 1]
    field = ndimage.gaussian_filter(rng.standard_normal(x.shape), (0, size, size), mode="wrap")
    bound = np.quantile(field, 1 - share, axis=(1, 2), keepdims=True)
    drops = ndimage.gaussian_filter((field > bound).astype(np.float32), (0, 0.4, 0.4))
    return x * (1 - drops) + 0.5 * drops


def dashed_line(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a straight line of dots across the page, over the digit, 1 to 3 pixels thick."""
    left, right = rng.uniform(4, 24, (2, len(x)))
    points = [np.stack([rows, np.full(len(x), c)], axis=1) for rows, c in ((left, 1), (right, 26))]
    ink, along = _stroke(*points, THICKNESS[severity - 1])
    return np.maximum(x, ink * ((along % 4.0) < 2.2))


def sawtooth(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a zigzag across the page, over the digit, of 8 strokes, 1 to 3 pixels thick."""
    ends = rng.uniform(6, 22, (2, len(x)))
    height, first = rng.uniform(2, 4, len(x)), rng.choice([-1, 1], len(x))
    corners = []
    for k in range(9):
        middle = ends[0] + (ends[1] - ends[0]) * k / 8
        sign = first * (-1) ** k if 0 < k < 8 else 0
        corners.append(np.stack([middle + sign * height, np.full(len(x), 1 + 25 * k / 8)], axis=1))
    for start, end in pairwise(corners):
        x = np.maximum(x, _stroke(start, end, THICKNESS[severity - 1])[0])
    return x


def canny_edges(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Put the outlines of the strokes (Canny 1986) in the place of the ink, by degrees.

    At severity 5 only the outlines are left, as in MNIST-C; at 1 they weigh 0.4, the ink 0.6.
    """
    weight = (0.4, 0.55, 0.7, 0.85, 1.0)[severity - 1]
    return (1 - weight) * x + weight * canny(x)


def canny(x: np.ndarray, width: float = 1.0, low: float = 0.1, high: float = 0.2) -> np.ndarray:
    """Return Canny's edges (N, 28, 28), 0 or 1: ridges of the slope after a blur of `width`.

    A ridge is kept where its slope is above `high`, and as far on as it stays above `low`; slopes
    are in ink a pixel, times 8 by Sobel's filter.
    """
    smooth = ndimage.gaussian_filter(x, (0, width, width))
    # SciPy's own filter of Sobel would also smooth from one image to the next.
    slopes = (ndimage.correlate1d(smooth, (-1, 0, 1), axis) for axis in (1, 2))
    down, right = (ndimage.correlate1d(s, (1, 2, 1), 2 - k) for k, s in enumerate(slopes))
    slope = np.hypot(down, right)
    ridge = (slope > low) & _is_ridge(slope, down, right)
    return _connected(ridge, ridge & (slope > high)).astype(np.float32)


def _is_ridge(slope: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Tell where the slope is at least that of both neighbours across the edge (8 directions)."""
    padded = np.pad(slope, ((0, 0), (1, 1), (1, 1)))
    eighth = np.rint(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    ridge = np.zeros(slope.shape, dtype=bool)
    for direction, (r, c) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[:, 1 + r : 29 + r, 1 + c : 29 + c]
        behind = padded[:, 1 - r : 29 - r, 1 - c : 29 - c]
        # Strictly above one of them, so that of two equal pixels only one is kept.
        ridge |= (eighth == direction) & (slope > ahead) & (slope >= behind)
    return ridge


def _connected(all_edges: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Keep those connected parts of `all_edges`, image by image, that hold a sure pixel."""
    within = np.stack([0 * SQUARE, SQUARE, 0 * SQUARE])  # no link from one image to the next
    parts, count = ndimage.label(all_edges, structure=within)
    keep = np.zeros(count + 1, dtype=bool)
    keep[parts[sure]] = True
    keep[0] = False  # what is no edge
    return keep[parts]


def _stroke(start: np.ndarray, end: np.ndarray, thickness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ink (N, 28, 28) of straight strokes with soft edges, and the distance along each.

    Start and end are rows and columns (N, 2), the thickness is in pixels.
    """
    line = end - start
    length = np.maximum(np.linalg.norm(line, axis=1), 1e-6)
    unit = (line / length[:, np.newaxis])[:, :, np.newaxis, np.newaxis]  # (N, 2, 1, 1)
    row, column = (v[:, np.newaxis, np.newaxis] for v in start.T)  # (N, 1, 1)
    along = (ROWS - row) * unit[:, 0] + (COLUMNS - column) * unit[:, 1]
    nearest = along.clip(0, length[:, np.newaxis, np.newaxis])
    away = np.hypot(ROWS - row - nearest * unit[:, 0], COLUMNS - column - nearest * unit[:, 1])
    return (thickness / 2 + 0.5 - away).clip(0, 1), along
