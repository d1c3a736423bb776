"""How far a network's accuracy falls when the images are damaged: accuracy against severity."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mnist_report import evaluation, training
from mnist_report.common import settings
from mnist_report.common.errors import ResultsError
from mnist_report.datasets.corruptions import KINDS, SEVERITIES, corrupt
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.evaluation.logits import predictions, probabilities
from mnist_report.evaluation.statistics import accuracy
from mnist_report.training import recipes
from mnist_report.training.inference import model_logits
from mnist_report.training.runs import Run

PART = "robustness"
IMAGES = 2_500  # test images in each of the 81 measurements, whose interval is then ± 1 point
SEED = 0  # of the damage: all runs see the same damaged images


def measure(
    run: Run, data: Dataset, images: int = IMAGES, kinds: tuple[str, ...] = tuple(KINDS)
) -> dict[str, Any]:
    """Accuracy of a run on damaged test images, for each kind and severity.

    The images are evenly spaced over the test set, the same for all runs, kinds and severities, so
    that curves compare. Nothing is chosen by the outcome.

    Args:
        run: a finished run.
        data: the data set.
        images: how many test images to take.
        kinds: of `corruptions.KINDS`.

    Returns:
        `images`, `seed`; `clean`, of the undamaged images; `kinds`, of each kind a row for each
        of the five severities; `mean`, the mean accuracy over kinds and severities. Rows have
        `errors`, `accuracy` and its exact 95 % interval, `confidence`, the mean probability of
        the digit read, and `favourite`, the digit read most often, with its share of the images.

    Raises:
        ResultsError: there is no image, or no kind.
    """
    if images < 1 or not kinds:
        raise ResultsError("Robustness needs at least one image and one kind of damage.")
    index = evenly_spaced(len(data.test_images), images)
    x, labels = data.test_images.numpy()[index], data.test_labels.numpy()[index]
    device = settings.device()
    model, reading = run.model().to(device), (run.normalisation, run.recipe.view_maps())

    def score(damaged: np.ndarray) -> dict[str, Any]:
        logits = model_logits(model, torch.from_numpy(damaged).to(device), *reading).cpu()
        answers = predictions(logits)
        hits, counts = int((answers == labels).sum()), np.bincount(answers, minlength=10)
        return {
            **accuracy(hits, len(labels)),
            "confidence": float(probabilities(logits).max(axis=1).mean()),
            "favourite": int(counts.argmax()),
            "favourite_share": float(counts.max() / len(labels)),
        }

    table = {
        kind: [{"severity": s, **score(corrupt(x, kind, s, SEED))} for s in SEVERITIES]
        for kind in kinds
    }
    return {
        "images": len(index),
        "seed": SEED,
        "clean": score(x),
        "kinds": table,
        "mean": float(np.mean([row["accuracy"] for rows in table.values() for row in rows])),
    }


def evaluate(run: Run, data: Dataset, fresh: bool = False) -> dict[str, Any]:
    """The part `robustness` of a run's `evaluation.json`: read from it, or measured and added."""
    return evaluation.part(run, data, PART, lambda: measure(run, data), fresh)


def with_original(run: Run, data: Dataset) -> dict[str, dict[str, Any]]:
    """Recipe → the part `robustness`, of the published program's network and of a run.

    The former is there only if it has been trained, with the same seed; it is never trained here.
    """
    original = recipes.get("original")
    fingerprint = training.run_fingerprint(original, data)
    other = training.finished_run(original, run.summary["seed"], fingerprint)
    runs = [other] if other and run.recipe.name != original.name else []
    return {one.recipe.name: evaluate(one, data) for one in [*runs, run]}
