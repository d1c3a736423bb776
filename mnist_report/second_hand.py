"""A second test set from other hands: scikit-learn's 8×8 digits, made to look like MNIST's.

These 1,797 digits, of 13 writers in Turkey, are the test part of Alpaydin and Kaynak's "Optical
Recognition of Handwritten Digits" (1998, UCI repository). Each pixel counts the ink, 0 to 16, in a
4×4 block of a 32×32 bitmap. They come with scikit-learn and were never trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mnist_report import evaluation, settings
from mnist_report.dataset import Mnist
from mnist_report.fitting import read
from mnist_report.handwriting.normalising import like_mnist
from mnist_report.results import Run

PART = "second_hand"


def load() -> tuple[np.ndarray, np.ndarray]:
    """The digits as MNIST would have them: images (1797, 28, 28) bytes, labels (1797,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return np.stack([like_mnist(image / 16) for image in digits.images]), digits.target


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
