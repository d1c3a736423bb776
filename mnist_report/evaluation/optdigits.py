"""A second test set from other hands: scikit-learn's 8×8 digits, made to look like MNIST's.

These 1,797 digits, of 13 writers in Turkey, are the test part of Alpaydin and Kaynak's "Optical
Recognition of Handwritten Digits" (1998, UCI repository). Each pixel counts the ink, 0 to 16, in a
4×4 block of a 32×32 bitmap. They come with scikit-learn and were never trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mnist_report import evaluation
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.datasets.size_normalisation import like_mnist, to_box
from mnist_report.evaluation import metrics
from mnist_report.training.inference import logits
from mnist_report.training.runs import Run

PART = "second_hand"
BITMAP = 32  # pixels: the second set's bitmaps, of which 8×8 blocks were counted


def original() -> tuple[np.ndarray, np.ndarray]:
    """The digits as they came: images (1797, 8, 8) that count ink from 0 to 16, labels (1797,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images, digits.target


def load() -> tuple[np.ndarray, np.ndarray]:
    """The digits as MNIST would have them: images (1797, 28, 28) bytes, labels (1797,)."""
    images, labels = original()
    return np.stack([like_mnist(image / 16) for image in images]), labels


def coarsen(image: ArrayLike) -> np.ndarray:
    """One of MNIST's digits as the second set would have it: how much is lost by 8×8 alone?

    The box around the ink is brought to 32 pixels on its longer side, in black and white, and each
    block of 4×4 counted.

    Args:
        image: (28, 28) bytes.

    Returns:
        (8, 8) counts from 0 to 16.
    """
    digit = to_box(np.asarray(image, dtype=np.float32) / 255, BITMAP) > 0.5
    page = np.zeros((BITMAP, BITMAP), dtype=int)
    top, left = ((BITMAP - side) // 2 for side in digit.shape)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return page.reshape(8, 4, 8, 4).sum(axis=(1, 3))


def measure(run: Run, data: Dataset) -> dict[str, Any]:
    """What a run makes of these digits, and of MNIST's own at their resolution.

    Returns:
        The metrics of `evaluation.evaluate_logits` on the second set, and `coarse`, those on as
        many of MNIST's test images, evenly spaced, that were brought to 8×8 and back. Between
        the test set and `coarse` lies the resolution; between `coarse` and these, the hands.
    """
    images, labels = load()
    index = evenly_spaced(len(data.test_images), len(images))
    coarse = np.stack([like_mnist(coarsen(x) / 16) for x in data.test_images.numpy()[index]])
    return {
        **metrics.evaluate_logits(logits(run, images), labels),
        "coarse": metrics.evaluate_logits(logits(run, coarse), data.test_labels.numpy()[index]),
    }


def evaluate(run: Run, data: Dataset, fresh: bool = False) -> dict[str, Any]:
    """The part `second_hand` of a run's `evaluation.json`: read from it, or measured and added."""
    return evaluation.part(run, data, PART, lambda: measure(run, data), fresh)
