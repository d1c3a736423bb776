"""The values on reliability are those of the evaluation's parts, under names that prose can use."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_report.datasets.corruptions import KINDS
from mnist_report.evaluation import calibration, label_errors, metrics, rejection
from mnist_report.evaluation.baselines import Baseline, recorded
from mnist_report.evaluation.evaluate import Evaluation
from mnist_report.evaluation.metrics import ClassScores, Scores
from mnist_report.evaluation.optdigits import ExternalScores
from mnist_report.evaluation.robustness import CorruptionRow, Robustness
from mnist_report.evaluation.statistics import Interval
from mnist_report.reporting.values import as_json
from mnist_report.reporting.values import reliability as reliability_values

BAD = (1901, 947, 5)  # images that every run misreads; the first two are known label errors


@pytest.fixture(scope="module")
def logits(mnist):
    labels = mnist.test_labels.numpy()
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(10_000, 10))
    logits[np.arange(10_000), labels] += 9
    logits[BAD, labels[list(BAD)]] = -9
    return logits


def accuracy(value):
    interval = Interval(value - 0.01, value + 0.01)
    return {"errors": round(1000 * (1 - value)), "accuracy": value, "interval": interval}


def at(severity, value):
    predicted = {"confidence": 0.7, "favourite": 8, "favourite_share": 0.9}
    return CorruptionRow(severity=severity, **accuracy(value), **predicted)


def part(loss, by_kind):
    """A part `robustness`: every kind loses `loss` a severity, but those named lose their own."""
    kinds = {
        kind: [at(s, 0.99 - by_kind.get(kind, loss) * s) for s in range(1, 6)] for kind in KINDS
    }
    mean = float(np.mean([row.accuracy for rows in kinds.values() for row in rows]))
    return Robustness(images=2500, seed=0, clean=at(0, 0.99), kinds=kinds, mean=mean)


def row(name, value):
    times = {"training_seconds": 2.0, "prediction_seconds": 1.0}
    return Baseline(name=name, training_images=9, bytes=10, **times, **accuracy(value))


@pytest.fixture(scope="module")
def parts(logits, mnist):
    labels = mnist.test_labels.numpy()
    matrix = np.diag([100] * 10)
    matrix[9, 3] = 7
    external = ExternalScores.model_construct(
        **{"images": 1797, "accuracy": 0.95, "errors": 90, "confusion_matrix": matrix.tolist()},
        per_class=[ClassScores.model_construct(digit=d, support=180 + d) for d in range(10)],
        coarse=Scores.model_construct(accuracy=0.98),
    )
    return Evaluation.model_construct(
        test=metrics.evaluate_logits(logits, labels),
        calibration=calibration.evaluate(logits, labels, 0.5),
        reject=rejection.evaluate((logits, labels), (logits, labels), 0.5),
        label_audit=label_errors.audit(logits, labels, 0.5),
        external=external,
        baselines=[row("majority", 0.11), row("rbf_svm", 0.97), row("fast", 0.992)],
    )


def collect(parts, logits, mnist, language="en", original=True):
    ours = part(0.001, {"clouds": 0.15, "sawtooth": 0.1, "stripe": 0.05})
    theirs = part(0.002, {"clouds": 0.01})
    robustness = ({"original": theirs} if original else {}) | {"fast": ours}
    # The second run misreads one image more, which the first does not.
    other = logits.copy()
    other[7] = -other[7]
    runs = [SimpleNamespace(test_logits=one) for one in (logits, other)]
    return as_json(reliability_values.of_reliability(parts, robustness, runs, mnist, language))


@pytest.fixture(scope="module")
def values(parts, logits, mnist):
    return collect(parts, logits, mnist)


def test_values_are_plain_json_without_tables(values):
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert "curve" not in values["reject"]
    assert "reliability" not in values["calibration"]


def test_calibration_and_reject_option_are_those_of_the_evaluation(values, parts):
    assert values["calibration"]["temperature"] == 0.5
    assert values["calibration"]["ece"] == parts.calibration.ece
    reject = values["reject"]
    assert reject["left"] == pytest.approx(1 - parts.reject.coverage)
    assert [*reject["interval"].values()] == [*parts.reject.interval]
    assert reject["post_office"] == parts.reject.post_office.as_json()


def test_the_audit_counts_what_no_run_reads(values, parts):
    audit = values["audit"]
    assert audit["never"] == {"images": 3, "known": 2}
    assert audit["runs"] == 2
    assert (audit["depth"], audit["recall"]) == (20, parts.label_audit.recall[1])
    assert audit["left_out"]["images"] == 9985
    assert audit["as_given"]["errors"] == 3
    assert audit["as_given"]["interval"]["low"] < audit["as_given"]["accuracy"]


def test_the_worst_kinds_come_first(values):
    robust = values["robustness"]
    assert [kind["name"] for kind in robust["worst"]] == ["clouds", "sawtooth", "stripe"]
    worst = robust["worst"][0]
    assert [worst["mean"], worst["last"]] == pytest.approx([0.54, 0.24])
    assert (worst["favourite"], worst["favourite_share"], worst["confidence"]) == (8, 0.9, 0.7)
    # 0.99 less 0.003 on average; the twelve others hold the three that were made bad.
    assert robust["geometry"] == pytest.approx(0.987)
    assert robust["others"] == pytest.approx(0.99 - 3 * (0.15 + 0.1 + 0.05 + 9 * 0.001) / 12)
    assert robust["original"]["geometry"] == pytest.approx(0.99 - 3 * 0.002)
    assert robust["original"]["others"] == pytest.approx(0.99 - 3 * (0.01 + 11 * 0.002) / 12)
    assert robust["original"]["clean"] == 0.99


def test_without_a_run_of_the_original_there_is_no_comparison(parts, logits, mnist):
    assert collect(parts, logits, mnist, original=False)["robustness"]["original"] is None


def test_the_drop_on_the_second_set_is_told_apart(values):
    second = values["second_hand"]
    accuracy_here = 1 - len(BAD) / 10_000
    assert second["by_resolution"] == pytest.approx(accuracy_here - 0.98)
    assert second["by_hands"] == pytest.approx(0.03)
    assert second["largest"] == {"true": 9, "predicted": 3, "count": 7, "support": 189}


def test_baselines_by_name_with_the_best_and_the_network(values, mnist):
    baselines = values["baselines"]
    assert baselines["majority"]["name"] == "most frequent class"
    assert baselines["best"]["name"] == "SVM with RBF kernel"
    assert baselines["network"]["name"] == "fast"
    assert baselines["network"]["interval"]["low"] == pytest.approx(0.982)
    assert baselines["ratio"] == pytest.approx(30 / 8)
    known = recorded(mnist).provenance
    assert baselines["recorded"] == {"date": known.time[:10], "device_name": known.device_name}


def test_names_are_in_the_language_of_the_report(parts, logits, mnist):
    values = collect(parts, logits, mnist, "zh-CN")
    assert values["robustness"]["worst"][0]["name"] == "云雾"
    assert values["baselines"]["best"]["name"] == "RBF 核支持向量机"
