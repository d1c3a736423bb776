"""Figures of the study `ablation`: what each change does to errors and seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.figures.log_axes import round_logarithms
from mnist_report.figures.style import GREY, beside, colours, each_once, panels, styled
from mnist_report.studies import ablation
from mnist_report.studies.ablation import AblationStudy, Row

LEAST = 1e-5  # where an error rate of 0 is drawn on a logarithmic axis


@styled
def ladder(study: AblationStudy, language: str | None = None) -> Figure:
    """Draw test error and seconds of every step from the published program to `standard`.

    Circles are runs, the bar is their mean with its 95 % interval. Each step keeps the changes of
    those above it.
    """
    w = words(language)
    rows = ablation.ladder(study)
    first, *others = [w[f"change_{row.key}"] for row in rows]
    names = [first, *(w["added"].format(name) for name in others)]
    return _figure(rows, names, w)


@styled
def leave_one_out(study: AblationStudy, language: str | None = None) -> Figure:
    """Draw `standard` and what it is without each of its parts, as `ladder` does."""
    w = words(language)
    rows = ablation.leave_one_out(study)
    parts = [w["without_part"].format(w[f"change_{row.key}"]) for row in rows[1:]]
    figure = _figure(rows, [w["part_whole"], *parts], w)
    figure.axes[0].axvline(100 * rows[0].mean, color=GREY, lw=0.8, ls=":")
    return figure


def _figure(rows: Sequence[Row], names: Sequence[str], w: Mapping[str, str]) -> Figure:
    height = 1.2 + 0.27 * len(rows)
    figure, axes = panels(1, 2, height=height, sharey=True, width_ratios=(3, 2))
    for place, row in enumerate(rows):
        _errors(axes[0], place, row, w)
        _seconds(axes[1], place, row)
    marks = [x for line in axes[0].lines for x in line.get_xdata()]
    round_logarithms(axes[0].xaxis, min(marks), max(marks))
    axes[0].set(xlabel=w["error_percent_log"], ylim=(len(rows) - 0.5, -0.85))
    axes[0].set_yticks(range(len(rows)), names)
    beside(axes[0], -0.65, w["mean"])
    figure.legend(*each_once(axes[0]), loc="outside upper left", ncols=2, handletextpad=0.3)
    slowest = max(row.seconds for row in rows)
    axes[1].set(xlabel=w["training_time_s"], xlim=(0, 1.2 * slowest))
    for axis in axes:
        axis.tick_params(axis="y", length=0)
        axis.grid(axis="x")
    return figure


def _errors(axis: Axes, place: int, row: Row, w: Mapping[str, str]) -> None:
    blue, orange = colours()[:2]
    errors = [100 * max(error, LEAST) for error in row.errors]
    run = {"marker": "o", "ms": 4, "mfc": "none", "mec": blue, "ls": "", "alpha": 0.8}
    axis.plot(errors, [place - 0.14] * len(errors), label=w["one_run"], **run)
    if row.interval is not None:
        ends = [100 * max(bound, LEAST) for bound in row.interval]
        axis.plot(ends, [place + 0.14] * 2, color=orange, lw=2)
    mean = 100 * max(row.mean, LEAST)
    look = {"marker": "|", "ms": 8, "mew": 2, "lw": 2, "color": orange}
    axis.plot([mean], [place + 0.14], label=w["mean_interval_95"], **look)
    beside(axis, place, f"{mean:.2f}")


def _seconds(axis: Axes, place: int, row: Row) -> None:
    axis.barh(place, row.seconds, height=0.55, color=colours()[0], alpha=0.75)
    text = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "fontsize": 7.5}
    axis.annotate(f"{row.seconds:.0f}", (row.seconds, place), **text)
