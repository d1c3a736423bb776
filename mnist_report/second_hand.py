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

from mnist_report import evaluation, settings
from mnist_report.dataset import Mnist
from mnist_report.errors import DataError
from mnist_report.exploration import centre_of_mass
from mnist_report.fitting import read
from mnist_report.results import Run

PART = "second_hand"
BOX = 20  # pixels: MNIST's digits fill a box of 20×20 of the 28×28
MIDDLE = 14.0  # where MNIST's centres of mass lie, in rows and columns counted from 0


def load() -> tuple[np.ndarray, np.ndarray]:
    """The digits as MNIST would have them: images (1797, 28, 28) bytes, labels (1797,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return np.stack([like_mnist(image / 16) for image in digits.images]), digits.target


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
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = BOX / max(cut.shape)
    size = [max(1, round(side * factor)) for side in cut.shape]
    digit = _resize(cut, size).clip(0, 1)
    centre = centre_of_mass(digit[np.newaxis])[0]
    top, left = (
        int(np.clip(np.floor(MIDDLE - c + 0.5), 0, 28 - side))
        for c, side in zip(centre, size, strict=True)
    )
    page = np.zeros((28, 28), dtype=np.uint8)
    page[top : top + size[0], left : left + size[1]] = np.rint(digit * 255)
    return page


def measure(run: Run) -> dict[str, Any]:
    """The metrics of `evaluation.evaluate_logits` for a run on these digits."""
    images, labels = load()
    device = settings.device()
    reading = (run.normalisation, run.recipe.view_maps())
    logits = read(run.model().to(device), torch.from_numpy(images).to(device), *reading)
    return evaluation.evaluate_logits(logits.cpu(), labels)


def evaluate(run: Run, data: Mnist, fresh: bool = False) -> dict[str, Any]:
    """The part `second_hand` of a run's `evaluation.json`: read from it, or measured and added."""
    return evaluation.part(run, data, PART, lambda: measure(run), fresh)


def _resize(image: np.ndarray, size: list[int]) -> np.ndarray:
    """Bicubic, with an anti-aliasing filter where the image shrinks."""
    options = {"mode": "bicubic", "align_corners": False, "antialias": True}
    return F.interpolate(torch.from_numpy(image)[None, None], size, **options)[0, 0].numpy()
