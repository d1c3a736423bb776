"""Tables of the digits found on a photo, and of how well test pages are recognised."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_report.common.words import words
from mnist_report.handwriting.accuracy import HandwritingRecord
from mnist_report.handwriting.recognition import Recognition
from mnist_report.reporting.tables.naming import named
from mnist_report.reporting.tables.run import NONE, text_table


@named
def digits(recognition: Recognition, language: str | None = None) -> pd.DataFrame:
    """Each digit of a photo: line, answer, its probability, the second answer."""
    w = words(language)
    rows = []
    for number, line in enumerate(recognition.lines, start=1):
        for digit in line:
            second = int(np.argsort(-digit.probabilities, kind="stable")[1])
            other = f"{second} ({100 * digit.probabilities[second]:.1f} %)"
            doubt = NONE if digit.sure else w["not_sure"]
            rows.append((number, digit.digit, f"{100 * digit.probability:.1f}", other, doubt))
    names = ("line", "recognised_as", "probability_percent", "second_answer", "doubt")
    return text_table(rows, [w[name] for name in names])


@named
def disturbances(record: HandwritingRecord, language: str | None = None) -> pd.DataFrame:
    """Counts on clean pages, then on those of each disturbance and strength."""
    w = words(language)
    rows = []
    for kind, strengths in {"clean": [record.clean], **record.kinds}.items():
        for row in strengths:
            low, high = (100 * bound for bound in row.interval)
            accuracy = f"{100 * row.accuracy:.1f} ({low:.1f}–{high:.1f})"
            counts = [f"{count:,}" for count in (row.wrong, row.missed, row.false, row.unsure)]
            rows.append((w[f"page_{kind}"], str(row.strength or NONE), accuracy, *counts))
    names = ("disturbance", "severity", "accuracy_with_interval", "misclassified_digits",
             "missed_digits", "false_finds", "unsure_digits")  # fmt: skip
    return text_table(rows, [w[name] for name in names])
