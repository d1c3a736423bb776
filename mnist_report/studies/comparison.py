"""Two networks on the same test images: what only one of them reads, and how sure one can be.

The study `recipes` keeps which images the first seed of each recipe misreads, so that any later run
can be compared with it image by image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.common.errors import MissingStudyError
from mnist_report.datasets.mnist import Mnist
from mnist_report.evaluation import statistics
from mnist_report.evaluation.logits import predictions
from mnist_report.studies import paired_tests
from mnist_report.training.runs import Run

# Neighbours in the order of the recipes, and the published program beside what we offer instead.
PAIRS = (("original", "standard"), ("original", "fast"), ("fast", "standard"), ("standard", "best"))


def measure(runs: Sequence[Run], data: Mnist) -> dict[str, Any]:
    """What the record of the study `recipes` says of pairs of recipes.

    Returns:
        `misread`: for each recipe the test images that its run with the lowest seed misreads, as
        `misread` gives them; `pairs`: for each of `PAIRS`, and each seed that both have, `paired`.
    """
    labels = data.test_labels.numpy()
    found = {(run.summary["recipe"], run.summary["seed"]): misread(run, labels) for run in runs}
    seeds = sorted({seed for _, seed in found})
    return {
        "misread": {recipe: found[recipe, seed] for recipe, seed in found if seed == seeds[0]},
        "pairs": [
            {"first": first, "second": second, "seed": seed}
            | paired(found[first, seed], found[second, seed], len(labels))
            for first, second in PAIRS
            for seed in seeds
            if {(first, seed), (second, seed)} <= found.keys()
        ],
    }


def misread(run: Run, labels: ArrayLike) -> dict[str, list[int]]:
    """The test images that a run misreads: their `index`, and what each was `read` as."""
    read = predictions(run.test_logits)
    index = np.flatnonzero(read != np.asarray(labels))
    return {"index": index.tolist(), "read": read[index].tolist()}


def paired(
    first: Mapping[str, Sequence[int]], second: Mapping[str, Sequence[int]], images: int
) -> dict[str, Any]:
    """Two networks by the images that each misreads, of so many.

    Returns:
        `only_first` and `only_second`, how many images only that one reads; the `p_value` of
        McNemar's exact test; the `difference` of the accuracies, second minus first, and its
        `interval`; `images_needed` to find such a difference four times in five.

    Raises:
        ReportError: an index is not one of an image.
    """
    right = np.ones((2, images), bool)
    for row, wrong in zip(right, (first, second), strict=True):
        row[wrong["index"]] = False
    test = paired_tests.mcnemar(*right)
    counts = test.only_first, test.only_second
    needed = paired_tests.images_needed(*(count / images for count in counts))
    return {
        **test._asdict(),
        "images": images,
        "difference": (test.only_second - test.only_first) / images,
        "interval": list(paired_tests.paired_difference(*counts, images)),
        "images_needed": round(needed) if np.isfinite(needed) else None,
    }


def opponent(run: Run) -> str:
    """The recorded recipe to compare a run with: `original`, or `standard` for that one itself."""
    return "standard" if run.summary["recipe"] == "original" else "original"


def with_record(run: Run, labels: ArrayLike, study: Mapping[str, Any]) -> dict[str, Any]:
    """`paired`, of the recorded run of its `opponent` and of the run, with their names.

    Args:
        run: the second network.
        labels: (N,) of the test images.
        study: the record of `recipes`.
    """
    first = opponent(run)
    names = {"first": first, "second": run.summary["recipe"]}
    found = paired(study["misread"][first], misread(run, labels), len(run.test_logits))
    return names | found


def pooled(study: Mapping[str, Any], first: str, second: str) -> dict[str, Any]:
    """Two recipes of the record of `recipes`, over all its seeds.

    Returns:
        `runs`, how many pairs there are; `only_first` and `only_second`, their means; the
        `difference` of the mean accuracies with `interval` and `p_value` (Welch), None where one
        seed alone was run; `images_needed`, as by the mean counts.

    Raises:
        MissingStudyError: the record knows no such pair.
    """
    pairs = [p for p in study["pairs"] if (p["first"], p["second"]) == (first, second)]
    if not pairs:
        raise MissingStudyError(
            f"The record of the recipes compares no {first} with {second}: run "
            "`mnist-report study recipes` again."
        )
    counts = [float(np.mean([p[key] for p in pairs])) for key in ("only_first", "only_second")]
    needed = paired_tests.images_needed(*(count / pairs[0]["images"] for count in counts))
    welch = over_seeds(study, first, second)._asdict() if len(pairs) > 1 else {}
    return {
        "runs": len(pairs),
        **dict(zip(("only_first", "only_second"), counts, strict=True)),
        **{key: welch.get(key) for key in ("difference", "interval", "p_value")},
        "images_needed": round(needed) if np.isfinite(needed) else None,
    }


def over_seeds(study: Mapping[str, Any], first: str, second: str) -> statistics.Difference:
    """How much more accurate the second recipe is on average over the runs of a study.

    Raises:
        ReportError: there are fewer than two runs of either.
    """
    accuracies = [
        [run["test"]["accuracy"] for run in study["runs"] if run["recipe"] == name]
        for name in (first, second)
    ]
    return statistics.mean_difference(*accuracies)
