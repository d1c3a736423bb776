"""Do the probabilities mean what they say? Reliability, calibration error, temperature.

Everything here is about the probability of the predicted digit, the *confidence*, but for the
Brier score and the negative log-likelihood, which look at the whole distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import log_softmax

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation.logits import checked_some, predictions, probabilities
from mnist_report.evaluation.statistics import exact_interval

BINS = 15
BINNINGS = ("mass", "width")  # bins of equally many images, or of equal widths of confidence
COLDEST, HOTTEST = 0.05, 20.0  # the temperatures that are looked at


def temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """What the logits are divided by to make these labels most likely, T (Guo et al. 2017).

    Above 1 the network was too sure of itself, below 1 not sure enough. The likelihood has one
    maximum in 1/T; where it lies outside of 0.05 ≤ T ≤ 20, as for logits that are always right,
    the nearer end is taken, and 1 where it does not depend on T at all.

    Args:
        logits: (N, 10) of the validation images; never of the test images.
        labels: (N,).

    Raises:
        ResultsError: shapes do not fit, there is no image, or a logit is not a number.
    """
    logits, labels = checked_some(logits, labels)
    own = logits[np.arange(len(labels)), labels]

    def slope(inverse: float) -> float:
        """Derivative of the mean negative log-likelihood by 1/T; it grows with 1/T."""
        given = probabilities(logits, 1 / inverse)
        return float(((given * logits).sum(axis=1) - own).mean())

    low, high = 1 / HOTTEST, 1 / COLDEST
    if slope(low) >= 0:
        return 1.0 if np.ptp(logits, axis=1).max() == 0 else HOTTEST
    if slope(high) <= 0:
        return COLDEST
    return 1 / brentq(slope, low, high, xtol=1e-14, rtol=1e-14)


def reliability(
    logits: ArrayLike,
    labels: ArrayLike,
    temperature: float = 1.0,
    bins: int = BINS,
    binning: str = "width",
) -> list[dict[str, Any]]:
    """Confidence and accuracy of each bin that holds an image, the least confident first.

    Returns:
        A row a bin: `low` and `high` (bounds of confidence; of equal mass, the extremes in it),
        `images`, `confidence` and `accuracy` (means), `interval` (exact, 95 %, of the accuracy).

    Raises:
        ResultsError: shapes do not fit, there is no image, or the bins make no sense.
    """
    logits, labels = checked_some(logits, labels)
    if binning not in BINNINGS or bins < 1:
        raise ResultsError(f"{bins} bins of equal {binning!r}: choose {' or '.join(BINNINGS)}.")
    confidence = probabilities(logits, temperature).max(axis=1)
    right = predictions(logits) == labels
    if binning == "mass":
        order = confidence.argsort(kind="stable")
        groups = [
            (float(confidence[part[0]]), float(confidence[part[-1]]), part)
            for part in np.array_split(order, bins)
            if len(part)
        ]
    else:
        # Bins are open below and closed above, so that a confidence of 1 is in the last one.
        place = np.ceil(confidence * bins).clip(1, bins).astype(int) - 1
        found = np.unique(place)
        groups = [(k / bins, (k + 1) / bins, np.flatnonzero(place == k)) for k in found.tolist()]
    return [_bin(low, high, confidence[part], right[part]) for low, high, part in groups]


def calibration_error(rows: list[dict[str, Any]]) -> float:
    """ECE of the rows of `reliability`: mean distance of accuracy from confidence (Naeini 2015)."""
    images = sum(row["images"] for row in rows)
    return sum(row["images"] * abs(row["accuracy"] - row["confidence"]) for row in rows) / images


def brier(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> float:
    """Mean squared distance of the probabilities from the truth, over all classes (Brier 1950).

    0 is perfect, 0.9 is a guess that gives each of ten classes the same, 2 the worst there is.
    """
    logits, labels = checked_some(logits, labels)
    truth = labels[:, np.newaxis] == np.arange(logits.shape[1])
    return float(((probabilities(logits, temperature) - truth) ** 2).sum(axis=1).mean())


def nll(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> float:
    """Mean negative log-likelihood, in nats per image."""
    logits, labels = checked_some(logits, labels)
    return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean())


def evaluate(logits: ArrayLike, labels: ArrayLike, fitted: float) -> dict[str, Any]:
    """The part `calibration` of `evaluation.json`.

    Args:
        logits: (N, 10) of the test images.
        labels: (N,).
        fitted: the temperature, from the validation images.

    Returns:
        `temperature`; `ece`, `ece_width` (15 bins of equal mass, of equal width), `brier`, `nll` as
        they come out of the network, the same with `_calibrated` at that temperature; the
        rows of `reliability` in bins of equal width, before and after.
    """
    result: dict[str, Any] = {"temperature": fitted}
    for ending, value in (("", 1.0), ("_calibrated", fitted)):
        rows = {name: reliability(logits, labels, value, BINS, name) for name in BINNINGS}
        result |= {
            f"ece{ending}": calibration_error(rows["mass"]),
            f"ece_width{ending}": calibration_error(rows["width"]),
            f"brier{ending}": brier(logits, labels, value),
            f"nll{ending}": nll(logits, labels, value),
            f"reliability{ending}": rows["width"],
        }
    return result


def _bin(low: float, high: float, confidence: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    return {
        "low": low,
        "high": high,
        "images": len(right),
        "confidence": float(confidence.mean()),
        "accuracy": float(right.mean()),
        "interval": list(exact_interval(int(right.sum()), len(right))),
    }
