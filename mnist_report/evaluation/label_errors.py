"""Labels of the test set that are in doubt, and whether the network finds them.

The list is that of Northcutt, Athalye and Mueller (2021), "Pervasive label errors in test sets",
whose reviewers, five an image, looked at what confident learning had pointed to. Nothing is ever
corrected in the data: accuracies without the known errors stand beside the one as given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation.logits import checked_some, predictions, probabilities
from mnist_report.evaluation.statistics import accuracy

# Test image: given label, and the digit that most reviewers saw.
CORRECTABLE = {
    947: (8, 9),
    1621: (0, 6),
    1901: (9, 4),
    2462: (2, 0),
    2597: (5, 3),
    3558: (5, 0),
    5937: (5, 3),
    6651: (0, 6),
    6783: (1, 6),
    9729: (5, 6),
}
NEITHER = frozenset((2654, 3520, 9679))  # no digit fits, or more than one does
NO_AGREEMENT = frozenset((2130, 8527))  # the reviewers did not agree on anything
DOUBTFUL_LABELS = frozenset(CORRECTABLE) | NEITHER | NO_AGREEMENT
# Three of five reviewers for the given label.
AMBIGUOUS = frozenset((1232, 1393, 2035, 3422, 4201, 4823, 4956, 9664))

DEPTHS = (10, 20, 50, 100)  # how far down the list of suspects one looks
SHOWN = 30  # suspects that are stored


def is_mnist(labels: ArrayLike) -> bool:
    """Whether these are the labels of MNIST's test set, which the list is about."""
    labels = np.asarray(labels)
    return labels.shape == (10_000,) and all(
        labels[index] == given for index, (given, _) in CORRECTABLE.items()
    )


def disagreement(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> np.ndarray:
    """How surely each label is contradicted (N,), from −1 to 1; above 0 for every error.

    The probability of the likeliest other digit less that of the given one: the negative margin
    that confident learning ranks by (Northcutt, Jiang and Chuang 2021).
    """
    logits, labels = checked_some(logits, labels)
    given, rows = probabilities(logits, temperature), np.arange(len(labels))
    own = given[rows, labels].copy()
    given[rows, labels] = -1
    return given.max(axis=1) - own


def recall_at(order: ArrayLike, wanted: ArrayLike, depths: Sequence[int] = DEPTHS) -> list[float]:
    """The share of the wanted images that are among the first k of the order, for each k.

    Raises:
        ResultsError: nothing is wanted, or a depth is below 1.
    """
    order, wanted = np.asarray(order), np.unique(np.asarray(sorted(wanted)))
    if len(wanted) == 0 or min(depths, default=1) < 1:
        raise ResultsError("Recall needs images to be found and depths of at least 1.")
    return [float(np.isin(wanted, order[:depth]).mean()) for depth in depths]


def accuracies(predicted: ArrayLike, labels: ArrayLike) -> dict[str, dict[str, Any]]:
    """Accuracy on the test set as it is, without the known errors, and with them corrected.

    `as_given` is *the* accuracy, which can be compared with others'. `left_out` is without all 15
    images in doubt; `corrected` takes the reviewers' digit for the ten that have one and leaves the
    other five out. Each with images, errors and exact 95 % interval.
    """
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    _refuse_others(labels)
    mended, keep = labels.copy(), np.ones(len(labels), dtype=bool)
    for index, (_, seen) in CORRECTABLE.items():
        mended[index] = seen
    keep[sorted(NEITHER | NO_AGREEMENT)] = False
    certain = np.ones(len(labels), dtype=bool)
    certain[sorted(DOUBTFUL_LABELS)] = False
    return {
        "as_given": _accuracy(predicted, labels),
        "left_out": _accuracy(predicted[certain], labels[certain]),
        "corrected": _accuracy(predicted[keep], mended[keep]),
    }


def never_right(runs: Sequence[ArrayLike], labels: ArrayLike) -> np.ndarray:
    """Indices of the images that none of the runs reads as labelled.

    Args:
        runs: logits (N, 10) of each run.
        labels: (N,).

    Raises:
        ResultsError: there is no run, or shapes do not fit.
    """
    if len(runs) == 0:
        raise ResultsError("There is no run to look at.")
    wrong = [
        predictions(logits) != labels for logits, labels in (checked_some(r, labels) for r in runs)
    ]
    return np.flatnonzero(np.all(wrong, axis=0))


def status(index: int) -> str:
    """What is known of a test image's label: "error", "ambiguous", or "" for nothing."""
    return "error" if index in DOUBTFUL_LABELS else "ambiguous" if index in AMBIGUOUS else ""


def audit(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> dict[str, Any]:
    """The part `label_audit` of `evaluation.json`.

    Returns:
        `suspects`, the images that contradict their label most surely: `index`, `given`,
        `predicted`, `probability` (of the predicted digit), `given_probability` and `status`;
        `recall` of the known errors and of these with the ambiguous ones at each of `depths`;
        `found`, how many of either are misread; `accuracy` as `accuracies` has it.

    Raises:
        ResultsError: these are not the labels of MNIST's test set.
    """
    logits, labels = checked_some(logits, labels)
    _refuse_others(labels)
    given, predicted = probabilities(logits, temperature), predictions(logits)
    order = (-disagreement(logits, labels, temperature)).argsort(kind="stable")
    wrong = set(np.flatnonzero(predicted != labels).tolist())
    return {
        "suspects": [_suspect(int(k), given[k], int(labels[k])) for k in order[:SHOWN]],
        "depths": list(DEPTHS),
        "recall": recall_at(order, DOUBTFUL_LABELS),
        "recall_with_ambiguous": recall_at(order, DOUBTFUL_LABELS | AMBIGUOUS),
        "known": {"errors": len(DOUBTFUL_LABELS), "ambiguous": len(AMBIGUOUS)},
        "found": {"errors": len(wrong & DOUBTFUL_LABELS), "ambiguous": len(wrong & AMBIGUOUS)},
        "accuracy": accuracies(predicted, labels),
    }


def _suspect(index: int, given: np.ndarray, label: int) -> dict[str, Any]:
    predicted = int(given.argmax())
    return {
        "index": index,
        "given": label,
        "predicted": predicted,
        "probability": float(given[predicted]),
        "given_probability": float(given[label]),
        "status": status(index),
    }


def _accuracy(predicted: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    hits = int((predicted == labels).sum())
    return {"images": len(labels), **accuracy(hits, len(labels))}


def _refuse_others(labels: np.ndarray) -> None:
    if not is_mnist(labels):
        raise ResultsError("The known label errors are those of MNIST's 10,000 test images.")
