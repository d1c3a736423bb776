"""Selective classification: leaving doubtful images to a person costs work and saves errors.

The network answers where its confidence, the probability of the digit it predicts, reaches a
threshold. *Coverage* is the share of the images that it then answers, *risk* the share of errors
among those (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017).

A confidence is about which digit it is, if it is one. How familiar the image is altogether shows in
the *maximum logit* before softmax (Hendrycks et al. 2022): a second threshold leaves unfamiliar
images, too. Energy, Mahalanobis distance and nearest neighbours were tried: docs/recipes.md.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from mnist_report.common import ResultsError, Stored

from .metrics import checked, predictions, probabilities
from .statistics import Interval, exact_interval

TARGET = 0.001  # the error that is aimed at among the images answered
FAMILIAR = 0.98  # share of the validation images whose maximum logit is high enough to answer
POSTCODE = 6  # digits of a postcode, in China as in the data's first use elsewhere
LETTERS = 100_000  # a day, to make the shares speak
# Shares of images left to a person for which the curve is stored.
LEFT = (*(k / 1000 for k in range(100)), *(k / 100 for k in range(10, 96, 5)))


class RiskCoverage(NamedTuple):
    """Thresholds from the highest confidence to the lowest, one row a different confidence."""

    threshold: np.ndarray  # (K,) the least confidence that is answered
    answered: np.ndarray  # (K,) how many images are
    errors: np.ndarray  # (K,) how many of these are misclassified
    images: int  # of all, answered or not

    @property
    def coverage(self) -> np.ndarray:
        """(K,) shares of the images."""
        return self.answered / self.images

    @property
    def risk(self) -> np.ndarray:
        """(K,) shares of errors among the images answered."""
        return self.errors / self.answered


class CurvePoint(Stored):
    """A point of the curve of risk against coverage."""

    coverage: float
    error: float


class PostOffice(Stored):
    """Letters a day that a person has to sort, and letters that a machine sends astray."""

    letters: int
    digits: int
    by_hand: float
    astray: float


class Answered(Stored):
    """The outcome of a threshold: images answered, their errors, and the share of all caught."""

    threshold: float | None
    coverage: float
    answered: int
    errors: int
    error: float
    interval: Interval = Field(alias="error_ci95")
    caught: float


class _Curve(Stored):
    target: float
    curve: list[CurvePoint]
    area: float


class Reject(Answered, _Curve):
    """A threshold for the `target` error, if any, chosen on validation, tried on the test set.

    `curve` and its mean error, `area`, are of the test set, of which `hindsight` is the best
    coverage that a threshold could have.
    """

    hindsight: float
    post_office: PostOffice
    post_office_without: PostOffice
    # The least maximum logit answered, and what both thresholds give; before, there was neither.
    least_logit: float | None = None
    familiar: Answered | None = None
    post_office_familiar: PostOffice | None = None

    @property
    def left(self) -> float:
        """Share of the images left to a person."""
        return 1 - self.coverage


def risk_coverage(logits: ArrayLike, labels: ArrayLike, temperature: float = 1.0) -> RiskCoverage:
    """Compute risk and coverage at every threshold that makes a difference."""
    logits, labels = checked(logits, labels)
    confidence = probabilities(logits, temperature).max(axis=1)
    order = (-confidence).argsort(kind="stable")
    ranked = confidence[order]
    wrong = (predictions(logits) != labels)[order].cumsum()
    # Images of the same confidence are answered together or not at all.
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    return RiskCoverage(ranked[last], last + 1, wrong[last], len(labels))


def best_below(curve: RiskCoverage, target: float = TARGET) -> int | None:
    """Find the place of the highest coverage whose risk is at most the target, a share, if any."""
    if not 0 <= target < 1:
        raise ResultsError(f"An error of {target} is no share from 0 to 1.")
    good = np.flatnonzero(curve.risk <= target)
    return int(good[-1]) if len(good) else None


def choose_threshold(
    logits: ArrayLike, labels: ArrayLike, target: float = TARGET, temperature: float = 1.0
) -> float | None:
    """Find the least confidence with this error on validation; on test it may be higher."""
    place = best_below(curve := risk_coverage(logits, labels, temperature), target)
    return None if place is None else float(curve.threshold[place])


def choose_least_logit(logits: ArrayLike) -> float:
    """Find the maximum logit that `FAMILIAR` of the validation images (V, C) reach."""
    return float(np.quantile(np.max(logits, axis=1), 1 - FAMILIAR))


def apply_threshold(
    logits: ArrayLike,
    labels: ArrayLike,
    threshold: float | None,
    temperature: float = 1.0,
    least_logit: float = -np.inf,
) -> Answered:
    """Apply thresholds chosen beforehand; a `threshold` of None leaves every image to a person."""
    logits, labels = checked(logits, labels)
    confidence = probabilities(logits, temperature).max(axis=1)
    answered = confidence >= (np.inf if threshold is None else threshold)
    answered &= logits.max(axis=1) >= least_logit
    wrong = predictions(logits) != labels
    images, errors = int(answered.sum()), int((answered & wrong).sum())
    return Answered(
        threshold=threshold,
        coverage=images / len(labels),
        answered=images,
        errors=errors,
        error=errors / images if images else 0.0,
        interval=exact_interval(errors, images) if images else Interval(0.0, 1.0),
        caught=1 - errors / max(int(wrong.sum()), 1),
    )


def post_office(
    coverage: float, error: float, letters: int = LETTERS, digits: int = POSTCODE
) -> PostOffice:
    """Sort letters by machine where every digit is answered, as if digits were independent."""
    by_machine = coverage**digits  # since one hand wrote them all, really more, with more errors
    by_hand = letters * (1 - by_machine)
    astray = letters * by_machine * (1 - (1 - error) ** digits)
    return PostOffice(letters=letters, digits=digits, by_hand=by_hand, astray=astray)


def evaluate(
    validation: tuple[ArrayLike, ArrayLike],
    test: tuple[ArrayLike, ArrayLike],
    temperature: float,
    target: float = TARGET,
) -> Reject:
    """Choose thresholds by validation logits (V, 10), labels (V,); try them on the test set."""
    curve, least_logit = risk_coverage(*test, temperature), choose_least_logit(validation[0])
    best, threshold = best_below(curve, target), choose_threshold(*validation, target, temperature)
    chosen = apply_threshold(*test, threshold, temperature)
    familiar = apply_threshold(*test, threshold, temperature, least_logit)
    # The curve is stored where the shares of `LEFT`, or a few more images, are left to a person.
    wanted = np.round([(1 - left) * curve.images for left in LEFT])
    places = np.searchsorted(curve.answered, wanted, side="right") - 1
    shown = np.unique(places[places >= 0])[::-1]
    return Reject(
        target=target,
        curve=[CurvePoint(coverage=curve.coverage[k], error=curve.risk[k]) for k in shown],
        area=np.average(curve.risk, weights=np.diff(curve.answered, prepend=0)),
        **dict(chosen),
        hindsight=0.0 if best is None else curve.coverage[best],
        post_office=post_office(chosen.coverage, chosen.error),
        post_office_without=post_office(1.0, float(curve.risk[-1])),
        least_logit=least_logit,
        familiar=familiar,
        post_office_familiar=post_office(familiar.coverage, familiar.error),
    )
