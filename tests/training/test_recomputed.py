"""Every metric of `evaluation.json` again, from the bytes of the files, in plain Python.

Nothing of the package's mathematics is used: predictions.npz and the idx labels are read by hand,
and probabilities, metrics, temperature, calibration and thresholds are made anew with `math`.
"""

import json
import math
import os
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import run_samples
from scipy.stats import beta

from mnist_report import evaluation
from mnist_report.common import settings
from mnist_report.datasets import mnist as mnist_files
from mnist_report.evaluation import confusable_pairs
from mnist_report.training import runs

EXACT = {"abs": 1e-9, "rel": 0}


@pytest.fixture(scope="module")
def made(mnist, tmp_path_factory):
    """A run whose logits are made up: mostly right, too unsure, with errors in both sets."""
    rng = np.random.default_rng(5)
    index = np.arange(0, 60_000, 40)

    def logits_of(labels):
        logits = rng.normal(size=(len(labels), 10)).astype(np.float32)
        logits[np.arange(len(labels)), labels] += rng.gamma(9, 0.6, len(labels))
        return logits

    arrays = {
        "val_index": index,
        "val_logits": logits_of(mnist.train_labels.numpy()[index]),
        "test_logits": logits_of(mnist.test_labels.numpy()),
    }
    folder = tmp_path_factory.mktemp("results") / "made-s0"
    folder.mkdir()
    np.savez_compressed(folder / runs.PREDICTIONS, **arrays)
    summary = run_samples.summary(recipe="made")
    evaluation.evaluate(runs.Run(folder, summary, None, **arrays), mnist)
    return folder


def finished() -> list[Path]:
    """Runs that were made and evaluated in a store that the caller has chosen, as CI does."""
    if not os.environ.get("MNIST_REPORT_RESULTS"):
        return []
    return sorted(path.parent for path in settings.results_dir().glob("*/run.json"))


@pytest.fixture(scope="module", params=["made", *finished()], ids=str)
def folder(request, mnist, tmp_path_factory):
    if request.param == "made":
        return request.getfixturevalue("made")
    name, seed = request.param.name.rsplit("-s", 1)
    evaluation.evaluate(runs.load(name, int(seed)), mnist)
    return request.param


def softmax(row, temperature=1.0):
    top = max(row)
    powers = [math.exp((value - top) / temperature) for value in row]
    total = math.fsum(powers)
    return [power / total for power in powers]


@pytest.fixture(scope="module")
def again(folder):
    """Logits and labels of both sets, and the stored evaluation."""
    raw = mnist_files.raw_folder()
    labels = {
        name: (raw / f"{name}-labels-idx1-ubyte").read_bytes()[8:] for name in ("train", "t10k")
    }
    with np.load(folder / runs.PREDICTIONS) as arrays:
        validation, test = arrays["val_logits"].tolist(), arrays["test_logits"].tolist()
        val_labels = [labels["train"][k] for k in arrays["val_index"]]
    stored = json.loads((folder / runs.EVALUATION).read_text(encoding="utf-8"))
    return (validation, val_labels), (test, list(labels["t10k"])), stored


@pytest.fixture(scope="module")
def temperature(again):
    """By bisection: where the mean logit under the probabilities is that of the labels."""
    (logits, labels), *_ = again
    low, high = 1 / 20, 20.0  # of 1/T

    def too_sure(inverse):
        slopes = [
            math.fsum(p * z for p, z in zip(softmax(row, 1 / inverse), row, strict=True)) - row[y]
            for row, y in zip(logits, labels, strict=True)
        ]
        return math.fsum(slopes) > 0

    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if too_sure(middle) else (middle, high)
    return 1 / low


def test_scores(again):
    _, (logits, labels), stored = again
    test = stored["test"]
    read = [row.index(max(row)) for row in logits]
    pairs = list(zip(labels, read, strict=True))
    hits = sum(y == p for y, p in pairs)
    assert test["accuracy"] == pytest.approx(hits / 10_000, **EXACT)
    assert test["errors"] == 10_000 - hits
    assert test["accuracy_ci95"] == pytest.approx(
        [beta.ppf(0.025, hits, 10_001 - hits), beta.ppf(0.975, hits + 1, 10_000 - hits)], **EXACT
    )
    own = [math.log(softmax(row)[y]) for row, y in zip(logits, labels, strict=True)]
    assert test["nll"] == pytest.approx(-fmean(own), **EXACT)
    assert test["confusion_matrix"] == [[pairs.count((y, p)) for p in range(10)] for y in range(10)]
    for row in test["per_class"]:
        digit, right = row["digit"], pairs.count((row["digit"], row["digit"]))
        recall, precision = right / labels.count(digit), right / read.count(digit)
        assert row["support"] == labels.count(digit)
        assert [row["recall"], row["precision"]] == pytest.approx([recall, precision], **EXACT)
        assert row["f1"] == pytest.approx(2 * recall * precision / (recall + precision), **EXACT)
    for name in ("precision", "recall", "f1"):
        mean = fmean(row[name] for row in test["per_class"])
        assert test["macro"][name] == pytest.approx(mean, **EXACT)


