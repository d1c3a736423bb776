"""An external test set, by other writers: scikit-learn's 8×8 digits, made to look like MNIST's.

These 1,797 digits, of 13 writers in Turkey, are the test part of Alpaydin and Kaynak's "Optical
Recognition of Handwritten Digits" (1998, UCI repository). Each pixel counts the ink, 0 to 16, in a
4×4 block of a 32×32 bitmap. They come with scikit-learn and were never trained on.
"""

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.datasets.shapes import like_mnist, to_box
from mnist_report.training.inference import logits
from mnist_report.training.runs import Run

from .metrics import Scores, evaluate_logits

BITMAP = 32  # pixels: the external set's bitmaps, of which 8×8 blocks were counted


class ExternalScores(Scores):
    """Scores on the external test set; `coarse`: on as many of MNIST's at its resolution."""

    coarse: Scores


def original() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits as they came: images (1797, 8, 8), ink from 0 to 16, labels (1797,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images, digits.target


def load() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits as MNIST would have them: bytes (1797, 28, 28), labels (1797,)."""
    images, labels = original()
    return np.stack([like_mnist(image / 16) for image in images]), labels


def coarsen(image: ArrayLike) -> np.ndarray:
    """Bring one of MNIST's digits (28, 28) to the external set's form: (8, 8), from 0 to 16."""
    # The box around the ink is brought to 32 pixels, in black and white, and blocks of 4×4 counted.
    digit = to_box(np.asarray(image, dtype=np.float32) / 255, BITMAP) > 0.5
    page = np.zeros((BITMAP, BITMAP), dtype=int)
    top, left = ((BITMAP - side) // 2 for side in digit.shape)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return page.reshape(8, 4, 8, 4).sum(axis=(1, 3))


def measure(run: Run, data: Dataset) -> ExternalScores:
    """Evaluate a run on these digits, and on MNIST's test images, evenly spaced, at 8×8."""
    images, labels = load()
    index = evenly_spaced(len(data.test_images), len(images))
    coarse = np.stack([like_mnist(coarsen(x) / 16) for x in data.test_images.numpy()[index]])
    return ExternalScores(
        **dict(evaluate_logits(logits(run, images), labels)),
        coarse=evaluate_logits(logits(run, coarse), data.test_labels.numpy()[index]),
    )
