"""Logits (N, C) of C classes, and what follows at once: predictions and probabilities.

All functions of this room that take logits and labels refuse them as `checked` does.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from mnist_report.common.errors import ResultsError


def predictions(logits: ArrayLike) -> np.ndarray:
    """Return the class with the largest logit: (N, C) → (N,)."""
    return np.asarray(logits).argmax(axis=1)


def probabilities(logits: ArrayLike, temperature: float = 1.0) -> np.ndarray:
    """Softmax of the logits over the temperature, in float64: (N, C) → (N, C), rows sum to 1."""
    return softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=1)


def checked(logits: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (N, C) in float64 and labels (N,) of at least one image, else ResultsError."""
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    if logits.ndim != 2 or logits.shape[1] < 2 or labels.shape != logits.shape[:1]:
        found = f"Logits {logits.shape} and labels {labels.shape}"
        raise ResultsError(f"{found} are not (N, classes) and (N,).")
    if len(labels) == 0:
        raise ResultsError("There is no image to measure anything on.")
    if not 0 <= labels.min() <= labels.max() < logits.shape[1]:
        raise ResultsError(f"Some labels are not among the {logits.shape[1]} classes.")
    if not np.isfinite(logits).all():
        raise ResultsError("Some logits are not finite: train the run again with --fresh.")
    return logits, labels
