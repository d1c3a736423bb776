"""Figures that set estimates side by side, each with its interval: methods, and pairs of digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.datasets.classes import DIGITS, Classes
from mnist_report.figures.style import colours, panels, styled


@styled
def baselines(rows: Sequence[Mapping[str, Any]], language: str | None = None) -> Figure:
    """Error rates of the baselines, and of the network in a colour of its own, with intervals.

    `rows` are the part `baselines` of `evaluation.json`; the axis is logarithmic.
    """
    w = words(language)
    named = [
        (w.get(key := f"baseline_{row['name']}", row["name"]), row, colours()[key not in w])
        for row in rows
    ]
    figure, axis = panels(height=0.9 + 0.27 * len(named))
    for place_in_row, (_, row, colour) in enumerate(named):
        rate = 100 * (1 - row["accuracy"])
        low, high = (100 * (1 - bound) for bound in reversed(row["accuracy_ci95"]))
        look = {"fmt": "o", "ms": 5, "color": colour, "capsize": 3}
        # A rate of zero has no logarithm; its interval has.
        shown = max(rate, 0.001)
        bars = [[max(shown - low, 0)], [max(high - shown, 0)]]
        axis.errorbar(shown, place_in_row, xerr=bars, **look)
        text = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": 7.5}
        axis.annotate(f"{rate:.2f}", (shown, place_in_row), **text)
    axis.set(xscale="log", xlabel=w["error_rate_log"], ylim=(len(named) - 0.5, -0.7))
    axis.set_yticks(range(len(named)), [entry[0] for entry in named])
    axis.xaxis.set_major_formatter("{x:g}")
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x")
    return figure


@styled
def pair_intervals(
    ranking: Sequence[Mapping[str, Any]],
    count: int = 15,
    language: str | None = None,
    classes: Classes = DIGITS,
) -> Figure:
    """The leading pairs by probability mass, with errors and mass, each with its 95 % interval.

    `ranking` is of `pairs.ranking`.
    """
    w = classes.words(language)
    leading = list(ranking)[:count]
    places = np.arange(len(leading))
    figure, axes = panels(1, 2, height=0.8 + 0.21 * len(leading), sharey=True)
    columns = (("mass", "probability_mass_images"), ("errors", "errors_images"))
    for axis, (key, label), colour in zip(axes, columns, colours(), strict=False):
        values = np.array([row[key] for row in leading])
        low, high = np.array([row[f"{key}_interval"] for row in leading]).T
        bars = np.maximum([values - low, high - values], 0)
        look = {"fmt": "o", "ms": 4.5, "color": colour, "capsize": 2, "lw": 1.1}
        axis.errorbar(values, places, xerr=bars, **look)
        # A little beyond zero, so that the mark of a pair without errors is whole.
        axis.set(xlabel=w[label], xlim=(-0.02 * max(high.max(), 1), None))
        axis.grid(axis="x")
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticks(places, [classes.pair(row["pair"], language) for row in leading])
    axes[0].set(ylabel=w["pair"], ylim=(len(leading) - 0.5, -0.5))
    return figure
