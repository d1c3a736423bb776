"""What simpler methods reach on the same split, and at what cost, beside the network.

All of them see pixels in [0, 1] of the training part and nothing else. Their settings are usual
ones, fixed beforehand: neither validation nor test images choose anything.
"""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import SVC

from mnist_report import evaluation
from mnist_report.common.errors import ResultsError
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Split, stratified_split
from mnist_report.evaluation.logits import predictions
from mnist_report.evaluation.statistics import accuracy
from mnist_report.training import runs
from mnist_report.training.inference import logits
from mnist_report.training.runs import Run

PART = "baselines"
SEED = 0


@dataclass(frozen=True)
class Baseline:
    """A classifier of scikit-learn's, and how many training images it is given: None for all."""

    make: Callable[[], ClassifierMixin]
    images: int | None = None


BASELINES = {
    "majority": Baseline(lambda: DummyClassifier(strategy="most_frequent")),
    "nearest_mean": Baseline(NearestCentroid),
    "logistic_regression": Baseline(lambda: LogisticRegression(C=0.1, max_iter=50)),
    "nearest_neighbours": Baseline(lambda: KNeighborsClassifier(3, algorithm="brute")),
    "random_forest": Baseline(lambda: RandomForestClassifier(100, n_jobs=-1, random_state=SEED)),
    # Its time grows with the square of the images: all 55,000 take minutes.
    "rbf_svm": Baseline(lambda: SVC(C=10, gamma=0.02), images=10_000),
}


def measure(
    data: Dataset, split: Split | None = None, names: Sequence[str] = tuple(BASELINES)
) -> list[dict[str, Any]]:
    """Train each baseline on the training part, and read the test images with it, once.

    Args:
        data: the data set.
        split: its division; the one that all recipes share by default.
        names: of `BASELINES`.

    Returns:
        Rows of `name`; `training_images`, fewer than all where a method is too slow for them, in
        which case they are a stratified sample; `errors`, `accuracy`, `accuracy_ci95` on all test
        images; `training_seconds`, `prediction_seconds`; `bytes`, of the pickled classifier.

    Raises:
        ResultsError: there is no baseline of that name.
    """
    unknown = [name for name in names if name not in BASELINES]
    if unknown:
        raise ResultsError(f"No baseline {unknown[0]!r}; there are {', '.join(BASELINES)}.")
    split = split or stratified_split(data.train_labels)
    train = _pixels(data.train_images[split.train]), data.train_labels[split.train].numpy()
    test = _pixels(data.test_images), data.test_labels.numpy()
    return [{"name": name, **_one(BASELINES[name], train, test)} for name in names]


def network(run: Run, data: Dataset) -> dict[str, Any]:
    """The same row for a run's network, named after its recipe; its training is not repeated."""
    start = time.perf_counter()
    logits(run, data.test_images)
    return {
        "name": run.summary["recipe"],
        "training_images": len(data.train_labels) - len(run.val_index),
        **_score(predictions(run.test_logits), data.test_labels.numpy()),
        "training_seconds": run.summary["training_seconds"],
        "prediction_seconds": time.perf_counter() - start,
        "bytes": (run.folder / runs.MODEL).stat().st_size,
    }


def evaluate(run: Run, data: Dataset, fresh: bool = False) -> list[dict[str, Any]]:
    """The part `baselines` of a run's `evaluation.json`, its network last: read, or measured."""
    return evaluation.part(run, data, PART, lambda: [*measure(data), network(run, data)], fresh)


Labelled = tuple[np.ndarray, np.ndarray]


def _one(baseline: Baseline, train: Labelled, test: Labelled) -> dict[str, Any]:
    (x, y), (images, labels) = _sample(*train, baseline.images), test
    classifier = baseline.make()
    start = time.perf_counter()
    with warnings.catch_warnings():
        # Fifty steps of the logistic regression are a choice, and pixels that are always empty,
        # which the nearest mean complains of, are no fault of the images.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message=".*zero standard deviation")
        classifier.fit(x, y)
    trained = time.perf_counter()
    predicted = classifier.predict(images)
    return {
        "training_images": len(y),
        **_score(predicted, labels),
        "training_seconds": trained - start,
        "prediction_seconds": time.perf_counter() - trained,
        "bytes": len(pickle.dumps(classifier)),
    }


def _score(predicted: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    return accuracy(int((predicted == labels).sum()), len(labels))


def _sample(x: np.ndarray, y: np.ndarray, count: int | None) -> Labelled:
    """`count` images in which every digit keeps its share, or all of them."""
    if count is None or count >= len(y):
        return x, y
    kept, _, labels, _ = train_test_split(x, y, train_size=count, stratify=y, random_state=SEED)
    return kept, labels


def _pixels(images) -> np.ndarray:
    """Bytes (N, 28, 28) → float32 (N, 784) in [0, 1]."""
    return images.numpy().reshape(len(images), -1).astype(np.float32) / 255
