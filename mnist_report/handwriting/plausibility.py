"""Plausibility: what has the logits, size and strokes of digits, and which marks have not."""

import numpy as np

from mnist_report.handwriting import strokes
from mnist_report.handwriting.binarisation import Binarised
from mnist_report.handwriting.digits import Digit
from mnist_report.handwriting.segmentation import Component, Line

# Of each class of validation images are plausible. Redrawn with any pen, up to 2 in 100 were not at
# 0.995; at 0.998 at most 1 in 100 with each of three networks.
KEPT = 0.998
FEWEST = 50  # images of a class that tell how its logits are spread
FEW = 3  # digits on a line tell how high they are
HIGH = 1.15  # heights of the digits on its line
SLANTED = 0.3  # columns a row that a slash moves
STRAIGHT = 0.06  # of its height that a stroke's ink may spread around its course
ALIKE = 0.6, 1.7  # times the size of the sure digits on the page
UNLIKE = 1.5  # times as far from digits as plausible: it is none
WEAK = 0.3  # of the usual width times contrast of the strokes on the page


class Plausibility:
    """Each class's logits on validation images as a normal distribution (Lee et al. 2018).

    A letter may well have one logit far above the others, but seldom all ten as a digit has them.

    Args:
        logits: (N, C) of the validation images, in the classes that they predict.
    """

    def __init__(self, logits: np.ndarray) -> None:
        self.fitted: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.farthest: dict[int, float] = {}
        answers, classes = logits.argmax(axis=1), logits.shape[1]
        for k in range(classes):
            own = logits[answers == k].astype(np.float64)
            if len(own) >= FEWEST:
                spread = np.cov(own.T) + 1e-3 * np.eye(classes)
                self.fitted[k] = own.mean(axis=0), np.linalg.inv(spread)
                self.farthest[k] = float(np.quantile(self.distances(own), KEPT))

    def distances(self, logits: np.ndarray) -> np.ndarray:
        """Return the squared Mahalanobis distances (N,) of logits (N, C) from their class."""
        found = np.zeros(len(logits))
        for i, row in enumerate(logits):
            if (k := int(row.argmax())) in self.fitted:
                middle, inverse = self.fitted[k]
                found[i] = (row - middle) @ inverse @ (row - middle)
        return found

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Return how unlike digits' each row of logits (N, C) is: (N,), up to 1 plausible."""
        limits = [self.farthest.get(int(k), np.inf) for k in logits.argmax(axis=1)]
        return self.distances(logits) / np.array(limits)


def of_the_pen(lines: list[Line], page: Binarised) -> list[Line]:
    """Leave out hairs, creases and edges: much thinner and paler than the strokes of the page."""
    strength = [
        [strokes.width(c.mask) * page.contrast[c.window][c.mask].mean() for c in line]
        for line in lines
    ]
    usual = np.median([s for line in strength for s in line]) if lines else 0
    kept = [
        [c for c, s in zip(line, own, strict=True) if s >= WEAK * usual]
        for line, own in zip(lines, strength, strict=True)
    ]
    return [line for line in kept if line]


def without_marks(lines: list[list[Digit]]) -> list[list[Digit]]:
    """Leave out doubts of another size than sure digits, or unlike any, and lines of doubts."""
    sizes = [digit.size for line in lines for digit in line if digit.sure]
    if len(sizes) < FEW:
        return lines
    least, most = np.multiply(ALIKE, np.median(sizes))
    lines = [line for line in lines if any(digit.sure for digit in line)]
    return [
        [d for d in line if d.sure or (least <= d.size <= most and d.unlike <= UNLIKE)]
        for line in lines
    ]


def slashes(line: Line) -> list[bool]:
    """Tell the straight slanted strokes, higher than digits of other forms around them."""
    slopes = [_slope(c) for c in line]
    others = [c.height for c, slope in zip(line, slopes, strict=True) if slope is None]
    high = HIGH * np.median(others) if len(others) >= FEW else np.inf
    return [abs(s or 0) > SLANTED and c.height > high for c, s in zip(line, slopes, strict=True)]


def _slope(c: Component) -> float | None:
    """Return the columns that a straight stroke moves a row; None if it is not straight."""
    if c.height < 2:
        return None
    (down, mixed), (_, across) = np.cov(np.nonzero(c.mask), bias=True)
    around = across - mixed**2 / down  # variance of the residuals of least squares
    return mixed / down if around < (STRAIGHT * c.height) ** 2 else None
