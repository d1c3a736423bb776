"""One digit brought to MNIST's form, by the procedure of MNIST's makers."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from numpy.typing import ArrayLike
from scipy import ndimage

from mnist_report.common.errors import DataError
from mnist_report.datasets.shapes import centre_of_mass

BOX = 20  # pixels: MNIST's digits fill a box of 20×20 of the 28×28
MIDDLE = 14.0  # where MNIST's centres of mass lie, in rows and columns counted from 0


def like_mnist(image: ArrayLike) -> np.ndarray:
    """Bring ink (H, W) from 0 to 1 to (28, 28) bytes as MNIST's makers did.

    LeCun et al. (1998, section III.A): the ink's bounding box is brought to 20 pixels on its longer
    side, keeping the proportions, and placed with its centre of mass in the middle of 28×28, in
    whole pixels. What would then stick out, as long tails do, is moved back into the image.
    DataError if this is no image, or there is no ink in it.
    """
    ink = np.asarray(image, dtype=np.float32)
    if ink.ndim != 2 or not ink.any() or not (ink.min() >= 0 and ink.max() <= 1):
        raise DataError(f"An array {ink.shape} is no image with ink from 0 to 1 in it.")
    digit = to_box(ink, BOX).clip(0, 1)
    centre = centre_of_mass(digit[np.newaxis])[0]
    top, left = (
        int(np.clip(np.floor(MIDDLE - c + 0.5), 0, 28 - side))
        for c, side in zip(centre, digit.shape, strict=True)
    )
    page = np.zeros((28, 28), dtype=np.uint8)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = np.rint(digit * 255)
    return page


def box(ink: np.ndarray) -> tuple[slice, slice]:
    """Return rows and columns of what is inked of (H, W), of which some is."""
    return ndimage.find_objects((ink != 0).astype(int))[0]


def to_box(ink: np.ndarray, side: int) -> np.ndarray:
    """Bring what is inked of (H, W) to `side` pixels on its longer side, in its proportions.

    Bicubic, so that values may lie a little outside the input's.
    """
    cut = ink[box(ink)]
    factor = side / max(cut.shape)
    size = [max(1, round(length * factor)) for length in cut.shape]
    # With a filter against aliasing, where the image shrinks.
    options = {"mode": "bicubic", "align_corners": False, "antialias": True}
    return F.interpolate(torch.from_numpy(cut)[None, None], size, **options)[0, 0].numpy()
