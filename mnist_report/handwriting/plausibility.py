"""Plausibility: what has the features, size and strokes of digits, and which marks have not."""

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mnist_report import datasets
from mnist_report.common.kept import kept
from mnist_report.datasets.augmentation import Augmentation, Step, augment
from mnist_report.datasets.preprocessing import Normalisation, to_unit
from mnist_report.datasets.shapes import like_mnist
from mnist_report.handwriting import strokes
from mnist_report.handwriting.binarisation import Binarised
from mnist_report.handwriting.digits import Digit
from mnist_report.handwriting.segmentation import Component, Line
from mnist_report.handwriting.synthetic_strokes import LETTERS, sign
from mnist_report.training import inference

# Of validation digits are plausible. Of other hands', redrawn with any pen, up to 1 in 100 is not.
KEPT = 0.995
EXAMPLES = 1_500  # validation digits, each as it is and varied
EACH = 20  # drawings of each letter
FACES = (
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_COMPLEX | cv2.FONT_ITALIC,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
RIDGE = 0.1  # of the features' variance
SCALE = 4  # between digits and letters
STEPS = Step("thickness", 1, 1), Step("elastic", 1, 1.5)
ANY_HAND = Augmentation(degrees=10, zoom=0.15, shear=0.3, steps=STEPS)
FEW = 3  # digits on a line tell how high they are
HIGH = 1.15  # heights of the digits on its line
SLANTED = 0.3  # columns a row that a slash moves
STRAIGHT = 0.06  # of its height that a stroke's ink may spread around its course
ALIKE = 0.6, 1.7  # times the size of the sure digits on the page
UNLIKE = 1.5  # from here on it is no digit
WEAK = 0.3  # of the usual width times contrast of the strokes on the page


def unlike(weights: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return how unlike digits' each row of features (N, D) is: (N,), up to 1 plausible.

    A letter may well have one logit far above the others; what the last layer sees tells more.
    """
    return features @ weights[:-1] + weights[-1]


def parted(model: nn.Module) -> tuple[nn.Module, nn.Module]:
    """Part a network before its last linear layer; of one's own network, all is before it."""
    layers = list(model) if type(model) is nn.Sequential else []
    last = max((k for k, one in enumerate(layers) if isinstance(one, nn.Linear)), default=0)
    if not last:
        return model, nn.Identity()
    return nn.Sequential(*layers[:last]), nn.Sequential(*layers[last:])


@kept
def unlikeness(
    body: nn.Module, normalisation: Normalisation, index: np.ndarray, fingerprint: str
) -> np.ndarray:
    """Fit weights (D + 1,) for `unlike`: ridge regression of drawn letters against digits.

    Args:
        body: images (N, 1, 28, 28) → features (N, D), of a trained network.
        normalisation: of its input.
        index: of the validation images among the training files' images.
        fingerprint: of the run, and so of the data; DataError if they cannot be had.
    """
    digits = datasets.load().train_images[index][:EXAMPLES]
    rng = np.random.default_rng(0)
    signs = [sign(letter, rng, FACES) / np.float32(255) for letter in EACH * LETTERS]
    letters = torch.from_numpy(np.stack([like_mnist(ink) for ink in signs]))
    images = torch.cat([digits, _varied(digits), _varied(letters)])
    x = inference.model_logits(body, images, normalisation).double().numpy()  # (N, D)
    target = np.repeat([-0.5, 0.5], [2 * len(digits), len(letters)])
    weight = np.where(target > 0, 2 * len(digits) / len(letters), 1.0)
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
    z = (x - middle) / spread
    normal = (z * weight[:, np.newaxis]).T @ z + RIDGE * len(x) * np.eye(x.shape[1])
    fitted = np.linalg.solve(normal, z.T @ (weight * target)) / spread
    fitted *= SCALE
    return np.append(fitted, 1 - np.quantile(x[target < 0] @ fitted, KEPT))


def _varied(images: Tensor) -> Tensor:
    """Return images (N, 28, 28), bytes, as other hands and pens might have written them."""
    x = to_unit(images)  # a copy
    x = augment(x, ANY_HAND, torch.Generator().manual_seed(0))
    return (255 * x[:, 0]).round().to(torch.uint8)


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
