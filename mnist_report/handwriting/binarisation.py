"""Binarisation: which pixels of a photo are ink, whatever its polarity, light and noise.

The outcome is also the ink's contrast with the paper around it, deskewed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold
from skimage.transform import resize

from mnist_report.common.errors import DataError
from mnist_report.handwriting.deskew import remove_ruling, rotate, skew

COARSE = 320  # pixels of the longer side of the small copy that light is measured on
SMALLEST = 200  # pixels of the longer side of the copy that is worked on
TINY = 8  # pixels of the shorter side; less is no picture of a digit
FAINTEST = 0.08  # contrast below which nothing is called ink
NOISY = 0.02  # contrast of noise from which on it is smoothed
CLEAR = 5  # standard deviations of the noise that ink must stand out
LOW, HIGH = 0.4, 0.6  # of the strokes' contrast: a stroke holds the one, and somewhere the other


@dataclass(frozen=True)
class Binarised:
    """A photo, binarised.

    Attributes:
        contrast: (H, W) float32 from 0 (paper) to 1 (as dark as strokes are here), deskewed.
        mask: (H, W) bool, where there is ink.
        light_on_dark: whether the writing is lighter than the ground, as on a board.
        degrees: how far the photo was rotated, counter-clockwise, to deskew it.
        scale: how many times larger it was made before.
        shape: height and width of the photo.
    """

    contrast: np.ndarray
    mask: np.ndarray
    light_on_dark: bool
    degrees: float
    scale: float
    shape: tuple[int, int]

    def on_photo(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 2), row and column in `mask`, to the photo."""
        cos, sin = np.cos(np.radians(self.degrees)), np.sin(np.radians(self.degrees))
        here, there = ((np.array(shape) - 1) / 2 for shape in (self.mask.shape, self.shape))
        back = np.array([[cos, -sin], [sin, cos]])
        return (np.asarray(points) - here) @ back / self.scale + there


def binarise(grey: np.ndarray) -> Binarised:
    """Binarise a photo (H, W) from 0 (black) to 1 (white).

    Raises:
        DataError: this is no grey picture.
    """
    grey = np.asarray(grey, dtype=np.float32)
    if grey.ndim != 2 or not grey.size or not (grey.min() >= 0 and grey.max() <= 1):
        raise DataError(f"An array {grey.shape} is no picture with grey from 0 to 1.")
    scale = max(1.0, SMALLEST / max(grey.shape)) if min(grey.shape) >= TINY else 1.0
    large = _resized(grey, scale)
    light_on_dark = is_light_on_dark(large)
    contrast = contrast_with_paper(1 - large if light_on_dark else large)
    degrees = skew(threshold(contrast)[0])
    contrast = remove_ruling(rotate(contrast, degrees))
    mask, level = threshold(contrast)
    return Binarised((contrast / level).clip(0, 1), mask, light_on_dark, degrees, scale, grey.shape)


def is_light_on_dark(grey: np.ndarray) -> bool:
    """Tell the polarity by the longer tail of the grey levels: ink covers the smaller part.

    Levels are compared as logarithms, as in a shadow all differences are smaller.
    """
    coarse = np.log(_coarse(grey) + 0.4)
    detail = coarse - ndimage.gaussian_filter(coarse, max(coarse.shape) / 6)
    return bool(((detail - np.median(detail)) ** 3).mean() > 0)


def contrast_with_paper(grey: np.ndarray) -> np.ndarray:
    """Return how much darker than the paper around it each place is: (H, W), 0 for paper.

    The paper's brightness is the morphological closing of the picture: all that is dark and
    narrower than a third of the picture is filled in. It follows shadows.
    """
    coarse = _coarse(grey)
    width = max(3, min(coarse.shape) // 3)
    # Beyond the border the light goes on as it was going: mirrored, a slope would be a valley.
    around = np.pad(ndimage.median_filter(coarse, 3), width, mode="reflect", reflect_type="odd")
    paper = ndimage.grey_closing(around.clip(0, 1.2), (width, width))[width:-width, width:-width]
    paper = ndimage.gaussian_filter(paper, 2)
    share = 1 - grey / np.maximum(resize(paper, grey.shape, order=1), 0.02)
    return (share - np.median(share)).astype(np.float32)


def threshold(contrast: np.ndarray) -> tuple[np.ndarray, float]:
    """Return where there is ink, (H, W) bool, and the contrast of the strokes, 1 without any.

    Ink is what stands out of the noise and has `LOW` of the strokes' contrast, if it is connected
    to a place of `HIGH`.
    """
    noise = _noise(contrast)
    if noise > NOISY:
        contrast = ndimage.gaussian_filter(contrast, 1.0)
        noise = _noise(contrast)
    floor = max(FAINTEST, CLEAR * noise)
    inked = contrast[contrast > floor]
    if inked.size == 0 or min(contrast.shape) < TINY:
        return np.zeros(contrast.shape, dtype=bool), 1.0
    level = float(np.quantile(inked, 0.85))
    bounds = (max(floor, share * level) for share in (LOW, HIGH))
    return apply_hysteresis_threshold(contrast, *bounds), level


def _noise(contrast: np.ndarray) -> float:
    """Estimate the standard deviation of the paper from the median of the deviations."""
    return 1.4826 * float(np.median(np.abs(contrast - np.median(contrast))))


def _coarse(grey: np.ndarray) -> np.ndarray:
    return _resized(grey, min(1.0, COARSE / max(grey.shape)))


def _resized(grey: np.ndarray, factor: float) -> np.ndarray:
    if factor == 1:
        return grey
    shape = [max(1, round(side * factor)) for side in grey.shape]
    return resize(grey, shape, order=1, anti_aliasing=factor < 1)
