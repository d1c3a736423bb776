"""Logits (N, C) of C classes, what follows at once, and metrics, which scikit-learn computes.

All functions of this room that take logits and labels refuse them as `checked` does. In every
confusion matrix rows are true classes and columns predicted ones.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field
from scipy.special import log_softmax, logsumexp, softmax

from mnist_report.common import ResultsError, Stored

from .statistics import CountedAccuracy


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


def nll(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> float:
    """Mean negative log-likelihood, in nats per image."""
    logits, labels = checked(logits, labels)
    return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean())


class ClassScores(Stored):
    """Precision, recall and F1 of a class, and how many images it has."""

    digit: int
    precision: float
    recall: float
    f1: float
    support: int


class MeanScores(Stored):
    """Means over the classes, each with the same weight."""

    precision: float
    recall: float
    f1: float


class Scores(CountedAccuracy):
    """All metrics of a set of images; `confusion_matrix` is (classes, classes)."""

    nll: float
    per_class: list[ClassScores]
    macro: MeanScores
    confusion_matrix: list[list[int]]

    @property
    def confusions(self) -> np.ndarray:
        """The confusion matrix (classes, classes) without its diagonal."""
        matrix = np.array(self.confusion_matrix)
        np.fill_diagonal(matrix, 0)
        return matrix


class Misclassified(Stored):
    """Indices (M,) of the misclassified images, and the classes (M,) predicted for them."""

    index: list[int]
    predicted: list[int] = Field(alias="read")


def evaluate_logits(logits: ArrayLike, labels: ArrayLike) -> Scores:
    """Compute all metrics of logits (N, classes) against labels (N,)."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    logits, labels = checked(logits, labels)
    predicted, named = predictions(logits), {"labels": range(logits.shape[1])}
    rates = partial(precision_recall_fscore_support, labels, predicted, **named, zero_division=0.0)
    precision, recall, f1, _ = rates(average="macro")
    return Scores.over(
        predicted == labels,
        images=len(labels),
        nll=nll(logits, labels),
        per_class=[
            ClassScores(digit=k, precision=p, recall=r, f1=f, support=n)
            for k, (p, r, f, n) in enumerate(np.transpose(rates()))
        ],
        macro=MeanScores(precision=precision, recall=recall, f1=f1),
        confusion_matrix=confusion_matrix(labels, predicted, **named).tolist(),
    )


def average_logits(runs: Sequence[ArrayLike]) -> np.ndarray:
    """Return log of the mean of R runs' probabilities, (N, 10) and finite, else ResultsError."""
    shapes = {np.shape(logits) for logits in runs}
    if len(shapes) != 1:
        raise ResultsError(f"Logits of shapes {sorted(shapes)} have no average.")
    stack = log_softmax(np.asarray(runs, dtype=np.float64), axis=-1)
    return logsumexp(stack, axis=0) - np.log(len(stack))


def hardest(logits: ArrayLike, labels: ArrayLike, count: int) -> np.ndarray:
    """Return indices of the images whose own class got the least probability, hardest first."""
    logits, labels = checked(logits, labels)
    own = probabilities(logits)[np.arange(len(labels)), labels]
    return own.argsort(kind="stable")[:count]


def misclassified(logits: ArrayLike, labels: ArrayLike) -> Misclassified:
    """Find the misclassified images."""
    predicted = predictions(logits)
    index = np.flatnonzero(predicted != np.asarray(labels))
    return Misclassified(index=index.tolist(), predicted=predicted[index].tolist())
