"""The label audit: the list against the data set itself, and counting by hand."""

import numpy as np
import pytest

from mnist_report.common.errors import ResultsError
from mnist_report.evaluation import label_errors


@pytest.fixture(scope="module")
def labels(mnist):
    return mnist.test_labels.numpy()


def reading(labels, answers):
    """Logits that read every image as labelled, but for some: index → (digit, logit)."""
    logits = 5.0 * np.eye(10)[labels]
    for index, (digit, height) in answers.items():
        logits[index] = height * np.eye(10)[digit]
    return logits


def test_the_list_names_the_labels_that_the_files_have(labels):
    assert label_errors.is_mnist(labels)
    for index, (given, seen) in label_errors.CORRECTABLE.items():
        assert labels[index] == given != seen


def test_the_list_has_fifteen_errors_and_eight_ambiguous_images():
    assert len(label_errors.DOUBTFUL_LABELS) == 15
    assert len(label_errors.AMBIGUOUS) == 8
    assert not label_errors.DOUBTFUL_LABELS & label_errors.AMBIGUOUS
    assert [label_errors.status(k) for k in (947, 2654, 1232, 0)] == [
        *("error", "error"),
        *("ambiguous", ""),
    ]


def test_disagreement_by_hand():
    logits = np.log([[0.6, 0.3, 0.1 / 8, *[0.1 / 8] * 7], [0.6, 0.3, 0.1 / 8, *[0.1 / 8] * 7]])
    found = label_errors.disagreement(logits, [0, 1])
    assert found == pytest.approx([0.3 - 0.6, 0.6 - 0.3])


def test_disagreement_is_positive_exactly_for_errors():
    rng = np.random.default_rng(0)
    logits, digits = rng.normal(size=(500, 10)), rng.integers(0, 10, 500)
    found = label_errors.disagreement(logits, digits, temperature=2)
    assert ((found > 0) == (logits.argmax(1) != digits)).all()


def test_recall_counts_what_is_among_the_first():
    order = [7, 3, 9, 1, 4]
    assert label_errors.recall_at(order, {3, 4, 8}, depths=(1, 2, 5)) == pytest.approx(
        [0, 1 / 3, 2 / 3]
    )


def test_accuracies_side_by_side(labels):
    predicted = labels.copy()
    predicted[947] = 9  # as the reviewers saw it
    predicted[1621] = 5  # as nobody did
    predicted[2654] = (labels[2654] + 1) % 10  # undecidable
    predicted[0] = (labels[0] + 1) % 10  # an error of the network
    found = label_errors.accuracies(predicted, labels)
    assert {name: (row.images, row.errors) for name, row in found} == {
        "as_given": (10_000, 4),
        "left_out": (9_985, 1),
        # Eight images that were read as labelled become errors, and 1621 stays one.
        "corrected": (9_995, 1 + 1 + 8),
    }
    assert found.as_given.accuracy == 0.9996


def test_digits_that_no_run_gets_right(labels):
    runs = [reading(labels, {3: (9, 5), 8: (9, 5), k: (9, 5)}) for k in (20, 21)]
    expected = [k for k in (3, 8) if labels[k] != 9]
    assert label_errors.never_right(runs, labels).tolist() == expected


def test_the_audit_puts_the_surest_contradiction_first(labels):
    answers = {947: (9, 9.0), 1232: ((labels[1232] + 1) % 10, 4.0), 5: ((labels[5] + 1) % 10, 7.0)}
    found = label_errors.audit(reading(labels, answers), labels)
    assert [row.index for row in found.suspects[:3]] == [947, 5, 1232]
    assert [row.status for row in found.suspects[:3]] == ["error", "", "ambiguous"]
    assert found.suspects[0].predicted == 9
    assert found.suspects[0].probability == pytest.approx(1 / (1 + 9 * np.exp(-9)))
    assert (found.found.errors, found.found.ambiguous) == (1, 1)
    assert found.recall[0] >= 1 / 15
    assert found.recall == sorted(found.recall)


def test_other_labels_are_refused(labels):
    assert not label_errors.is_mnist(labels[::-1])
    with pytest.raises(ResultsError, match="10,000"):
        label_errors.audit(np.zeros((60, 10)), np.arange(60) % 10)
    with pytest.raises(ResultsError, match="10,000"):
        label_errors.accuracies(np.arange(60) % 10, np.arange(60) % 10)
    with pytest.raises(ResultsError, match="no run"):
        label_errors.never_right([], labels)
    with pytest.raises(ResultsError, match="Recall"):
        label_errors.recall_at([1, 2], [])
