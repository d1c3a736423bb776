"""Tables of what exploration measures of each digit."""

from __future__ import annotations

import pandas as pd

from mnist_report.common.words import words
from mnist_report.reporting.tables.naming import named
from mnist_report.reporting.tables.run import text_table


@named
def pixel_statistics(statistics: pd.DataFrame, language: str | None = None) -> pd.DataFrame:
    """Mean, deviation and empty pixels of each digit, from `exploration.pixel_statistics`."""
    w = words(language)
    rows = [
        (
            w["all_digits"] if digit == "all" else digit,
            f"{row['mean']:.4f}",
            f"{row['deviation']:.4f}",
            f"{100 * row['empty']:.1f}",
        )
        for digit, row in statistics.iterrows()
    ]
    heads = ("digit", "pixel_mean", "pixel_deviation", "empty_share")
    return text_table(rows, [w[head] for head in heads])


@named
def shapes(measured: pd.DataFrame, language: str | None = None) -> pd.DataFrame:
    """The mean shape of each digit, from `exploration.digit_shapes`."""
    w = words(language)
    means = measured.groupby("digit").mean()
    rows = [(digit, *(f"{value:z.1f}" for value in row)) for digit, *row in means.itertuples()]
    heads = ("digit", "ink_percent", "slant_degrees", "stroke_pixels", "centre_row")
    return text_table(rows, [w[head] for head in (*heads, "centre_column")])
