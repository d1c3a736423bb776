"""Robustness: accuracy on corrupted images against the severity of the corruption."""

from collections.abc import Iterable

import numpy as np
from pydantic import Field, field_validator

from mnist_report.common import ResultsError, Stored, devices
from mnist_report.datasets.corruptions import KINDS, PUBLISHED, SEVERITIES, corrupt, mnist_c
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.training.inference import logits
from mnist_report.training.runs import Run

from . import calibration, rejection
from .metrics import predictions, probabilities
from .statistics import Accuracy

IMAGES = 2_500  # test images in each of the 81 measurements, whose interval is then ± 1 point
SEED = 0  # of the corruptions: all runs see the same images
RENAMED = {  # kinds that had the names of MNIST-C's, from which they differ
    "glass_blur": "frosted_glass",
    "motion_blur": "camera_shake",
    "shear": "slant",
    "translate": "displacement",
    "fog": "clouds",
    "spatter": "mud",
    "dotted_line": "dashed_line",
    "zigzag": "sawtooth",
}


class _Graded(Stored):
    severity: int = 0  # that of the clean images, whose row in the file has none


class CorruptionRow(Accuracy, _Graded):
    """Accuracy at one severity."""

    confidence: float  # mean probability of the predicted digit
    favourite: int  # the digit predicted most often
    favourite_share: float  # of the images


class ShiftRow(_Graded):
    """The reject option at one severity, of all kinds, without and with the maximum logit."""

    error: float
    confident: rejection.Answered
    familiar: rejection.Answered
    auroc_confidence: float | None  # of finding errors; None where there is none, or nothing else
    auroc_logit: float | None


class Robustness(Stored):
    """Accuracy on so many test images, clean and corrupted, and its mean over all corruptions.

    `mnist_c` is of MNIST-C's kinds as they were published, `shift` of the reject option;
    evaluations from before have neither.
    """

    images: int
    seed: int
    clean: CorruptionRow
    kinds: dict[str, list[CorruptionRow]]
    mean: float
    mnist_c: dict[str, CorruptionRow] = Field(default_factory=dict)
    shift: list[ShiftRow] = Field(default_factory=list)

    @field_validator("kinds", mode="before")
    @classmethod
    def _by_their_names(cls, kinds: dict[str, object]) -> dict[str, object]:
        return {RENAMED.get(kind, kind): rows for kind, rows in kinds.items()}

    @property
    def means(self) -> dict[str, float]:
        """The mean accuracy over the severities of each kind."""
        return {k: float(np.mean([row.accuracy for row in v])) for k, v in self.kinds.items()}

    @property
    def mnist_c_mean(self) -> float | None:
        """The mean accuracy over MNIST-C's kinds, if it was measured."""
        found = [row.accuracy for row in self.mnist_c.values()]
        return float(np.mean(found)) if found else None


def measure(
    run: Run, data: Dataset, images: int = IMAGES, kinds: tuple[str, ...] = tuple(KINDS)
) -> Robustness:
    """Measure accuracy on evenly spaced test images, the same for all; or ResultsError."""
    if images < 1 or not kinds:
        raise ResultsError("Robustness needs at least one image and one kind of corruption.")
    index = evenly_spaced(len(data.test_images), images)
    x, labels = data.test_images.numpy()[index], data.test_labels.numpy()[index]
    validation = run.val_logits, data.train_labels.numpy()[run.val_index]
    return measure_on(run, x, labels, validation, kinds)


def measure_on(
    run: Run,
    x: np.ndarray,
    labels: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray],
    kinds: tuple[str, ...] = tuple(KINDS),
) -> Robustness:
    """Measure a run's accuracy on bytes (N, 28, 28), as they are and corrupted.

    `validation` are logits (V, C) and labels (V,), by which the reject option is set.
    """

    devices.retain_freed_memory()  # of one batch, for the next

    def predicted(kind: str, how: int | str) -> np.ndarray:
        return logits(run, corrupt(x, kind, how, SEED))

    graded = {kind: [predicted(kind, s) for s in SEVERITIES] for kind in kinds}
    rows = {
        kind: [_row(z, labels, severity=s) for s, z in zip(SEVERITIES, each, strict=True)]
        for kind, each in graded.items()
    }
    by_severity = map(np.concatenate, zip(*graded.values(), strict=True))  # (kinds · N, C) each
    return Robustness(
        images=len(x),
        seed=SEED,
        clean=_row(logits(run, x), labels),
        kinds=rows,
        mean=np.mean([row.accuracy for kind in rows.values() for row in kind]),
        mnist_c={kind: _row(predicted(kind, PUBLISHED), labels) for kind in mnist_c.KINDS},
        shift=_shift(by_severity, np.tile(labels, len(kinds)), validation),
    )


def _shift(
    by_severity: Iterable[np.ndarray], labels: np.ndarray, validation: tuple[np.ndarray, np.ndarray]
) -> list[ShiftRow]:
    temperature = calibration.temperature(*validation)
    threshold = rejection.choose_threshold(*validation, temperature=temperature)
    least_logit = rejection.choose_least_logit(validation[0])
    return [
        ShiftRow(
            severity=severity,
            error=(predictions(z) != labels).mean(),
            confident=rejection.apply_threshold(z, labels, threshold, temperature),
            familiar=rejection.apply_threshold(z, labels, threshold, temperature, least_logit),
            auroc_confidence=_auroc(z, labels, probabilities(z, temperature)),
            auroc_logit=_auroc(z, labels, z),
        )
        for severity, z in enumerate(by_severity, 1)
    ]


def _auroc(logits: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> float | None:
    from sklearn.metrics import roc_auc_score

    wrong = predictions(logits) != labels
    return float(roc_auc_score(wrong, -scores.max(axis=1))) if 0 < wrong.mean() < 1 else None


def _row(logits: np.ndarray, labels: np.ndarray, **severity: int) -> CorruptionRow:
    counts = np.bincount(predicted := predictions(logits), minlength=10)
    return CorruptionRow.over(
        predicted == labels,
        **severity,
        confidence=probabilities(logits).max(axis=1).mean(),
        favourite=int(counts.argmax()),
        favourite_share=counts.max() / len(labels),
    )
