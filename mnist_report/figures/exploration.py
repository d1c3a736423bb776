"""Figures of the data: what the digits look like and how they vary."""

import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from . import style
from .style import Words, panels, styled

_ROOM = style.WIDTH - 0.5  # inches: a panel's width without its labels


@styled
def sample_grid(w: Words, images: ArrayLike, labels: ArrayLike, rows: int = 6) -> Figure:
    """The first `rows` images of each class, one column a class; fewer where a class has fewer."""
    x, y = np.asarray(images), np.asarray(labels)
    rows = min(rows, np.bincount(y, minlength=len(w.names)).min())
    grid = np.stack([x[y == k][:rows] for k in range(len(w.names))], axis=1)
    # Few columns are drawn no wider than ten of them.
    figure, axis = panels(height=6.2 * rows / max(len(w.names), 10) + 0.3)
    _mosaic(w, axis, grid)
    axis.set_xlabel(w["digit"])
    return figure


@styled
def class_balance(w: Words, counts: pd.DataFrame) -> Figure:
    """Share of each class in each set; `counts` has one row a class and one column a set."""
    share = 100 * counts / counts.sum()
    figure, axis = panels(height=2.6)
    share.rename(columns=w).plot.bar(ax=axis, width=0.8, rot=0, color=style.COLOURS)
    axis.axhline(100 / len(w.names), color=style.GREY, lw=0.8, ls="--", label=w["equal_share"])
    axis.set(xlabel=w["digit"], ylabel=w["share_of_images"])
    style.class_ticks(axis, w.names, _ROOM)
    axis.grid(axis="y")
    axis.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


@styled
def pixel_histogram(w: Words, images: ArrayLike) -> Figure:
    """Share of the pixels at each value, empty ones apart, with their mean and deviation."""
    levels = np.arange(256) / 255
    # NumPy would count integers of eight bytes, and take ten times as long.
    counts = torch.bincount(torch.as_tensor(images).flatten(), minlength=256).numpy()
    share = 100 * counts / counts.sum()
    mean = share @ levels / 100
    deviation = np.sqrt(share @ (levels - mean) ** 2 / 100)
    inked = np.add.reduceat(share[1:], np.arange(0, 255, 15))  # 17 bins of 15 values
    figure, axis = panels(height=2.6)
    axis.bar(-10, share[0], width=14, color=style.ORANGE, label=w["empty_pixels"])
    axis.bar(np.arange(8.5, 256, 15), inked, width=14, color=style.BLUE, label=w["inked_pixels"])
    axis.set(xlabel=w["pixel_value"], ylabel=w["share_of_pixels"], yscale="log", ylim=(0.3, 130))
    axis.set_xticks([-10, 1, 64, 128, 192, 255], ["0", "1", "64", "128", "192", "255"])
    axis.yaxis.set_major_formatter("{x:g}")
    axis.grid(axis="y")
    note = w["pixel_summary"].format(empty=share[0], mean=mean, deviation=deviation)
    axis.text(0.5, 0.95, note, transform=axis.transAxes, ha="center", va="top", linespacing=1.5)
    axis.legend(loc="upper right")
    return figure


@styled
def class_pixel_statistics(w: Words, statistics: pd.DataFrame) -> Figure:
    """Empty pixels, mean and deviation of each class, with all classes as a line."""
    columns = {"empty": "empty_share", "mean": "pixel_mean", "deviation": "pixel_deviation"}
    shown = statistics * [100 if column == "empty" else 1 for column in statistics]  # in per cent
    figure, axes = panels(1, 3, height=2.4)
    for axis, (column, label), colour in zip(axes, columns.items(), style.COLOURS, strict=False):
        *digits, total = shown[column]
        axis.bar(range(len(digits)), digits, color=colour, width=0.75)
        line = axis.axhline(total, color=style.GREY, linestyle="--")
        axis.set(xlabel=w["digit"], ylabel=w[label])
        style.class_ticks(axis, w.names, _ROOM / 3.6)
    axes[0].set_ylim(0, 100)
    axes[0].legend([line], [w["all_digits"]], loc="lower right", frameon=True, framealpha=0.9)
    return figure


@styled
def mean_digits(w: Words, means: ArrayLike) -> Figure:
    """The mean image of each class; `means` is (classes, 28, 28), ink from 0 to 1."""
    return _image_each(w, means, "mean_ink", style.INK)


