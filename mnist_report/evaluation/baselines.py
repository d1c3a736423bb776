"""Simpler methods on the same split, beside the network: their accuracy and their cost.

All of them see pixels in [0, 1] of the training part and nothing else. Their settings are usual
ones, fixed beforehand: neither validation nor test images choose anything. They do not depend on
a run, so that on MNIST they were measured once, by `mnist-report study baselines`.
"""

import pickle
import time
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
import torch

from mnist_report.common import Provenance, ResultsError, Stored, settings
from mnist_report.common.provenance import provenance
from mnist_report.datasets import Dataset, Split, stratified_split
from mnist_report.datasets.shapes import flat
from mnist_report.training import inference, runs

from .label_errors import is_mnist
from .metrics import predictions
from .statistics import Accuracy

SEED = 0
NEAREST = {"n_neighbors": 3, "algorithm": "brute"}
FOREST = {"n_estimators": 100, "n_jobs": -1, "random_state": SEED}
# Of scikit-learn, which takes a second to import: module, class and settings.
METHODS = {
    "majority": ("dummy", "DummyClassifier", {"strategy": "most_frequent"}),
    "nearest_mean": ("neighbors", "NearestCentroid", {}),
    "logistic_regression": ("linear_model", "LogisticRegression", {"C": 0.1, "max_iter": 1000}),
    "nearest_neighbours": ("neighbors", "KNeighborsClassifier", NEAREST),
    "random_forest": ("ensemble", "RandomForestClassifier", FOREST),
    "rbf_svm": ("svm", "SVC", {"C": 10, "gamma": 0.02}),
}
# Training images of methods that take minutes on all 55,000, where nobody waits so long.
FEWER = {"logistic_regression": 10_000, "rbf_svm": 10_000}


class _Trained(Stored):
    name: str
    training_images: int


class Baseline(Accuracy, _Trained):
    """Accuracy of a method on all test images, and its cost; slow ones train on a sample."""

    training_seconds: float
    prediction_seconds: float
    bytes: int  # of the pickled classifier, or of the network's weights


class BaselineRecord(Stored):
    """The record of the methods on MNIST, each with all training images."""

    study: str
    provenance: Provenance
    rows: list[Baseline]


def path() -> Path:
    """Return the file of the record."""
    return settings.project_root() / "report" / "studies" / "baselines.json"


def record(data: Dataset) -> BaselineRecord:
    """Measure the methods on MNIST for the record; it takes minutes. ResultsError for others."""
    if not is_mnist(data.test_labels):
        raise ResultsError("The study baselines is about MNIST; unset MNIST_REPORT_DATASET.")
    origin = provenance(SEED, torch.device("cpu"))
    return BaselineRecord(study="baselines", provenance=origin, rows=measure(data, fewer={}))


def recorded(data: Dataset) -> BaselineRecord | None:
    """Return the record, if there is one and it is about these data."""
    here = is_mnist(data.test_labels) and path().exists()
    return BaselineRecord.read(path()) if here else None


def beside(run: runs.Run, data: Dataset) -> list[Baseline]:
    """Return the rows of the methods, recorded or else measured, and that of a run's network."""
    known = recorded(data)
    return [*(known.rows if known else measure(data)), network(run, data)]


def outdated(rows: Sequence[Baseline], data: Dataset) -> bool:
    """Say if rows that were stored earlier are not those of the record."""
    known = recorded(data)
    return known is not None and rows[:-1] != known.rows


def measure(
    data: Dataset,
    split: Split | None = None,
    names: Sequence[str] = tuple(METHODS),
    fewer: Mapping[str, int] = FEWER,
) -> list[Baseline]:
    """Train the named methods, `fewer` on so many images, and classify the test images, once."""
    if unknown := [name for name in names if name not in METHODS]:
        raise ResultsError(f"No baseline {unknown[0]!r}; there are {', '.join(METHODS)}.")
    split = split or stratified_split(data.train_labels)
    train = flat(data.train_images[split.train]), data.train_labels[split.train].numpy()
    test, labels, rows = flat(data.test_images), data.test_labels.numpy(), []
    for name in names:
        module, kind, how = METHODS[name]
        classifier = getattr(import_module(f"sklearn.{module}"), kind)(**how)
        x, y = _sample(*train, fewer.get(name))
        start = time.perf_counter()
        with warnings.catch_warnings():
            # Pixels that are always empty, which the nearest mean complains of, are no fault.
            warnings.filterwarnings("ignore", message=".*zero standard deviation")
            classifier.fit(x, y)
        trained = time.perf_counter()
        row = Baseline.over(
            classifier.predict(test) == labels,
            name=name,
            training_images=len(y),
            training_seconds=trained - start,
            prediction_seconds=time.perf_counter() - trained,
            bytes=len(pickle.dumps(classifier)),
        )
        rows.append(row)
    return rows


def network(run: runs.Run, data: Dataset) -> Baseline:
    """Return the row of a run's network, named after its recipe; its training is not repeated."""
    start = time.perf_counter()
    inference.logits(run, data.test_images)
    seconds, labels = time.perf_counter() - start, data.test_labels.numpy()
    return Baseline.over(
        predictions(run.test_logits) == labels,
        name=run.summary.recipe,
        training_images=len(data.train_labels) - len(run.val_index),
        training_seconds=run.summary.training_seconds,
        prediction_seconds=seconds,
        bytes=(run.folder / runs.MODEL).stat().st_size,
    )


def _sample(x: np.ndarray, y: np.ndarray, count: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Keep `count` images in which every digit has its share, or all of them."""
    from sklearn.model_selection import train_test_split

    if count is None or count >= len(y):
        return x, y
    return tuple(train_test_split(x, y, train_size=count, stratify=y, random_state=SEED)[::2])
