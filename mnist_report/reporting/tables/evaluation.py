"""Tables of an evaluation, part by part, and of digits on photos: localised text."""

from collections.abc import Sequence

import numpy as np

from mnist_report.datasets.corruptions import SEVERITIES
from mnist_report.datasets.dataset import Words
from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.calibration import Calibration
from mnist_report.evaluation.confusable_pairs import RankedPair
from mnist_report.evaluation.label_errors import LabelAudit
from mnist_report.evaluation.metrics import Scores
from mnist_report.evaluation.rejection import Reject
from mnist_report.evaluation.robustness import Robustness
from mnist_report.evaluation.statistics import Accuracy
from mnist_report.handwriting.accuracy import HandwritingRecord
from mnist_report.handwriting.recognition import Recognition
from mnist_report.reporting.tables.naming import NONE, Rows, table


@table("measure", "value")
def scores(w: Words, test: Scores) -> Rows:
    """The headline figures of the test set: `evaluation.test`."""
    return {
        "number_of_images": f"{test.images:,}",
        "errors": f"{test.errors:,}",
        "accuracy": f"{test.accuracy:.2%}",
        "interval_95": "{:.2%} – {:.2%}".format(*test.interval),
        **{f"macro_{key}": f"{mean:.2%}" for key, mean in test.macro},
        "nll": f"{test.nll:.4f}",
    }


@table()
def per_class(w: Words, test: Scores) -> Rows:
    """Precision, recall, F1 (%) and images of each class, and their means: `evaluation.test`."""
    metrics = ("precision", "recall", "f1")
    yield w["digit"], *(f"{w[metric]} (%)" for metric in metrics), w["images"]
    rows = [(w.names[row.digit], row, row.support) for row in test.per_class]
    for name, row, images in [*rows, (w["mean"], test.macro, test.images)]:
        yield name, *(f"{100 * getattr(row, metric):.2f}" for metric in metrics), f"{images:,}"


@table("measure", "before", "after")
def calibration(w: Words, part: Calibration) -> Rows:
    """Calibration errors, Brier score and likelihood as trained, and at the fitted temperature."""
    rounded = (("ece", 100, 2), ("ece_width", 100, 2), ("brier", 1, 5), ("nll", 1, 4))
    for key, scale, digits in rounded:
        name = w["ece_mass" if key == "ece" else key]
        numbers = (scale * getattr(part, k) for k in (key, f"{key}_calibrated"))
        yield name, *(f"{number:.{digits}f}" for number in numbers)
    yield w["temperature"], "1", f"{part.temperature:.3f}"


@table("measure", "value")
def reject(w: Words, part: Reject) -> Rows:
    """The threshold chosen on validation, and what it gives on the test set."""
    post, by_hand = part.post_office, w["letters_by_hand"]
    error = [100 * share for share in (part.error, *part.interval)]
    rows = {
        "target_error": f"{100 * part.target:g} %",
        "threshold": NONE if part.threshold is None else f"{part.threshold:.4f}",
        "coverage_percent": f"{100 * part.coverage:.2f}",
        "errors_answered": f"{part.errors} / {part.answered:,}",
        "error_percent_interval": "{:.3f} ({:.3f}–{:.3f})".format(*error),
        "errors_caught": f"{100 * part.caught:.1f}",
        "hindsight_coverage": f"{100 * part.hindsight:.2f}",
        by_hand.format(post.letters): f"{post.by_hand:,.0f}",
        "letters_astray": f"{post.astray:,.0f} ({part.post_office_without.astray:,.0f})",
    }
    if part.familiar is not None:  # earlier evaluations have no second threshold
        post = part.post_office_familiar
        rows |= {
            "least_logit": f"{part.least_logit:.2f}",
            "familiar_coverage": f"{100 * part.familiar.coverage:.2f}",
            "familiar_errors": f"{part.familiar.errors} / {part.familiar.answered:,}",
            "familiar_letters": f"{post.by_hand:,.0f} / {post.astray:,.0f}",
        }
    return rows


@table("label_set", "images", "errors", "accuracy_interval_percent")
def label_accuracy(w: Words, part: LabelAudit) -> Rows:
    """Accuracy with the labels as given, the known errors left out, and corrected, side by side."""
    for name, row in part.accuracy:
        yield w[f"labels_{name}"], f"{row.images:,}", row.errors, _interval(row)


