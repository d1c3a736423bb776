"""What the logits of a run say: metrics, confusions, hardest digits. scikit-learn does the metrics.

In every confusion matrix rows are true digits and columns predicted ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, logsumexp, softmax
from sklearn import metrics

from mnist_report import results
from mnist_report.dataset import Mnist
from mnist_report.errors import MissingRunError, ResultsError
from mnist_report.results import Run
from mnist_report.statistics import exact_interval

DIGITS = tuple(range(10))


def evaluate(run: Run, data: Mnist) -> dict[str, Any]:
    """The content of `evaluation.json`, which is written next to the run.

    Args:
        run: a finished run.
        data: the data set whose test labels its predictions are held against.
    """
    evaluation = {
        "recipe": run.summary["recipe"],
        "seed": run.summary["seed"],
        "validation": run.summary["validation"],
        "test": evaluate_logits(run.test_logits, data.test_labels.numpy()),
        "fingerprint": run.summary["fingerprint"],
        "provenance": run.summary["provenance"],
    }
    results.write_json(run.folder / results.EVALUATION, evaluation)
    return evaluation


def load_evaluation(recipe_name: str, seed: int = 0) -> dict[str, Any]:
    """Read the evaluation of a run.

    Raises:
        MissingRunError: the run has not been made, or not been evaluated.
    """
    path = results.run_folder(recipe_name, seed) / results.EVALUATION
    if not path.exists():
        raise MissingRunError(
            f"Recipe {recipe_name!r} with seed {seed} has not been evaluated: run "
            f"notebooks/04_evaluation.ipynb or `mnist-report train {recipe_name}` first."
        )
    return results.read_json(path)


def evaluate_logits(logits: ArrayLike, labels: ArrayLike) -> dict[str, Any]:
    """All metrics of logits (N, 10) against labels (N,), as plain values.

    Raises:
        ResultsError: shapes do not fit, or a logit is not a number.
    """
    logits, labels = _checked(logits, labels)
    predicted = predictions(logits)
    hits = int((predicted == labels).sum())
    return {
        "images": len(labels),
        "accuracy": hits / len(labels),
        "errors": len(labels) - hits,
        "accuracy_ci95": list(exact_interval(hits, len(labels))),
        "nll": float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean()),
        "per_class": per_class(predicted, labels),
        "macro": _macro(predicted, labels),
        "confusion_matrix": confusion_matrix(predicted, labels).tolist(),
        "confusable_pairs": confusable_pairs(logits, labels),
    }


def predictions(logits: ArrayLike) -> np.ndarray:
    """The digit with the largest logit: (N, 10) → (N,)."""
    return np.asarray(logits).argmax(axis=1)


def probabilities(logits: ArrayLike) -> np.ndarray:
    """Softmax in float64: (N, 10) → (N, 10), rows sum to 1."""
    return softmax(np.asarray(logits, dtype=np.float64), axis=1)


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


def confusion_matrix(predicted: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Counts (10, 10): rows true, columns predicted."""
    return metrics.confusion_matrix(labels, predicted, labels=DIGITS)


def per_class(predicted: ArrayLike, labels: ArrayLike) -> list[dict[str, float]]:
    """Precision, recall, F1 and support of each digit; 0 where a ratio has no cases."""
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=DIGITS, zero_division=0.0
    )
    return [
        {
            "digit": digit,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
        }
        for digit, precision, recall, f1, support in zip(DIGITS, *columns, strict=True)
    ]


def confusable_pairs(logits: ArrayLike, labels: ArrayLike) -> list[dict[str, Any]]:
    """The 45 unordered pairs of digits, the most confused first.

    `counts` are the errors in either direction: [first read as second, second read as first].
    `probability_mass` adds up, over all images of either digit, the probability given to the
    other one: it uses every image, where the errors of a good network are too few to rank by.
    Pairs are ranked by errors, and by mass among equals.
    """
    logits, labels = _checked(logits, labels)
    counts = confusion_matrix(predictions(logits), labels)
    mass = np.stack([probabilities(logits)[labels == digit].sum(axis=0) for digit in DIGITS])
    pairs = [
        {
            "pair": [a, b],
            "counts": [int(counts[a, b]), int(counts[b, a])],
            "probability_mass": float(mass[a, b] + mass[b, a]),
        }
        for a, b in combinations(DIGITS, 2)
    ]
    return sorted(pairs, key=lambda row: (-sum(row["counts"]), -row["probability_mass"]))


def hardest(logits: ArrayLike, labels: ArrayLike, count: int) -> np.ndarray:
    """Indices of the images whose own digit got the least probability, the hardest first."""
    logits, labels = _checked(logits, labels)
    own = probabilities(logits)[np.arange(len(labels)), labels]
    return own.argsort(kind="stable")[:count]


def pair_images(
    logits: ArrayLike, labels: ArrayLike, pair: tuple[int, int], count: int
) -> np.ndarray:
    """Indices of the images of either digit that look most like the other one.

    They are ordered by the probability given to the other digit of the pair, the largest first:
    mistakes come before close calls.
    """
    logits, labels = _checked(logits, labels)
    first, second = pair
    given = probabilities(logits)
    of_either = np.flatnonzero((labels == first) | (labels == second))
    other = np.where(labels[of_either] == first, second, first)
    order = (-given[of_either, other]).argsort(kind="stable")
    return of_either[order[:count]]


def _macro(predicted: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    columns = metrics.precision_recall_fscore_support(
        labels, predicted, labels=DIGITS, average="macro", zero_division=0.0
    )
    return dict(zip(("precision", "recall", "f1"), map(float, columns[:3]), strict=True))


def _checked(logits: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    if logits.ndim != 2 or logits.shape[1] != len(DIGITS) or labels.shape != logits.shape[:1]:
        raise ResultsError(
            f"Logits {logits.shape} and labels {labels.shape} are not (N, 10) and (N,)."
        )
    if not np.isfinite(logits).all():
        raise ResultsError("Some logits are not finite: train the run again with --fresh.")
    return logits, labels
