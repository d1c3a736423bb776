"""Binarisation: which pixels of a photo are ink, whatever its polarity, light and noise.

The outcome is also the ink's contrast with the paper around it, deskewed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage
from skimage.segmentation import clear_border

from mnist_report.common.errors import DataError
from mnist_report.handwriting import strokes
from mnist_report.handwriting.deskew import rotate, skew
from mnist_report.handwriting.ruling import ruling
from mnist_report.handwriting.segmentation import without_blots
from mnist_report.handwriting.sheet import without_desk

COARSE = 800  # pixels of the longer side of the small copy that light is measured on
SMALLEST = 200  # pixels of the longer side of the copy that is worked on
TINY = 8  # pixels of the shorter side; less is no picture of a digit
FAINTEST = 0.05  # contrast below which nothing is called ink
NOISY = 0.02  # contrast of noise from which on it is smoothed
CLEAR = 5  # standard deviations of the noise that ink must stand out
PALE = 0.35  # of the page's contrast: a stroke that is paler shines through from the back
LEVELS = 256  # of contrast, among which the paper's is the most frequent
LOW = 0.2  # of a digit's contrast: what is paler is no part of it
EDGE = 0.47  # of a stroke's contrast next to its edge
NEAR = 5  # pixels: as far as an edge is soft at least,
SOFT = 0.5  # and on a blurred photo, of a stroke's width
INNER = 0.2  # of the ink that tells the strokes' width, if all the rest touches the border
WINDOW = 6  # widths of a stroke: what is darker and wider is no ink, but a shadow or a table


@dataclass(frozen=True)
class Binarised:
    """A photo, binarised."""

    contrast: np.ndarray  # (H, W) from 0 (paper) to 1 (as dark as strokes are here), deskewed
    mask: np.ndarray  # (H, W) bool, where there is ink
    light_on_dark: bool  # the writing is lighter than the ground, as on a board
    degrees: float  # how far the photo was rotated, counter-clockwise, to deskew it
    scale: float  # how many times larger it was made before
    shape: tuple[int, int]  # height and width of the photo

    def on_photo(self, points: np.ndarray) -> np.ndarray:
        """Map points (N, 2), row and column in `mask`, to the photo."""
        cos, sin = np.cos(np.radians(self.degrees)), np.sin(np.radians(self.degrees))
        here, there = ((np.array(shape) - 1) / 2 for shape in (self.mask.shape, self.shape))
        back = np.array([[cos, -sin], [sin, cos]])
        return (np.asarray(points) - here) @ back / self.scale + there


def binarise(grey: np.ndarray, quarters: int = 0) -> Binarised:
    """Binarise a photo (H, W) from 0 (black) to 1 (white), after so many quarter turns.

    Raises:
        DataError: this is no grey picture.
    """
    grey = np.asarray(grey, dtype=np.float32)
    if grey.ndim != 2 or not grey.size or not (grey.min() >= 0 and grey.max() <= 1):
        raise DataError(f"An array {grey.shape} is no picture with grey from 0 to 1.")
    scale = max(1.0, SMALLEST / max(grey.shape)) if min(grey.shape) >= TINY else 1.0
    large = _resized(grey, scale)
    if scale == 1:  # what is smaller is no photo of a desk
        large = without_desk(large)
    large = np.rot90(large, quarters).copy()
    light_on_dark = is_light_on_dark(large)
    large = 1 - large if light_on_dark else large
    # Once with all that is narrower than a third of the picture, then with what is like strokes.
    coarse = _coarse(large, COARSE)
    contrast = contrast_with_paper(coarse, min(coarse.shape) / 3)
    degrees = skew(threshold(contrast)[0])
    large, contrast = rotate(large, degrees), rotate(contrast, degrees)
    mask = threshold(contrast)[0]
    window = WINDOW * strokes.widths(_writing(mask & ~ruling(mask, contrast))).largest
    window *= max(large.shape) / max(contrast.shape)
    contrast = contrast_with_paper(large, min(window, min(large.shape) / 3))
    mask, level = threshold(contrast)
    mask = without_blots(mask)
    printed = ruling(mask, contrast)
    contrast = np.where(printed, 0, (contrast / level).clip(0, 1))
    degrees += 90 * quarters
    return Binarised(contrast, mask & ~printed, light_on_dark, degrees, scale, grey.shape)


def is_light_on_dark(grey: np.ndarray) -> bool:
    """Tell the polarity: ink stands out, is narrow, and covers the smaller part of a place.

    A sheet on a dark desk and a lamp's reflection stand out, too, but are wide. Levels are compared
    as logarithms, as in a shadow all differences are smaller.
    """
    coarse = np.log(_coarse(grey, COARSE / 2) + np.float32(0.5)).astype(np.float32)
    detail = coarse - cv2.GaussianBlur(coarse, (0, 0), max(coarse.shape) / 12)
    detail -= np.median(detail)
    skewness = (detail**3).mean() / ((detail**2).mean() ** 1.5 + 1e-9)

    def ink(levels: np.ndarray, window: float) -> float:
        contrast = _closed(levels, window) - levels
        mask = threshold(contrast - np.median(contrast))[0]
        wide = max(1.0, strokes.width(mask))
        return np.log((contrast[mask] ** 2).sum() + 1e-3) - 1.5 * np.log(wide)

    windows = min(coarse.shape) / 4, min(coarse.shape) / 6
    lighter = np.mean([ink(-coarse, window) - ink(coarse, window) for window in windows])
    return bool(lighter + skewness / 3 > 0)


def contrast_with_paper(grey: np.ndarray, window: float) -> np.ndarray:
    """Return how much darker than the paper around it each place is: (H, W), 0 for paper.

    The paper's brightness is the morphological closing of the picture: all that is dark and
    narrower than the window is filled in. It follows shadows.
    """
    coarse = _coarse(grey, COARSE)
    window = window * max(coarse.shape) / max(grey.shape)
    paper = _closed(coarse, window)
    # At the border it is too bright in a vignette: there the light goes on as it does inside.
    edge = min(round(window / 2), min(paper.shape) // 4)
    if edge:
        paper = _continued(paper, edge)
    smooth = cv2.GaussianBlur(paper, (0, 0), max(1.0, window / 8))
    paper = np.minimum(paper, smooth)  # else a shadow's edge would be a stroke
    share = 1 - grey / np.maximum(cv2.resize(paper, grey.shape[::-1]), 0.02)
    return share - np.median(_some(share))


def _continued(paper: np.ndarray, edge: int) -> np.ndarray:
    """Let brightness (H, W) go on to the border as it does inside, and bend as a surface does."""
    y, x = np.ogrid[-1 : 1 : paper.shape[0] * 1j, -1 : 1 : paper.shape[1] * 1j]
    terms = [np.ones_like(x), x, y, x * x, x * y, y * y]
    some = np.s_[edge:-edge:4, edge:-edge:4]
    known = [np.broadcast_to(term, paper.shape)[some].ravel() for term in terms]
    weights = np.linalg.lstsq(np.stack(known, axis=1), paper[some].ravel(), rcond=None)[0]
    trend = sum(w * term for w, term in zip(weights, terms, strict=True)).astype(np.float32)
    rest = np.pad((paper - trend)[edge:-edge, edge:-edge], edge, "reflect", reflect_type="odd")
    return (trend + rest).clip(0, 1.2)


def threshold(contrast: np.ndarray) -> tuple[np.ndarray, float]:
    """Return where there is ink, (H, W) bool, and the contrast of the strokes, 1 without any.

    Ink stands out of the noise; what is connected has a level of its own, which is not much below
    the page's, and ends at `LOW` of it.
    """
    noise = _noise(contrast)
    if noise > NOISY:
        contrast = cv2.GaussianBlur(contrast, (0, 0), 1.0)
        noise = _noise(contrast)
    floor = max(FAINTEST, CLEAR * noise)
    inked = contrast > floor
    if not inked.any() or min(contrast.shape) < TINY:
        return np.zeros(contrast.shape, dtype=bool), 1.0
    count, names, boxes, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8))
    piece, values = names[inked], contrast[inked]  # (pixels with ink,)
    own = np.zeros(count, np.float32)
    np.maximum.at(own, piece, values)
    high = boxes[:, cv2.CC_STAT_HEIGHT] * (np.arange(count) > 0)
    tall = (high >= high.max() / 2)[piece]  # what shines through may be more, but lower
    level = max(float(np.quantile(some, 0.85)) for some in (values, values[tall]))
    own = np.where(own < PALE * level, np.inf, own.clip(None, level))
    inked[names > 0] = values > LOW * own[piece]
    soft = np.ones(2 * [max(NEAR, round(SOFT * strokes.widths(inked).typical) | 1)], np.uint8)
    near = cv2.dilate(contrast, soft)  # so that a pale part of a stroke has a level of its own
    cores = (inked & (contrast > EDGE * near)).astype(np.uint8)
    return inked & (cv2.morphologyEx(cores, cv2.MORPH_CLOSE, soft) > 0), level


def _writing(mask: np.ndarray) -> np.ndarray:
    """Return the ink that does not touch the border, as dark corners do, if it is enough."""
    inner = clear_border(mask)
    return inner if inner.sum() > INNER * mask.sum() else mask


def _noise(contrast: np.ndarray) -> float:
    """Estimate the paper's standard deviation from what is lighter than most of it: never ink."""
    contrast = _some(contrast)
    lighter = _paper(contrast) - contrast
    return 1.4826 * float(np.median(lighter[lighter > 0])) if (lighter > 0).any() else 0.0


def _paper(contrast: np.ndarray) -> float:
    """Return the contrast that is most frequent (mode); the median would move with blurred ink."""
    counts, edges = np.histogram(contrast, LEVELS)
    k = int(ndimage.gaussian_filter1d(counts.astype(float), 2).argmax())
    within = contrast[(contrast >= edges[k]) & (contrast <= edges[k + 1])]
    return float(np.median(within) if within.size else edges[k])  # all but equal: edges round


def _some(levels: np.ndarray) -> np.ndarray:
    """Return pixels (H, W), evenly spread, that are enough to tell how often which level is."""
    step = max(1, round(max(levels.shape) / COARSE * 2))
    return levels[::step, ::step]


def _closed(levels: np.ndarray, window: float) -> np.ndarray:
    square = np.ones(2 * [max(3, round(window) | 1)], np.uint8)
    return cv2.morphologyEx(cv2.medianBlur(levels, 3), cv2.MORPH_CLOSE, square)


def _coarse(grey: np.ndarray, longest: float) -> np.ndarray:
    return _resized(grey, min(1.0, longest / max(grey.shape)))


def _resized(grey: np.ndarray, factor: float) -> np.ndarray:
    size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
