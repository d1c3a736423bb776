"""Accuracy on photos: MNIST's digits on test pages, clean and under each disturbance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from pydantic import Field
from scipy.optimize import linear_sum_assignment

from mnist_report.common import settings
from mnist_report.common.errors import MissingStudyError, ResultsError
from mnist_report.common.provenance import Provenance, provenance
from mnist_report.common.storage import Stored
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.evaluation.statistics import Interval, exact_interval
from mnist_report.handwriting import synthetic_pages
from mnist_report.handwriting.recognition import Recogniser, Recognition
from mnist_report.handwriting.synthetic_pages import KINDS, STRENGTHS, Page
from mnist_report.training import runs

DIGITS = 1_000
SEED = 0
SAME_PLACE = 0.4  # of the digit's height that found and true middle may differ


class Counts(Stored):
    """Digits of pages against those that were found on them."""

    right: int  # found and right
    wrong: int  # found and wrong
    missed: int
    false: int  # found where nothing stands
    unsure: int  # of those found, in doubt
    unsure_right: int  # of those in doubt, right all the same
    out_of_order: int  # right, but after one that they stand before


class _Strength(Stored):
    strength: int


class PageScores(Counts, _Strength):  # in the file, the fields of the last base come first
    """Counts on all pages of one strength, and the accuracy: found and right, of all digits."""

    accuracy: float
    interval: Interval = Field(alias="accuracy_ci95")


class PageAccuracy(Stored):
    """Scores on clean pages (strength 0), and of each kind of disturbance for each strength."""

    digits: int
    on_a_page: int
    seed: int
    clean: PageScores
    kinds: dict[str, list[PageScores]]


class _Source(Stored):
    study: str
    recipe: str
    run_seed: int
    fingerprint: str
    provenance: Provenance


class HandwritingRecord(PageAccuracy, _Source):
    """The recorded measurement, and the run that was measured."""


def compare(page: Page, recognition: Recognition) -> Counts:
    """Count what was found against what stands on the page, matched by position.

    Each digit of the page goes with at most one that was found, so that the distances are least.
    """
    found = recognition.digits
    pairs = _matched(page, [digit.centre for digit in found]) if found else []
    right = [bool(page.labels[i] == found[j].digit) for i, j in pairs]
    unsure = [not found[j].sure for _, j in pairs]
    return Counts(
        right=sum(right),
        wrong=len(pairs) - sum(right),
        missed=len(page.labels) - len(pairs),
        false=len(found) - len(pairs),
        unsure=sum(unsure),
        unsure_right=sum(r and u for r, u in zip(right, unsure, strict=True)),
        out_of_order=int((np.diff([j for _, j in pairs]) < 0).sum()),
    )


def _matched(page: Page, centres: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    away = np.linalg.norm(page.centres[:, None] - centres, axis=2)  # (N, found)
    away /= page.sizes[:, None]
    away[away >= SAME_PLACE] = 9  # how far apart others are must not matter
    matched = zip(*linear_sum_assignment(away), strict=True)
    return [(i, j) for i, j in matched if away[i, j] < SAME_PLACE]


def measure(
    recogniser: Recogniser,
    x: ArrayLike,
    y: ArrayLike,
    kinds: Mapping[str, Sequence[int]] | None = None,
    seed: int = SEED,
    jobs: int = 1,
) -> PageAccuracy:
    """Measure the accuracy on pages of digits x (N, 28, 28), bytes, with labels y (N,).

    The same digits stand in the same places under all disturbances that leave the places alone.
    `kinds` are kinds of disturbance and strengths, by default all of them; `seed` is the pages';
    so many `jobs` (processes; -1: one a core) share the work.

    Raises:
        ResultsError: there is no digit.
    """
    x, y = np.asarray(x), np.asarray(y)
    if not len(x):
        raise ResultsError("There is no digit to write on a page.")
    kinds = dict.fromkeys(KINDS, STRENGTHS) if kinds is None else kinds
    looks = [("clean", 0), *((kind, s) for kind, strengths in kinds.items() for s in strengths)]
    each = Parallel(jobs)(delayed(_scores)(recogniser, x, y, seed, *look) for look in looks)
    scores = dict(zip(looks, each, strict=True))
    return PageAccuracy(
        digits=len(x),
        on_a_page=synthetic_pages.CLEAN.on_a_page,
        seed=seed,
        clean=scores["clean", 0],
        kinds={kind: [scores[kind, s] for s in strengths] for kind, strengths in kinds.items()},
    )


def _scores(
    recogniser: Recogniser, x: np.ndarray, y: np.ndarray, seed: int, kind: str, strength: int
) -> PageScores:
    look, counts = synthetic_pages.look(kind, strength), Counter()
    for start in range(0, len(x), look.on_a_page):
        part = slice(start, start + look.on_a_page)
        page = synthetic_pages.write(x[part], y[part], look, seed + start)
        counts.update(dict(compare(page, recogniser.recognise(page.grey))))
    right = counts["right"]
    rates = {"accuracy": right / len(x), "interval": exact_interval(right, len(x))}
    return PageScores(strength=strength, **counts, **rates)


def record(data: Dataset) -> HandwritingRecord:
    """Measure the run that is worked on, on pages of MNIST's test digits; it takes some minutes.

    The digits are spread evenly over the test set, and looked at only here: all that recognises
    them was made on pages of training and validation digits.
    """
    recipe, seed = settings.recipe_name(), settings.seed()
    recogniser, index = Recogniser.load(recipe, seed), evenly_spaced(len(data.test_images), DIGITS)
    measured = measure(recogniser, data.test_images[index], data.test_labels[index], jobs=-1)
    return HandwritingRecord(
        study="handwriting",
        recipe=recipe,
        run_seed=seed,
        fingerprint=runs.load(recipe, seed).summary.fingerprint,
        provenance=provenance(SEED, settings.device()),
        **dict(measured),
    )


def load() -> HandwritingRecord:
    """Read the recorded measurement.

    Raises:
        MissingStudyError: it has not been made.
        ResultsError: the file is damaged.
    """
    if not path().exists():
        raise MissingStudyError(
            "The reading of handwriting has not been measured yet: run "
            "`mnist-report study handwriting`."
        )
    return HandwritingRecord.read(path())


def path() -> Path:
    """Return the file of the record."""
    return settings.project_root() / "report" / "studies" / "handwriting.json"