def test_pairs(again):
    _, (logits, labels), stored = again
    degree = stored["calibration"]["temperature"]
    found = confusable_pairs.resample([np.array(logits)], labels, [degree], replicates=1)
    given = [softmax(row, degree) for row in logits]
    both = list(zip(labels, (row.index(max(row)) for row in logits), strict=True))
    for k, (a, b) in enumerate(confusable_pairs.of(10)):
        mass = [p[b] if y == a else p[a] for p, y in zip(given, labels, strict=True) if y in (a, b)]
        assert found.expected[k] == pytest.approx(math.fsum(mass), **EXACT)
        assert found.errors[k] == both.count((a, b)) + both.count((b, a))


def test_calibration(again, temperature):
    _, (logits, labels), stored = again
    part = stored["calibration"]
    assert part["temperature"] == pytest.approx(temperature, **EXACT)
    for ending, degree in (("", 1.0), ("_calibrated", part["temperature"])):
        given = [softmax(row, degree) for row in logits]
        squares = [
            math.fsum((p - (k == y)) ** 2 for k, p in enumerate(row))
            for row, y in zip(given, labels, strict=True)
        ]
        assert part[f"brier{ending}"] == pytest.approx(fmean(squares), **EXACT)
        own = [math.log(row[y]) for row, y in zip(given, labels, strict=True)]
        assert part[f"nll{ending}"] == pytest.approx(-fmean(own), **EXACT)
        sure = [
            (max(row), z.index(max(z)) == y)
            for row, z, y in zip(given, logits, labels, strict=True)
        ]
        ordered = sorted(sure, key=lambda pair: pair[0])
        # 10,000 = 10 · 667 + 5 · 666
        ends = [667 * min(k, 10) + 666 * max(k - 10, 0) for k in range(16)]
        equal_mass = [ordered[a:b] for a, b in pairwise(ends)]
        equal_width = [[] for _ in range(15)]
        for pair in sure:
            equal_width[math.ceil(pair[0] * 15) - 1].append(pair)
        for name, groups in ((f"ece{ending}", equal_mass), (f"ece_width{ending}", equal_width)):
            gaps = [abs(math.fsum(p - right for p, right in group)) for group in groups]
            assert part[name] == pytest.approx(math.fsum(gaps) / 10_000, **EXACT)


def test_reject_option(again):
    (validation, test), stored = again[:2], again[2]
    part, degree = stored["reject"], stored["calibration"]["temperature"]

    def ranked(logits, labels):
        rows = [
            (max(softmax(row, degree)), row.index(max(row)) != y)
            for row, y in zip(logits, labels, strict=True)
        ]
        return sorted(rows, key=lambda row: -row[0])

    def best(rows):
        """The largest number of images, all of the same confidence or none, below the target."""
        wrong, found = 0, 0
        for k, (confidence, error) in enumerate(rows, start=1):
            wrong += error
            last = k == len(rows) or rows[k][0] < confidence
            if last and wrong / k <= part["target"]:
                found = k
        return found

    rows, count = ranked(*validation), best(ranked(*validation))
    if count == 0:
        assert part["threshold"] is None
        return
    assert part["threshold"] == pytest.approx(rows[count - 1][0], **EXACT)
    tried = ranked(*test)
    answered = [wrong for confidence, wrong in tried if confidence >= part["threshold"]]
    assert part["coverage"] == pytest.approx(len(answered) / 10_000, **EXACT)
    assert part["error"] == pytest.approx(sum(answered) / len(answered), **EXACT)
    assert part["hindsight"] == pytest.approx(best(tried) / 10_000, **EXACT)
    for point in part["curve"]:
        first = [wrong for _, wrong in tried[: round(10_000 * point["coverage"])]]
        assert point["error"] == pytest.approx(sum(first) / len(first), **EXACT)


def test_label_audit(again):
    _, (logits, labels), stored = again
    part, degree = stored["label_audit"], stored["calibration"]["temperature"]
    given = [softmax(row, degree) for row in logits]
    margins = [
        max(p for k, p in enumerate(row) if k != y) - row[y]
        for row, y in zip(given, labels, strict=True)
    ]
    order = sorted(range(10_000), key=lambda k: -margins[k])
    assert [row["index"] for row in part["suspects"]] == order[:30]
    known = "947 1621 1901 2130 2462 2597 2654 3520 3558 5937 6651 6783 8527 9679 9729"
    listed = {int(word) for word in known.split()}
    for depth, recall in zip(part["depths"], part["recall"], strict=True):
        assert recall == pytest.approx(len(listed & set(order[:depth])) / 15, **EXACT)
    read = [row.index(max(row)) for row in logits]
    errors = sum(read[k] != labels[k] for k in range(10_000) if k not in listed)
    assert part["accuracy"]["left_out"]["errors"] == errors
    assert part["accuracy"]["left_out"]["accuracy"] == pytest.approx(1 - errors / 9985, **EXACT)
