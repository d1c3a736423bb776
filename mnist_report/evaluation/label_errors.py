"""Labels of the test set that are in doubt, and whether the network finds them.

The list is that of Northcutt, Athalye and Mueller (2021), "Pervasive label errors in test sets",
whose reviewers, five an image, looked at what confident learning had pointed to. Nothing is ever
corrected in the data. Labels of other images are answered with ResultsError.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.common import ResultsError, Stored

from .metrics import checked, predictions, probabilities
from .statistics import CountedAccuracy

# Test image: given label, and the digit that most reviewers saw.
CORRECTABLE = {
    **{947: (8, 9), 1621: (0, 6), 1901: (9, 4), 2462: (2, 0), 2597: (5, 3)},
    **{3558: (5, 0), 5937: (5, 3), 6651: (0, 6), 6783: (1, 6), 9729: (5, 6)},
}
NEITHER = frozenset((2654, 3520, 9679))  # no digit fits, or more than one does
NO_AGREEMENT = frozenset((2130, 8527))  # the reviewers did not agree on anything
DOUBTFUL_LABELS = frozenset(CORRECTABLE) | NEITHER | NO_AGREEMENT
# Three of five reviewers for the given label.
AMBIGUOUS = frozenset((1232, 1393, 2035, 3422, 4201, 4823, 4956, 9664))

DEPTHS = (10, 20, 50, 100)  # how far down the list of suspects one looks
SHOWN = 30  # suspects that are stored


class Suspect(Stored):
    """An image that contradicts its label: that label, the prediction, their probabilities."""

    index: int
    given: int
    predicted: int
    probability: float
    given_probability: float
    status: str


class Known(Stored):
    """Numbers of images on the list, or of those that are found."""

    errors: int
    ambiguous: int


class Accuracies(Stored):
    """Accuracy with the labels as they are, without the known errors, and with them corrected."""

    as_given: CountedAccuracy  # *the* accuracy, which can be compared with others'
    left_out: CountedAccuracy  # without all 15 images in doubt
    corrected: CountedAccuracy  # ten as the reviewers saw them, without the other five


class LabelAudit(Stored):
    """The surest suspects, and how many of the images on the list are found."""

    suspects: list[Suspect]
    depths: list[int]  # numbers of first suspects
    recall: list[float]  # of the known errors among these
    recall_with_ambiguous: list[float]
    known: Known
    found: Known  # those that are misclassified
    accuracy: Accuracies


def is_mnist(labels: ArrayLike) -> bool:
    """Tell whether these are the labels of MNIST's test set, which the list is about."""
    labels, given = np.asarray(labels), [given for given, _ in CORRECTABLE.values()]
    return labels.shape == (10_000,) and labels[[*CORRECTABLE]].tolist() == given


def disagreement(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> np.ndarray:
    """Return p(likeliest other digit) − p(label) (N,), above 0 for errors (Northcutt 2021)."""
    logits, labels = checked(logits, labels)
    given, rows = probabilities(logits, temperature), np.arange(len(labels))
    own = given[rows, labels].copy()
    given[rows, labels] = -1
    return given.max(axis=1) - own


def recall_at(order: ArrayLike, wanted: ArrayLike, depths: Sequence[int] = DEPTHS) -> list[float]:
    """Return the share of the wanted images, one at least, among the first k ≥ 1 of the order."""
    order, wanted = np.asarray(order), np.unique([*wanted])
    if len(wanted) == 0 or min(depths, default=1) < 1:
        raise ResultsError("Recall needs images to be found and depths of at least 1.")
    return [float(np.isin(wanted, order[:depth]).mean()) for depth in depths]


def accuracies(predicted: ArrayLike, labels: ArrayLike) -> Accuracies:
    """Compare predictions (10000,) with MNIST's test labels as given, left out, and corrected."""
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if not is_mnist(labels):
        raise ResultsError("The known label errors are those of MNIST's 10,000 test images.")
    corrected = labels.copy()
    corrected[list(CORRECTABLE)] = [seen for _, seen in CORRECTABLE.values()]
    given, seen = predicted == labels, predicted == corrected
    right = {
        "as_given": given,
        "left_out": np.delete(given, [*DOUBTFUL_LABELS]),
        "corrected": np.delete(seen, [*NEITHER, *NO_AGREEMENT]),
    }
    return Accuracies(**{k: CountedAccuracy.over(v, images=len(v)) for k, v in right.items()})


def never_right(runs: Sequence[ArrayLike], labels: ArrayLike) -> np.ndarray:
    """Return indices of the images that no run, by its logits (N, 10), classifies as labelled."""
    if len(runs) == 0:
        raise ResultsError("There is no run to look at.")
    wrong = [predictions(checked(logits, labels)[0]) != labels for logits in runs]
    return np.flatnonzero(np.all(wrong, axis=0))


def status(index: int) -> str:
    """Return what is known of a test image's label: "error", "ambiguous", or ""."""
    return "error" if index in DOUBTFUL_LABELS else "ambiguous" if index in AMBIGUOUS else ""


def audit(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> LabelAudit:
    """Rank MNIST's test images by how surely they contradict their label; look for known ones."""
    logits, labels = checked(logits, labels)
    given, predicted = probabilities(logits, temperature), predictions(logits)
    compared = accuracies(predicted, labels)
    order = (-disagreement(logits, labels, temperature)).argsort(kind="stable").tolist()
    wrong = set(np.flatnonzero(predicted != labels).tolist())
    suspects = [
        Suspect(
            index=k,
            given=labels[k],
            predicted=predicted[k],
            probability=given[k].max(),
            given_probability=given[k, labels[k]],
            status=status(k),
        )
        for k in order[:SHOWN]
    ]
    return LabelAudit(
        suspects=suspects,
        depths=DEPTHS,
        recall=recall_at(order, DOUBTFUL_LABELS),
        recall_with_ambiguous=recall_at(order, DOUBTFUL_LABELS | AMBIGUOUS),
        known=Known(errors=len(DOUBTFUL_LABELS), ambiguous=len(AMBIGUOUS)),
        found=Known(errors=len(wrong & DOUBTFUL_LABELS), ambiguous=len(wrong & AMBIGUOUS)),
        accuracy=compared,
    )
