import json
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest
import run_samples
import torch
import torch.nn.functional as F  # noqa: N812
from scipy.stats import beta

from mnist_report import evaluation
from mnist_report.common import kept, storage
from mnist_report.common.errors import MissingRunError, ResultsError
from mnist_report.evaluation import calibration, confusable_pairs, metrics, rejection
from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.metrics import probabilities
from mnist_report.evaluation.optdigits import ExternalScores
from mnist_report.evaluation.robustness import CorruptionRow, Robustness


@pytest.fixture(scope="module")
def sample():
    """Logits that are right four times in five, and labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 400)
    logits = rng.normal(size=(400, 10)).astype(np.float32)
    logits[np.arange(400), labels] += 2.5
    return logits, labels


@pytest.fixture(scope="module")
def result(sample):
    return metrics.evaluate_logits(*sample)


def test_accuracy_and_its_exact_interval(sample, result):
    logits, labels = sample
    hits = sum(int(np.argmax(row) == label) for row, label in zip(logits, labels, strict=True))
    assert result.accuracy == hits / 400
    assert result.errors == 400 - hits
    low, high = result.interval
    assert low == pytest.approx(beta.ppf(0.025, hits, 400 - hits + 1), abs=1e-9)
    assert high == pytest.approx(beta.ppf(0.975, hits + 1, 400 - hits), abs=1e-9)


def test_nll_agrees_with_torch_in_float64(sample, result):
    logits, labels = map(torch.from_numpy, sample)
    assert result.nll == pytest.approx(F.cross_entropy(logits.double(), labels).item(), abs=1e-9)


def test_confusion_matrix_has_true_digits_in_rows(sample, result):
    logits, labels = sample
    counted = np.zeros((10, 10), int)
    for row, label in zip(logits, labels, strict=True):
        counted[label, row.argmax()] += 1
    assert np.array_equal(result.confusion_matrix, counted)


def test_per_class_metrics_follow_from_the_matrix(result):
    matrix = np.array(result.confusion_matrix)
    for row in result.per_class:
        digit = row.digit
        recall = matrix[digit, digit] / matrix[digit].sum()
        precision = matrix[digit, digit] / matrix[:, digit].sum()
        assert row.support == matrix[digit].sum()
        assert row.recall == pytest.approx(recall, abs=1e-12)
        assert row.precision == pytest.approx(precision, abs=1e-12)
        assert row.f1 == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-12)
    assert result.macro.f1 == pytest.approx(np.mean([r.f1 for r in result.per_class]))


def test_the_hardest_come_first(sample):
    logits, labels = sample
    own = probabilities(logits)[np.arange(400), labels]
    order = metrics.hardest(logits, labels, 50)
    assert np.array_equal(own[order], np.sort(own)[:50])


def test_a_perfect_classifier_and_a_missing_digit():
    labels = np.arange(9).repeat(3)  # no 9 at all
    result = metrics.evaluate_logits(np.eye(10)[labels] * 50, labels)
    assert result.accuracy == 1
    assert result.interval[1] == 1
    assert result.per_class[9].as_json() == {
        "digit": 9,
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
        "support": 0,
    }


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.zeros((3, 1)), np.zeros(3, int)),
        (np.zeros((3, 9)), np.array([0, 1, 9])),  # there is no class 9 among nine
        (np.zeros((3, 9)), np.array([0, 1, -1])),
        (np.zeros((3, 10)), np.zeros(4, int)),
        (np.zeros(10), np.zeros(1, int)),
        (np.full((3, 10), np.nan), np.zeros(3, int)),
    ],
)
def test_wrong_logits_are_refused(logits, labels):
    with pytest.raises(ResultsError):
        metrics.evaluate_logits(logits, labels)


@pytest.fixture
def run(sample, results_folder):
    """A run in its folder, not yet evaluated: every second of its images is for validation."""
    logits, _ = sample
    folder = results_folder / "fast-s2"
    folder.mkdir()
    return SimpleNamespace(
        folder=folder,
        test_logits=logits,
        val_index=np.arange(0, 400, 2),
        val_logits=logits[::2],
        summary=run_samples.summary(seed=2),
    )


@pytest.fixture
def data(sample):
    labels = torch.from_numpy(sample[1])
    return SimpleNamespace(test_labels=labels, train_labels=labels)


ROWS = [
    Baseline.of(
        *(9, 10),
        **{"name": "mine", "training_images": 5, "bytes": 1},
        **{"training_seconds": 1.0, "prediction_seconds": 0.5},
    )
]


def robust(mean):
    clean = CorruptionRow.of(9, 10, confidence=0.9, favourite=1, favourite_share=0.2)
    return Robustness(images=10, seed=0, clean=clean, kinds={"clouds": []}, mean=mean)


def test_an_evaluation_without_a_part_is_refused_by_the_part_s_name(run, data):
    parts = evaluation.evaluate(run, data).as_json()
    del parts["reject"]
    storage.write_sealed(run.folder / "evaluation.json", parts)
    with pytest.raises(ResultsError, match="reject: "):
        evaluation.load_evaluation("fast", 2)


def test_the_evaluation_of_a_run_is_stored_and_read(run, data):
    with pytest.raises(MissingRunError, match="04_evaluation"):
        evaluation.load_evaluation("fast", 2)
    stored = evaluation.evaluate(run, data)
    assert evaluation.load_evaluation("fast", 2) == stored
    path = run.folder / "evaluation.json"
    assert storage.read_sealed(path) == json.loads(json.dumps(stored.as_json()))


def test_the_same_logits_are_evaluated_once(run, data):
    assert evaluation.evaluate(run, data) == evaluation.evaluate(run, data)
    assert len(list(kept.folder().glob("*evaluate._measure-*.json"))) == 1
    other = SimpleNamespace(**vars(run) | {"test_logits": run.test_logits[::-1]})
    assert evaluation.evaluate(other, data).test != evaluation.evaluate(run, data).test
    assert len(list(kept.folder().glob("*evaluate._measure-*.json"))) == 2


def test_temperature_and_threshold_come_from_validation(run, data):
    validation = run.val_logits, data.train_labels.numpy()[::2]
    found = evaluation.evaluate(run, data)
    fitted = calibration.temperature(*validation)
    assert found.calibration.temperature == fitted
    assert found.calibration.nll == found.test.nll
    assert found.reject.threshold == rejection.choose_threshold(
        *validation, found.reject.target, fitted
    )
    assert found.label_audit is None  # these are not MNIST's labels


def test_pairs_of_several_runs_are_taken_each_at_its_own_temperature(run, data):
    sure = SimpleNamespace(**vars(run) | {"test_logits": 3 * run.test_logits})
    sure.val_logits = 3 * run.val_logits
    found = evaluation.pooled_pairs([run, sure], data)
    assert evaluation.temperature(sure, data) == pytest.approx(
        3 * evaluation.temperature(run, data)
    )
    # Divided by their temperatures, the two are the same network.
    alone = evaluation.pooled_pairs([run], data)
    assert found.expected == pytest.approx(alone.expected, abs=1e-5)  # logits are float32
    assert found.errors.tolist() == alone.errors.tolist()
    fitted = calibration.temperature(run.val_logits, data.train_labels.numpy()[::2])
    by_hand = confusable_pairs.resample(
        [run.test_logits / fitted], data.test_labels.numpy(), replicates=1
    )
    assert alone.expected == pytest.approx(by_hand.expected, abs=1e-5)


def test_what_was_added_stays_for_the_same_run_only(run, data):
    added = evaluation.add(run, evaluation.measure(run, data), baselines=ROWS)
    assert added.test.images == 400
    assert evaluation.evaluate(run, data).baselines == ROWS
    assert evaluation.load_evaluation("fast", 2).baselines == ROWS
    again = run_samples.PROVENANCE | {"torch": "3"}
    run.summary = run_samples.summary(seed=2, provenance=again)
    assert evaluation.evaluate(run, data).baselines is None


def test_a_part_is_measured_once_unless_it_shall_be_fresh(run, data, monkeypatch):
    numbers = iter(range(9))
    monkeypatch.setitem(evaluation.ADDED, "robustness", lambda run, data: robust(next(numbers)))
    found = [
        evaluation.evaluate(run, data, "robustness", fresh=fresh).robustness.mean
        for fresh in (False, False, True, False)
    ]
    assert found == [0, 0, 1, 1]


def test_a_part_that_another_process_measures_is_waited_for(run, data, monkeypatch):
    monkeypatch.setitem(evaluation.ADDED, "robustness", lambda run, data: robust(0.1))
    lock = run.folder.with_name(f".{run.folder.name}.robustness.lock")
    with ThreadPoolExecutor() as pool:
        with storage.file_lock(lock, "a test"):
            waiting = pool.submit(evaluation.evaluate, run, data, "robustness")
            sleep(0.2)
            evaluation.add(run, evaluation.measure(run, data), robustness=robust(0.9))
        assert waiting.result().robustness == robust(0.9)


def test_parts_that_are_added_at_the_same_time_are_all_kept(run, data, result, monkeypatch):
    external = ExternalScores(**dict(result), coarse=result)
    parts = {"baselines": ROWS, "robustness": robust(0.5), "external": external}
    assert parts.keys() == evaluation.ADDED.keys()
    measured = evaluation.measure(run, data)
    write = storage.write_sealed
    monkeypatch.setattr(storage, "write_sealed", lambda *a: (sleep(0.2), write(*a)))
    with ThreadPoolExecutor() as pool:
        for name, part in parts.items():
            pool.submit(evaluation.add, run, measured, **{name: part})
    assert evaluation.load_evaluation("fast", 2).added == parts


def test_only_known_parts_can_be_added(run, data):
    with pytest.raises(ResultsError, match="'test'"):
        evaluation.evaluate(run, data, "test")


def test_average_logits_are_those_of_the_mean_probabilities(sample):
    logits, _ = sample
    runs = [logits, 3 * logits, logits[::-1]]
    mean = np.mean([probabilities(run) for run in runs], axis=0)
    average = metrics.average_logits(runs)
    assert probabilities(average) == pytest.approx(mean, abs=1e-12)
    assert metrics.average_logits([logits]).argmax(1).tolist() == logits.argmax(1).tolist()


def test_average_logits_stay_finite_where_probabilities_vanish():
    assert np.isfinite(metrics.average_logits([[[0.0] * 9 + [5000.0]]] * 2)).all()


@pytest.mark.parametrize("runs", [[], [np.zeros((2, 10)), np.zeros((3, 10))]])
def test_runs_of_different_shapes_have_no_average(runs):
    with pytest.raises(ResultsError, match="no average"):
        metrics.average_logits(runs)
