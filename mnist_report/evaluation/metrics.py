"""Metrics of logits against labels: scikit-learn computes them.

In every confusion matrix rows are true digits and columns predicted ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, logsumexp
from sklearn import metrics

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation import calibration
from mnist_report.evaluation.logits import checked, predictions, probabilities
from mnist_report.evaluation.statistics import accuracy


def evaluate_logits(logits: ArrayLike, labels: ArrayLike) -> dict[str, Any]:
    """All metrics of logits (N, classes) against labels (N,), as plain values.

    Raises:
        ResultsError: shapes do not fit, or a logit is not a number.
    """
    logits, labels = checked(logits, labels)
    predicted = predictions(logits)
    hits = int((predicted == labels).sum())
    return {
        "images": len(labels),
        **accuracy(hits, len(labels)),
        "nll": calibration.nll(logits, labels),
        "per_class": per_class(predicted, labels, logits.shape[1]),
        "macro": _macro(predicted, labels, logits.shape[1]),
        "confusion_matrix": confusion_matrix(predicted, labels, logits.shape[1]).tolist(),
    }


def average_logits(runs: Sequence[ArrayLike]) -> np.ndarray:
    """Logits of the mean of several runs' probabilities: R × (N, 10) → (N, 10).

    They are the logarithms of the means, and finite where a probability is too small for a float.

    Raises:
        ResultsError: there is no run, or the runs' shapes differ.
    """
    shapes = {np.shape(logits) for logits in runs}
    if len(shapes) != 1:
        raise ResultsError(f"Logits of shapes {sorted(shapes)} have no average.")
    stack = log_softmax(np.asarray(runs, dtype=np.float64), axis=-1)
    return logsumexp(stack, axis=0) - np.log(len(stack))


def confusion_matrix(predicted: ArrayLike, labels: ArrayLike, classes: int = 10) -> np.ndarray:
    """Counts (classes, classes): rows true, columns predicted."""
    return metrics.confusion_matrix(labels, predicted, labels=range(classes))


def per_class(predicted: ArrayLike, labels: ArrayLike, classes: int = 10) -> list[dict[str, float]]:
    """Precision, recall, F1 and support of each class; 0 where a ratio has no cases."""
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(classes), zero_division=0.0
    )
    return [
        {
            "digit": digit,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
        }
        for digit, (precision, recall, f1, support) in enumerate(zip(*columns, strict=True))
    ]


def hardest(logits: ArrayLike, labels: ArrayLike, count: int) -> np.ndarray:
    """Indices of the images whose own digit got the least probability, the hardest first."""
    logits, labels = checked(logits, labels)
    own = probabilities(logits)[np.arange(len(labels)), labels]
    return own.argsort(kind="stable")[:count]


def misclassified(logits: ArrayLike, labels: ArrayLike) -> dict[str, list[int]]:
    """Find the misclassified images: their `index`, and the class that each was `read` as."""
    predicted = predictions(logits)
    index = np.flatnonzero(predicted != np.asarray(labels))
    return {"index": index.tolist(), "read": predicted[index].tolist()}


def _macro(predicted: np.ndarray, labels: np.ndarray, classes: int) -> dict[str, float]:
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(classes), average="macro", zero_division=0.0
    )
    return dict(zip(("precision", "recall", "f1"), map(float, columns[:3]), strict=True))
