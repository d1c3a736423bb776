"""Deskewing: a page rotated until its lines are level."""

import cv2
import numpy as np

from mnist_report.handwriting.segmentation import components, typical_height

SKEWS = np.arange(-20, 20.1, 0.25)  # degrees that are tried
FINER = np.arange(-0.2, 0.21, 0.05)  # and then around the best
CLEARER = 1.08  # how much more uneven the rows must be for a page to be rotated
LONG = 4  # heights of a digit that a line of writing must have to tell the skew
HOLES = 6  # more than these are of a printed net, not of a digit


def skew(mask: np.ndarray) -> float:
    """Estimate the degrees to rotate a page by so that lines of writing run along the rows.

    It is the angle at which the ink of each row adds up most unevenly (projection profile; Postl
    1986), and 0 where the writing in the mask (H, W) is too short to tell.
    """
    rows, columns = np.nonzero(mask)
    holes = cv2.connectedComponents(1 - mask.astype(np.uint8), connectivity=4)[0] - 2
    if not len(rows) or not (
        np.ptp(columns) >= LONG * typical_height(components(mask)) or holes > HOLES
    ):
        return 0.0
    step = max(1, len(rows) // 20_000)
    rows, columns = rows[::step], columns[::step]

    def unevenness(degrees: float) -> float:
        angle = np.radians(degrees)
        across = rows * np.cos(angle) - columns * np.sin(angle)
        counts = np.bincount((across - across.min()).astype(int)).astype(float)
        return float(counts @ counts)

    best = max(SKEWS, key=unevenness)
    best = max(best + FINER, key=unevenness)
    return float(best) if unevenness(best) > CLEARER * unevenness(0.0) else 0.0


def rotate(picture: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate a page (H, W, …) around its middle, on a sheet that is large enough."""
    if degrees == 0:
        return picture
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    larger = np.ceil(np.abs(matrix[:, :2]) @ (width, height)).astype(int)
    matrix[:, 2] += (larger - (width, height)) / 2
    return cv2.warpAffine(picture, matrix, larger.tolist(), borderMode=cv2.BORDER_REPLICATE)
