"""The figure of the simpler methods beside the network."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.evaluation.baselines import Baseline
from mnist_report.figures.style import colours, panels, styled


@styled
def baselines(rows: Sequence[Baseline], language: str | None = None) -> Figure:
    """Error rates of the baselines, and of the network in a colour of its own, with intervals.

    `rows` are the part `baselines` of `evaluation.json`; the axis is logarithmic.
    """
    w = words(language)
    named = [
        (w.get(key := f"baseline_{row.name}", row.name), row, colours()[key not in w])
        for row in rows
    ]
    figure, axis = panels(height=0.9 + 0.27 * len(named))
    for place_in_row, (_, row, colour) in enumerate(named):
        rate = 100 * (1 - row.accuracy)
        low, high = (100 * (1 - bound) for bound in reversed(row.interval))
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