@table("suspects_examined", "recall_errors", "recall_ambiguous")
def label_recall(w: Words, part: LabelAudit) -> Rows:
    """Shares of the known label errors among the first k suspects."""
    for depth, *shares in zip(part.depths, part.recall, part.recall_with_ambiguous, strict=True):
        yield depth, *(f"{100 * share:.0f}" for share in shares)


@table("pair", "expected_confusions_interval", "errors_with_interval", "rank_interval")
def pairs(w: Words, ranking: Sequence[RankedPair], count: int = 10) -> Rows:
    """The leading pairs by expected confusions, of `confusable_pairs.ranking`, with intervals."""
    for row in ranking[:count]:
        yield (
            w.pair(row.pair),
            "{:.1f} ({:.1f}–{:.1f})".format(row.expected, *row.expected_interval),
            "{:g} ({:.0f}–{:.0f})".format(row.errors, *row.errors_interval),
            "{:.0f}–{:.0f}".format(*row.rank_interval),
        )


@table("corruption", *map(str, SEVERITIES), "mean")
def robustness(w: Words, part: Robustness) -> Rows:
    """Accuracy (%) on corrupted images: a row a kind, a column a severity, then their mean."""
    for kind, severities in part.kinds.items():
        values = [*(row.accuracy for row in severities), part.means[kind]]
        yield w[f"kind_{kind}"], *(f"{100 * value:.1f}" for value in values)


@table(
    *("severity", "error_rate_percent", "coverage_percent", "error_answered_percent"),
    *("coverage_familiar", "error_familiar", "auroc_confidence", "auroc_logit"),
)
def shift(w: Words, part: Robustness) -> Rows:
    """The reject option under corruption: by confidence alone, and by the maximum logit, too."""
    for row in part.shift:
        passed = row.confident, row.familiar
        shares = (100 * share for one in passed for share in (one.coverage, one.error))
        areas = (NONE if a is None else f"{a:.3f}" for a in (row.auroc_confidence, row.auroc_logit))
        yield row.severity, f"{100 * row.error:.1f}", *(f"{s:.1f}" for s in shares), *areas


@table("corruption", "accuracy_interval_percent")
def mnist_c(w: Words, part: Robustness) -> Rows:
    """Accuracy on MNIST-C's fifteen kinds in the severities in which it was published; the mean."""
    for kind, row in part.mnist_c.items():
        yield w[f"kind_{kind}"], _interval(row)
    if part.mnist_c_mean is not None:
        yield w["mean"], f"{100 * part.mnist_c_mean:.1f}"


@table(
    *("method", "training_images", "accuracy_interval_percent"),
    *("training_time_s", "prediction_time_s", "megabytes"),
)
def baselines(w: Words, part: Sequence[Baseline]) -> Rows:
    """Accuracy, times on the machine at hand, and size of each baseline, and of the network."""
    for row in part:
        name = w.get(f"baseline_{row.name}", row.name)
        seconds = row.training_seconds, row.prediction_seconds
        times = (f"{s:.2f}" if s < 10 else f"{s:.0f}" for s in seconds)
        yield name, f"{row.training_images:,}", _interval(row), *times, f"{row.bytes / 1e6:.2f}"


@table("line", "recognised_as", "probability_percent", "second_answer", "doubt")
def digits(w: Words, recognition: Recognition) -> Rows:
    """Each digit of a photo: line, answer, its probability, the second answer."""
    for number, line in enumerate(recognition.lines, start=1):
        for digit in line:
            second = int(np.argsort(-digit.probabilities, kind="stable")[1])
            other = f"{second} ({100 * digit.probabilities[second]:.1f} %)"
            doubt = NONE if digit.sure else w["not_sure"]
            yield number, digit.digit, f"{100 * digit.probability:.1f}", other, doubt


@table(
    *("disturbance", "severity", "accuracy_with_interval"),
    *("misclassified_digits", "missed_digits", "false_finds", "unsure_digits"),
)
def disturbances(w: Words, record: HandwritingRecord) -> Rows:
    """Counts on clean pages, then on those of each disturbance and strength."""
    for kind, strengths in {"clean": [record.clean], **record.kinds}.items():
        for row in strengths:
            counts = (f"{count:,}" for count in (row.wrong, row.missed, row.false, row.unsure))
            strength = row.strength or NONE
            yield w[f"page_{kind}"], strength, _interval(row, 1), *counts


def _interval(row: Accuracy, digits: int = 2) -> str:
    values = [f"{100 * x:.{digits}f}" for x in (row.accuracy, *row.interval)]
    return "{} ({}–{})".format(*values)
