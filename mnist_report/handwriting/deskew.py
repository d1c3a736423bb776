"""Deskewing: a page rotated until its lines are level."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mnist_report.handwriting.segmentation import components, typical_height

SKEWS = np.arange(-20, 20.1, 0.25)  # degrees that are tried
CLEARER = 1.08  # how much more uneven the rows must be for a page to be rotated
LONG = 4  # heights of a digit that a line of writing must have to tell the skew


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


def rotate(picture: np.ndarray, degrees: float, beyond: str = "nearest") -> np.ndarray:
    """Rotate a page (H, W, …) around its middle, on a sheet that is large enough."""
    if degrees == 0:
        return picture
    return ndimage.rotate(picture, degrees, axes=(1, 0), order=1, mode=beyond)
