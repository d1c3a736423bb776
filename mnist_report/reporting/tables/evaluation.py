"""Tables of the parts of `evaluation.json` beyond the scores: like `tables`, localised text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mnist_report.common.words import words
from mnist_report.datasets.corruptions import SEVERITIES
from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.calibration import Calibration
from mnist_report.evaluation.confusable_pairs import RankedPair
from mnist_report.evaluation.label_errors import LabelAudit
from mnist_report.evaluation.rejection import Reject
from mnist_report.evaluation.robustness import Robustness
from mnist_report.evaluation.statistics import Accuracy
from mnist_report.reporting.tables.naming import named
from mnist_report.reporting.tables.run import NONE, in_words, text_table


@named
def calibration(part: Calibration, language: str | None = None) -> pd.DataFrame:
    """Calibration errors, Brier score and likelihood as trained, and at the fitted temperature."""
    w = words(language)
    rows = [
        (w[name], *(f"{scale * getattr(part, k):.{digits}f}" for k in (key, f"{key}_calibrated")))
        for name, key, scale, digits in (
            ("ece_mass", "ece", 100, 2),
            ("ece_width", "ece_width", 100, 2),
            ("brier", "brier", 1, 5),
            ("nll", "nll", 1, 4),
        )
    ]
    rows.append((w["temperature"], "1", f"{part.temperature:.3f}"))
    return text_table(rows, (w["measure"], w["before"], w["after"]))


@named
def reject(part: Reject, language: str | None = None) -> pd.DataFrame:
    """The threshold chosen on validation, and what it gives on the test set."""
    w = words(language)
    post, without = part.post_office, part.post_office_without
    error = [100 * share for share in (part.error, *part.interval)]
    values = {
        "target_error": f"{100 * part.target:g} %",
        "threshold": NONE if part.threshold is None else f"{part.threshold:.4f}",
        "coverage_percent": f"{100 * part.coverage:.2f}",
        "errors_answered": f"{part.errors} / {part.answered:,}",
        "error_percent_interval": "{:.3f} ({:.3f}–{:.3f})".format(*error),
        "errors_caught": f"{100 * part.caught:.1f}",
        "hindsight_coverage": f"{100 * part.hindsight:.2f}",
        "letters_by_hand": f"{post.by_hand:,.0f}",
        "letters_astray": f"{post.astray:,.0f} ({without.astray:,.0f})",
    }
    w = w | {"letters_by_hand": w["letters_by_hand"].format(post.letters)}
    return in_words(values, w, "measure")


@named
def label_accuracy(part: LabelAudit, language: str | None = None) -> pd.DataFrame:
    """Accuracy with the labels as given, the known errors left out, and corrected, side by side."""
    w = words(language)
    rows = [
        (w[f"labels_{name}"], f"{row.images:,}", row.errors, _interval(row))
        for name, row in part.accuracy
    ]
    heads = ("label_set", "images", "errors", "accuracy_interval_percent")
    return text_table(rows, [w[head] for head in heads])


@named
def label_recall(part: LabelAudit, language: str | None = None) -> pd.DataFrame:
    """Shares of the known label errors among the first k suspects."""
    w = words(language)
    columns = zip(part.depths, part.recall, part.recall_with_ambiguous, strict=True)
    rows = [(depth, *(f"{100 * share:.0f}" for share in shares)) for depth, *shares in columns]
    heads = ("suspects_examined", "recall_errors", "recall_ambiguous")
    return text_table(rows, [w[head] for head in heads])


@named
def pairs(
    ranking: Sequence[RankedPair],
    count: int = 10,
    language: str | None = None,
    classes: Classes = DIGITS,
) -> pd.DataFrame:
    """The leading pairs by expected confusions, of `confusable_pairs.ranking`, with intervals."""
    w = classes.words(language)
    rows = [
        (
            classes.pair(row.pair, language),
            "{:.1f} ({:.1f}–{:.1f})".format(row.expected, *row.expected_interval),
            "{:g} ({:.0f}–{:.0f})".format(row.errors, *row.errors_interval),
            "{:.0f}–{:.0f}".format(*row.rank_interval),
        )
        for row in ranking[:count]
    ]
    heads = ("pair", "expected_confusions_interval", "errors_with_interval", "rank_interval")
    return text_table(rows, [w[head] for head in heads])


@named
def robustness(part: Robustness, language: str | None = None) -> pd.DataFrame:
    """Accuracy (%) on corrupted images: a row a kind, a column a severity, then their mean."""
    w = words(language)
    rows = []
    for kind, severities in part.kinds.items():
        values = [100 * row.accuracy for row in severities]
        values.append(sum(values) / len(values))
        rows.append((w[f"kind_{kind}"], *(f"{value:.1f}" for value in values)))
    return text_table(rows, (w["corruption"], *map(str, SEVERITIES), w["mean"]))


@named
def baselines(part: Sequence[Baseline], language: str | None = None) -> pd.DataFrame:
    """Accuracy, times on the machine at hand, and size of each baseline, and of the network."""
    w = words(language)
    rows = [
        (
            w.get(f"baseline_{row.name}", row.name),
            f"{row.training_images:,}",
            _interval(row),
            _seconds(row.training_seconds),
            _seconds(row.prediction_seconds),
            f"{row.bytes / 1e6:.2f}",
        )
        for row in part
    ]
    heads = ("method", "training_images", "accuracy_interval_percent", "training_time_s")
    return text_table(rows, [w[h] for h in (*heads, "prediction_time_s", "megabytes")])


def _interval(row: Accuracy) -> str:
    return "{:.2f} ({:.2f}–{:.2f})".format(*(100 * x for x in (row.accuracy, *row.interval)))


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"
