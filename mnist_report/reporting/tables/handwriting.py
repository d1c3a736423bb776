"""Tables of what was read on a photo, and of how well test pages are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mnist_report.common.words import words
from mnist_report.handwriting.recognition import Recognition
from mnist_report.reporting.tables.naming import named
from mnist_report.reporting.tables.run import NONE, text_table


@named
def digits(reading: Recognition, language: str | None = None) -> pd.DataFrame:
    """Each digit of a photo: its line, what it was read as, the probability, the second answer."""
    w = words(language)
    rows = []
    for number, line in enumerate(reading.lines, start=1):
        for digit in line:
            second = int(np.argsort(-digit.probabilities, kind="stable")[1])
            other = f"{second} ({100 * digit.probabilities[second]:.1f} %)"
            doubt = NONE if digit.sure else w["not_sure"]
            rows.append((number, digit.digit, f"{100 * digit.probability:.1f}", other, doubt))
    names = ("line", "recognised_as", "probability_percent", "second_answer", "doubt")
    return text_table(rows, [w[name] for name in names])


@named
def disturbances(record: Mapping[str, Any], language: str | None = None) -> pd.DataFrame:
    """What `handwriting.measure.measure` counted, a row for each disturbance and strength."""
    w = words(language)
    rows = [_row("clean", record["clean"], w)]
    for kind, strengths in record["kinds"].items():
        rows += [_row(kind, row, w) for row in strengths]
    names = ("disturbance", "severity", "accuracy_with_interval", "misclassified_digits",
             "missed_digits", "false_finds", "unsure_digits")  # fmt: skip
    return text_table(rows, [w[name] for name in names])


def _row(kind: str, row: Mapping[str, Any], w: Mapping[str, str]) -> tuple[str, ...]:
    low, high = (100 * bound for bound in row["accuracy_ci95"])
    accuracy = f"{100 * row['accuracy']:.1f} ({low:.1f}–{high:.1f})"
    counts = [f"{row[name]:,}" for name in ("wrong", "missed", "false", "unsure")]
    return (w[f"page_{kind}"], str(row["strength"] or NONE), accuracy, *counts)
