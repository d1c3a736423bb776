"""Synthetic strokes: digits of MNIST and other signs, redrawn with a pen of any width."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from mnist_report.datasets.shapes import box

FINE = 8  # times as large as MNIST's is the image that a course is traced on
SMOOTH = 4  # times as large as wanted is the image that strokes are drawn on
LETTERS = "AEFHKMNPRTWXYadefhkmnprtwxy"  # none is like a digit
# Marks that are no digits, with their longer side over the height of the digits around them.
MARKS = {".": 0.1, ",": 0.25, "-": 0.45, "=": 0.5, "+": 0.6, "/": 1.1}
FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)


def drawn(image: np.ndarray, height: float, pen: float | None = None) -> np.ndarray:
    """Redraw an image (H, W), bytes, as strokes whose longer side is `height` pixels long.

    `pen` is the strokes' width over the height; None keeps the widths that they have. Returns ink
    (H, W) from 0 to 1, cut out.
    """
    points, pairs, widths = _course(image.tobytes(), image.shape)
    wide = widths if pen is None else np.full(len(pairs), pen)
    longest = np.ptp(points, axis=0).max()
    scale = SMOOTH * height * ((1 - wide.max()) / longest if longest else 1)
    thick = np.rint(SMOOTH * height * wide).clip(1).astype(int)
    ends = np.rint((points - points.min(axis=0)) * scale + thick.max()).astype(np.int32)
    canvas = np.zeros(ends.max(axis=0)[::-1] + thick.max() + 1, np.uint8)
    for width in np.unique(thick):
        cv2.polylines(canvas, list(ends[pairs[thick == width]]), False, 255, int(width))
    canvas = canvas[box(canvas)]
    size = [max(1, round(side / SMOOTH)) for side in canvas.shape[::-1]]
    return cv2.resize(canvas, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


@lru_cache(maxsize=2_000)
def _course(image: bytes, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trace the middle of strokes: points (N, 2), x and y; pairs (M, 2) of them that a stroke
    joins; the widths (M,) of the strokes there. Lengths are shares of the longer side."""
    pixels = np.frombuffer(image, np.uint8).reshape(shape)
    cut = np.pad(pixels[box(pixels)], 2)
    large = cv2.resize(cut, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
    mask = cv2.GaussianBlur(large, (0, 0), FINE / 3) > 0.4 * large.max()
    points = np.argwhere(skeletonize(mask))
    pairs = cKDTree(points).query_pairs(1.5, output_type="ndarray")
    pairs = pairs if len(pairs) else np.zeros((1, 2), int)  # a dot
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    longer = FINE * (max(cut.shape) - 4)
    widths = 2 * distance[tuple(points[pairs[:, 0]].T)] / longer
    return points[:, ::-1] / longer, pairs, widths.clip(0.03, 0.6)


def sign(character: str, rng: np.random.Generator, faces: Sequence[int] = FACES) -> np.ndarray:
    """Write a character slanted, a letter in one of the faces: (H, W) bytes."""
    image = np.zeros((60, 60), np.uint8)
    face = faces[rng.integers(len(faces))] if character.isalpha() else FACES[0]
    cv2.putText(image, character, (16, 42), face, 1.2, 255, 3)
    slant = np.array([[1, rng.uniform(-0.25, 0.25), 0], [rng.uniform(-0.1, 0.1), 1, 0]])
    slant[:, 2] = 30 - slant[:, :2] @ (30, 30)
    return cv2.warpAffine(image, slant, (60, 60))
