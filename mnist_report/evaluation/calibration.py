"""Calibration, whether probabilities mean what they say: reliability, error, temperature.

Everything here is about the probability of the predicted digit, the *confidence*, but for the
Brier score and the negative log-likelihood, which look at the whole distribution.
"""

import numpy as np
import scipy
from numpy.typing import ArrayLike
from pydantic import Field

from mnist_report.common import ResultsError, Stored

from .metrics import checked, nll, predictions, probabilities
from .statistics import Interval, exact_interval

BINS = 15
BINNINGS = ("mass", "width")  # bins of equally many images, or of equal widths of confidence
COLDEST, HOTTEST = 0.05, 20.0  # the temperatures that are looked at


class ReliabilityBin(Stored):
    """Images whose confidence is from `low` to `high`: its mean, and their accuracy."""

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float
    interval: Interval


class Calibration(Stored):
    """Temperature from the validation images, and its effect on the test images.

    `ece` is in bins of equal mass, `ece_width` and the rows of `reliability` of equal width;
    `_calibrated` is at the temperature, the others as they come out of the network.
    """

    temperature: float = Field(gt=0)
    ece: float
    ece_width: float
    brier: float
    nll: float
    reliability: list[ReliabilityBin]
    ece_calibrated: float
    ece_width_calibrated: float
    brier_calibrated: float
    nll_calibrated: float
    reliability_calibrated: list[ReliabilityBin]


def temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Fit the T by which logits are divided to make the labels most likely (Guo et al. 2017).

    Above 1 the network was over-confident, below 1 under-confident. The likelihood has one
    maximum in 1/T; where it lies outside of 0.05 ≤ T ≤ 20, as for logits that are always right,
    the nearer end is taken, and 1 where it does not depend on T at all. Logits (N, 10) and labels
    (N,) are those of the validation images; never of the test images.
    """
    logits, labels = checked(logits, labels)
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
    return 1 / scipy.optimize.brentq(slope, low, high, xtol=1e-14, rtol=1e-14)


def reliability(
    logits: ArrayLike,
    labels: ArrayLike,
    temperature: float = 1.0,
    bins: int = BINS,
    binning: str = "width",
) -> list[ReliabilityBin]:
    """Return the bins that hold an image, the least confident first; else ResultsError."""
    logits, labels = checked(logits, labels)
    if binning not in BINNINGS or bins < 1:
        raise ResultsError(f"{bins} bins of equal {binning!r}: choose {' or '.join(BINNINGS)}.")
    confidence = probabilities(logits, temperature).max(axis=1)
    right = predictions(logits) == labels
    if binning == "mass":
        parts = np.array_split(confidence.argsort(kind="stable"), bins)
        groups = [(*confidence[part[[0, -1]]].tolist(), part) for part in parts if len(part)]
    else:
        # Bins are open below and closed above, so that a confidence of 1 is in the last one.
        place = np.ceil(confidence * bins).clip(1, bins).astype(int) - 1
        found = np.unique(place).tolist()
        groups = [(k / bins, (k + 1) / bins, np.flatnonzero(place == k)) for k in found]
    return [
        ReliabilityBin(
            low=low,
            high=high,
            images=len(part),
            confidence=confidence[part].mean(),
            accuracy=right[part].mean(),
            interval=exact_interval(right[part].sum(), len(part)),
        )
        for low, high, part in groups
    ]


def calibration_error(rows: list[ReliabilityBin]) -> float:
    """ECE of the rows of `reliability`: mean distance of accuracy from confidence (Naeini 2015)."""
    images = sum(row.images for row in rows)
    return sum(row.images * abs(row.accuracy - row.confidence) for row in rows) / images


def brier(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> float:
    """Mean squared distance of probabilities from the truth (Brier 1950), from 0, perfect, to 2."""
    logits, labels = checked(logits, labels)
    truth = labels[:, np.newaxis] == np.arange(logits.shape[1])
    return float(((probabilities(logits, temperature) - truth) ** 2).sum(axis=1).mean())


def evaluate(logits: ArrayLike, labels: ArrayLike, fitted: float) -> Calibration:
    """Evaluate test logits (N, 10) against labels (N,), before and at the fitted temperature."""
    result = {}
    for ending, value in (("", 1.0), ("_calibrated", fitted)):
        mass, width = (reliability(logits, labels, value, binning=name) for name in BINNINGS)
        result |= {
            f"ece{ending}": calibration_error(mass),
            f"ece_width{ending}": calibration_error(width),
            f"brier{ending}": brier(logits, labels, value),
            f"nll{ending}": nll(logits, labels, value),
            f"reliability{ending}": width,
        }
    return Calibration(temperature=fitted, **result)
