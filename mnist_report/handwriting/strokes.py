"""Strokes: how wide a pen's are, and thin ones brought to the width of MNIST's."""

from typing import NamedTuple

import cv2
import numpy as np

from mnist_report.datasets.shapes import box

# Of a digit's longer side. The training digits' strokes are 0.08 to 0.20 (5 to 95 %), 0.12 in the
# middle. Redrawn at any constant width, they are classified alike from 0.08 up to 0.12.
LEAST = 0.1
WIDEST = 0.9  # of a page's ink is in strokes that are no wider
FULL = 0.9  # quantile of a digit's ink that counts as full contrast


def width(mask: np.ndarray) -> float:
    """Return the mean width of strokes (H, W) in pixels, 1 without any.

    Across a stroke the distance to the paper rises to half its width: four times its mean.
    """
    distance = _distance(np.pad(mask, 1))[1:-1, 1:-1][mask]
    return 4 * (float(distance.mean()) - 0.5) if len(distance) else 1.0  # of a pixel's middle


class Widths(NamedTuple):
    """Widths of a page's strokes along them, in pixels, so that blots count little."""

    typical: float
    largest: float  # hardly any ink's is beyond


def widths(mask: np.ndarray) -> Widths:
    """Measure a page's strokes (H, W); 1 without any."""
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)
    ridge = (distance > 0) & (distance == cv2.dilate(distance, np.ones((3, 3), np.uint8)))
    along = np.sort(2 * distance[ridge] - 1) if ridge.any() else np.ones(1)
    ink = np.cumsum(along)
    largest = along[np.searchsorted(ink, WIDEST * ink[-1])]
    return Widths(float(np.median(along)), float(largest))


def thickened(ink: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Bring one digit's ink (H, W), 0 to 1, to full contrast and to strokes of `LEAST` or more.

    A ball pen's stroke would else be a grey shadow in 28×28. The digit grows with its strokes.
    """
    ink = (ink / np.quantile(ink[mask], FULL)).clip(0, 1)
    longer = max(part.stop - part.start for part in box(mask))
    missing = (LEAST * longer - width(mask)) / (1 - LEAST)
    if missing < 0.5:
        return ink
    around = round(missing)
    beyond = _distance(~np.pad(mask, around)) - 0.5  # from the strokes' edge
    return np.maximum(np.pad(ink, around), (missing / 2 + 0.5 - beyond).clip(0, 1))


def _distance(mask: np.ndarray) -> np.ndarray:
    """Return how far each place is from the nearest that is False, (H, W) float32."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
