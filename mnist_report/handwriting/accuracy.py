"""How well photos are read: MNIST's digits on test pages, clean and under each disturbance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from scipy.optimize import linear_sum_assignment

from mnist_report.common import settings, storage
from mnist_report.common.errors import MissingStudyError, ResultsError
from mnist_report.evaluation.statistics import exact_interval
from mnist_report.handwriting import image_files, synthetic_pages
from mnist_report.handwriting.recognition import Recogniser, Recognition
from mnist_report.handwriting.synthetic_pages import KINDS, STRENGTHS, Page

DIGITS = 1_000
ON_A_PAGE = 50
SEED = 0
SAME_PLACE = 0.4  # of the digit's height that found and true middle may differ
COUNTS = ("right", "wrong", "missed", "false", "unsure", "unsure_right", "out_of_order")


def compare(page: Page, reading: Recognition) -> dict[str, int]:
    """What was read against what stands on the page, matched by position.

    Each digit of the page goes with at most one that was found, so that the distances are least.

    Returns:
        `right` and `wrong`, digits that were found; `missed`; `false`, found where nothing stands;
        `unsure`, digits in doubt of all that were matched, and `unsure_right`, those of them that
        are right all the same; `out_of_order`, digits right but read before one that they follow.
    """
    found = reading.digits
    if not found:
        return dict.fromkeys(COUNTS, 0) | {"missed": len(page.labels)}
    away = np.linalg.norm(page.centres[:, None] - [digit.centre for digit in found], axis=2)
    away = np.minimum(away / page.sizes[:, None], 9)
    matched = zip(*linear_sum_assignment(away), strict=True)
    pairs = [(i, j) for i, j in matched if away[i, j] < SAME_PLACE]
    right = [bool(page.labels[i] == found[j].digit) for i, j in pairs]
    unsure = [not found[j].sure for _, j in pairs]
    return {
        "right": sum(right),
        "wrong": len(pairs) - sum(right),
        "missed": len(page.labels) - len(pairs),
        "false": len(found) - len(pairs),
        "unsure": sum(unsure),
        "unsure_right": sum(r and u for r, u in zip(right, unsure, strict=True)),
        "out_of_order": int((np.diff([j for _, j in pairs]) < 0).sum()),
    }


def measure(
    reader: Recogniser,
    x: ArrayLike,
    y: ArrayLike,
    kinds: Mapping[str, Sequence[int]] | None = None,
    seed: int = SEED,
) -> dict[str, Any]:
    """Accuracy on pages of these digits, for each disturbance and strength, and on clean pages.

    The same digits stand in the same places under all disturbances that leave the places alone.

    Args:
        reader: reads the pages.
        x: (N, 28, 28) bytes.
        y: (N,).
        kinds: of `pages.KINDS` and which strengths; by default all of them.
        seed: of the pages.

    Returns:
        `digits`, `on_a_page`, `seed`; `clean` and `kinds`, of each kind a row for each strength.
        All rows have `compare`'s counts over all pages, `accuracy` (found and right, of all
        digits) and its exact 95 % interval.

    Raises:
        ResultsError: there is no digit.
    """
    x, y = np.asarray(x), np.asarray(y)
    if not len(x):
        raise ResultsError("There is no digit to write on a page.")
    kinds = dict.fromkeys(KINDS, STRENGTHS) if kinds is None else kinds

    def row(kind: str = "clean", strength: int = 0) -> dict[str, Any]:
        look, counts = synthetic_pages.look(kind, strength), dict.fromkeys(COUNTS, 0)
        for start in range(0, len(x), ON_A_PAGE):
            part = slice(start, start + ON_A_PAGE)
            page = synthetic_pages.write(x[part], y[part], look, seed + start)
            reading = reader.read(image_files.grey(Image.fromarray(page.picture)))
            counts = {key: counts[key] + n for key, n in compare(page, reading).items()}
        interval = exact_interval(counts["right"], len(x))
        accuracy = {"accuracy": counts["right"] / len(x), "accuracy_ci95": list(interval)}
        return {"strength": strength, **counts, **accuracy}

    return {
        "digits": len(x),
        "on_a_page": ON_A_PAGE,
        "seed": seed,
        "clean": row(),
        "kinds": {kind: [row(kind, s) for s in strengths] for kind, strengths in kinds.items()},
    }


def load() -> dict[str, Any]:
    """The recorded measurement.

    Raises:
        MissingStudyError: it has not been made.
    """
    if not path().exists():
        raise MissingStudyError(
            "The reading of handwriting has not been measured yet: run "
            "`python -m benchmarks.handwriting`."
        )
    return storage.read_json(path())


def path() -> Path:
    """The file of the record."""
    return settings.project_root() / "report" / "studies" / "handwriting.json"