@styled
def deviation_digits(w: Words, deviations: ArrayLike) -> Figure:
    """The standard deviation of each pixel of each digit, (10, 28, 28): where writers differ."""
    return _image_each(w, deviations, "ink_deviation", "cividis")


@styled
def ink_shape(w: Words, shapes: pd.DataFrame) -> Figure:
    """Ink, slant, stroke width and centre of mass of each digit.

    Boxes hold the middle half of the images of `shapes.digit_shapes`, whiskers nine tenths of them.
    """
    labels = {"ink": "ink_percent", "slant": "slant_degrees", "stroke_width": "stroke_pixels"}
    figure, axes = panels(2, 2, height=4.4)
    *single, last = axes.flat
    for axis, (column, label), colour in zip(single, labels.items(), style.COLOURS, strict=False):
        _boxes(axis, shapes, column, colour)
        axis.set_ylabel(w[label])
    single[1].axhline(0, color=style.GREY, linewidth=0.6, zorder=0)
    rows = _boxes(last, shapes, "centre_row", "0.5", width=0.36, offset=-0.2)
    columns = _boxes(last, shapes, "centre_column", "0.85", width=0.36, offset=0.2)
    last.set(ylabel=w["centre_pixels"], ylim=(13, 15.4))
    last.legend([rows, columns], [w["row"], w["column"]], ncols=2, loc="upper center")
    for axis in axes.flat:
        axis.set(xlabel=w["digit"], xticks=range(10))
        axis.grid(axis="y")
    return figure


def _boxes(
    axis: Axes, shapes: pd.DataFrame, column: str, colour, width: float = 0.65, offset: float = 0
) -> Patch:
    """One box a digit, `offset` to its side; returns a box for the legend."""
    groups = [shapes.loc[shapes["digit"] == digit, column] for digit in range(10)]
    thin, where = {"linewidth": 0.7}, {"positions": np.arange(10) + offset, "widths": width}
    look = {"boxprops": {"facecolor": colour, **thin}, "medianprops": {"color": "black"}}
    look |= {"whiskerprops": thin, "capprops": thin, "patch_artist": True}
    options = {"whis": (5, 95), "showfliers": False, "manage_ticks": False}
    return axis.boxplot(groups, **where, **look, **options)["boxes"][0]


@styled
def typical_digits(w: Words, typical: ArrayLike, atypical: ArrayLike) -> Figure:
    """The most and the least typical images of each digit, both (10, count, 28, 28)."""
    grids = {"most_typical": typical, "least_typical": atypical}
    figure, axes = panels(2, height=1.24 * np.shape(typical)[1] + 0.7)
    for axis, (title, grid) in zip(axes, grids.items(), strict=True):
        _mosaic(w, axis, np.swapaxes(grid, 0, 1))
        axis.set_title(w[title])
    axes[1].set_xlabel(w["digit"])
    return figure


def _mosaic(w: Words, axis: Axes, grid: np.ndarray) -> None:
    """Draw images (rows, C, 28, 28) as one picture, the classes written below their columns."""
    rows, columns = grid.shape[:2]
    padded = np.pad(grid, ((0, 0), (0, 0), (1, 1), (1, 1)))
    style.show_digit(axis, padded.swapaxes(1, 2).reshape(rows * 30, columns * 30))
    room = style.WIDTH * columns / max(columns, 10)
    style.class_ticks(axis, w.names, room, np.arange(columns) * 30 + 14.5)
    axis.tick_params(length=0)


def _image_each(w: Words, images: ArrayLike, label: str, cmap: str) -> Figure:
    columns = 5 if len(w.names) <= 10 else 7
    rows = -(-len(w.names) // columns)
    figure, axes = panels(rows, columns, height=6.75 * rows / columns, squeeze=False)
    for axis, image, name in zip(axes.flat, np.asarray(images), w.names, strict=False):
        style.show_digit(axis, image, name, cmap=cmap, vmax=np.max(images))
    for axis in axes.flat[len(w.names) :]:
        axis.set_visible(False)
    figure.colorbar(axes[0, 0].images[0], ax=axes, label=w[label], shrink=0.9, aspect=30)
    return figure
