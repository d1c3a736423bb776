"""A second test set from other hands: scikit-learn's 8×8 digits, made to look like MNIST's.

These 1,797 digits, of 13 writers in Turkey, are the test part of Alpaydin and Kaynak's "Optical
Recognition of Handwritten Digits" (1998, UCI repository). Each pixel counts the ink, 0 to 16, in a
4×4 block of a 32×32 bitmap. They come with scikit-learn and were never trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from numpy.typing import ArrayLike

from mnist_report import evaluation
from mnist_report.dataset import Mnist
from mnist_report.errors import DataError
from mnist_report.exploration import centre_of_mass, spread_out
from mnist_report.fitting import read_with
from mnist_report.results import Run

PART = "second_hand"
BOX = 20  # pixels: MNIST's digits fill a box of 20×20 of the 28×28
BITMAP = 32  # pixels: the second set's bitmaps, of which 8×8 blocks were counted
MIDDLE = 14.0  # where MNIST's centres of mass lie, in rows and columns counted from 0


def original() -> tuple[np.ndarray, np.ndarray]:
    """The digits as they came: images (1797, 8, 8) that count ink from 0 to 16, labels (1797,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images, digits.target


def load() -> tuple[np.ndarray, np.ndarray]:
    """The digits as MNIST would have them: images (1797, 28, 28) bytes, labels (1797,)."""
    images, labels = original()
    return np.stack([like_mnist(image / 16) for image in images]), labels


def like_mnist(image: ArrayLike) -> np.ndarray:
    """One digit by MNIST's own procedure (LeCun et al. 1998, section III.A).

    The ink's bounding box is brought to 20 pixels on its longer side, keeping the proportions, and
    placed with its centre of mass in the middle of 28×28, in whole pixels. What would then stick
    out of the image, which happens with long tails, is moved back into it.

    Args:
        image: (H, W) ink from 0 to 1.

    Returns:
        (28, 28) bytes.

    Raises:
        DataError: this is no image, or there is no ink in it.
    """
    ink = np.asarray(image, dtype=np.float32)
    if ink.ndim != 2 or not ink.any() or not (ink.min() >= 0 and ink.max() <= 1):
        raise DataError(f"An array {ink.shape} is no image with ink from 0 to 1 in it.")
    digit = _to_box(ink, BOX).clip(0, 1)
    centre = centre_of_mass(digit[np.newaxis])[0]
    top, left = (
        int(np.clip(np.floor(MIDDLE - c + 0.5), 0, 28 - side))
        for c, side in zip(centre, digit.shape, strict=True)
    )
    page = np.zeros((28, 28), dtype=np.uint8)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = np.rint(digit * 255)
    return page


def coarsen(image: ArrayLike) -> np.ndarray:
    """One of MNIST's digits as the second set would have it: how much is lost by 8×8 alone?

    The box around the ink is brought to 32 pixels on its longer side, in black and white, and each
    block of 4×4 counted.

    Args:
        image: (28, 28) bytes.

    Returns:
        (8, 8) counts from 0 to 16.
    """
    digit = _to_box(np.asarray(image, dtype=np.float32) / 255, BITMAP) > 0.5
    page = np.zeros((BITMAP, BITMAP), dtype=int)
    top, left = ((BITMAP - side) // 2 for side in digit.shape)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return page.reshape(8, 4, 8, 4).sum(axis=(1, 3))


def measure(run: Run, data: Mnist) -> dict[str, Any]:
    """What a run makes of these digits, and of MNIST's own at their resolution.

    Returns:
        The metrics of `evaluation.evaluate_logits` on the second set, and `coarse`, those on as
        many of MNIST's test images, evenly spaced, that were brought to 8×8 and back. Between
        the test set and `coarse` lies the resolution; between `coarse` and these, the hands.
    """
    images, labels = load()
    index = spread_out(len(data.test_images), len(images))
    coarse = np.stack([like_mnist(coarsen(x) / 16) for x in data.test_images.numpy()[index]])
    return {
        **evaluation.evaluate_logits(read_with(run, images), labels),
        "coarse": evaluation.evaluate_logits(
            read_with(run, coarse), data.test_labels.numpy()[index]
        ),
    }


def evaluate(run: Run, data: Mnist, fresh: bool = False) -> dict[str, Any]:
    """The part `second_hand` of a run's `evaluation.json`: read from it, or measured and added."""
    return evaluation.part(run, data, PART, lambda: measure(run, data), fresh)


def _to_box(ink: np.ndarray, side: int) -> np.ndarray:
    """What is inked, with its longer side brought to `side` pixels, bicubic, in its proportions."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = [max(1, round(length * side / max(cut.shape))) for length in cut.shape]
    # With a filter against aliasing, where the image shrinks.
    options = {"mode": "bicubic", "align_corners": False, "antialias": True}
    return F.interpolate(torch.from_numpy(cut)[None, None], size, **options)[0, 0].numpy()
