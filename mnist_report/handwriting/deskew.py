"""Deskewing: a page rotated until its lines are level, and the ruling on it removed."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mnist_report.handwriting.segmentation import components, typical_height

SKEWS = np.arange(-20, 20.1, 0.25)  # degrees that are tried
CLEARER = 1.08  # how much more uneven the rows must be for a page to be rotated
LONG = 4  # heights of a digit that a line of writing must have to tell the skew
BLOCKS = 12  # in which a row is looked at to find ruling
THICKEST = 1 / 20  # of the page's height that a ruled line may be thick


def skew(mask: np.ndarray) -> float:
    """Estimate the degrees to rotate a page by so that lines of writing run along the rows.

    It is the angle at which the ink of each row adds up most unevenly (projection profile; Postl
    1986), and 0 where the writing in the mask (H, W) is too short to tell.
    """
    rows, columns = np.nonzero(mask)
    if not len(rows) or np.ptp(columns) < LONG * typical_height(components(mask)):
        return 0.0
    step = max(1, len(rows) // 20_000)
    rows, columns = rows[::step], columns[::step]

    def unevenness(degrees: float) -> float:
        angle = np.radians(degrees)
        across = rows * np.cos(angle) - columns * np.sin(angle)
        counts = np.bincount((across - across.min()).astype(int)).astype(float)
        return float(counts @ counts)

    found = np.array([unevenness(degrees) for degrees in SKEWS])
    clear = found.max() > CLEARER * unevenness(0.0)
    return float(SKEWS[found.argmax()]) if clear else 0.0


def rotate(picture: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate a page (H, W, …) around its middle, on a sheet that is large enough."""
    if degrees == 0:
        return picture
    return ndimage.rotate(picture, degrees, axes=(1, 0), order=1, mode="nearest")


def remove_ruling(contrast: np.ndarray) -> np.ndarray:
    """Remove printed lines: what runs through the whole page (H, W), along or across."""
    return _without_rows(_without_rows(contrast).T).T


def _without_rows(contrast: np.ndarray) -> np.ndarray:
    """Take off what is common to the parts of a row that is mostly darker than paper."""
    height, width = contrast.shape
    if min(height, width) < 8 * BLOCKS:
        return contrast
    parts = np.array_split(contrast, BLOCKS, axis=1)
    level = np.stack([np.median(part, axis=1) for part in parts], axis=1)  # (H, BLOCKS)
    noise = 1.4826 * np.median(np.abs(level - np.median(level)))
    ruled = (level > max(0.03, 4 * noise)).mean(axis=1) >= 0.8  # (H,)
    ruled = _thin(ndimage.binary_dilation(ruled), height * THICKEST)
    middles = (np.arange(BLOCKS) + 0.5) * width / BLOCKS
    printed = np.minimum(level, np.median(level, axis=1, keepdims=True))  # no digit's own ink
    result = contrast.copy()
    for row in np.flatnonzero(ruled):
        line = np.interp(np.arange(width), middles, printed[row])
        # Ink hides the line below it, so what is much darker than the line stays as it is.
        result[row] = np.minimum(contrast[row], 2 * (contrast[row] - line))
    return result


def _thin(rows: np.ndarray, most: float) -> np.ndarray:
    """Keep those runs of True (H,) that are at most so long: the rest is no ruling."""
    run, count = ndimage.label(rows)
    length = ndimage.sum_labels(rows, run, np.arange(count + 1))
    return rows & (length[run] <= most)
