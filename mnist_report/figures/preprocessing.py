"""Figures of what happens to the images on their way into the network."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mnist_report.datasets import preprocessing

from . import style
from .style import Words, canvas, panels, place, styled, write


@styled
def normalisation(w: Words, images: ArrayLike) -> Figure:
    """Pixels as they are, after 0.5/0.5, and after their own mean and deviation, on one axis.

    `images` are bytes (N, 28, 28). A line marks each mean, a band one deviation to its sides.
    """
    pixels = torch.as_tensor(images)
    measured = preprocessing.pixel_statistics(pixels)
    counts = torch.bincount(pixels.flatten(), minlength=256).numpy()
    share = 100 * counts.reshape(16, 16).sum(axis=1) / counts.sum()  # 16 bins of 16 values
    kinds = {
        "raw_pixels": preprocessing.Normalisation(0.0, 1.0),
        "half_normalised": preprocessing.HALF,
        "measured_normalised": measured,
    }
    figure, axes = panels(3, height=4.0, sharex=True, sharey=True)
    for axis, (name, kind), colour in zip(axes, kinds.items(), style.COLOURS, strict=False):
        left = (np.arange(0, 256, 16) / 255 - kind.mean) / kind.std
        mean, deviation = (measured.mean - kind.mean) / kind.std, measured.std / kind.std
        axis.bar(left, share, width=0.92 * 16 / 255 / kind.std, align="edge", color=colour)
        axis.axvspan(mean - deviation, mean + deviation, color="0.93", zorder=-1)
        axis.axvline(mean, color="black", linewidth=1, linestyle="--")
        # A true minus sign, and none before a mean that rounds to zero.
        numbers = (f"{round(x, 2) + 0.0:.2f}".replace("-", "−") for x in (mean, deviation))
        axis.set_title(w["mean_deviation"].format(w[name], *numbers))
    axes[0].set(yscale="log", ylim=(0.3, 120), xlim=(-1.85, 3))
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[1].set_ylabel(w["share_of_pixels"])
    axes[2].set_xlabel(w["value"])
    return figure


@styled
def split_balance(w: Words, differences: pd.DataFrame) -> Figure:
    """By how many percentage points the validation set's shares differ from the training set's.

    `differences` has one row a digit and the columns "stratified" and "random".
    """
    figure, axis = panels(height=2.3)
    differences.rename(columns=w).plot.bar(ax=axis, width=0.75, rot=0, color=style.COLOURS)
    axis.axhline(0, color="0.3", linewidth=0.6)
    axis.set(xlabel=w["digit"], ylabel=w["share_difference"])
    axis.grid(axis="y")
    axis.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


@styled
def augmentation_grid(
    w: Words,
    images: ArrayLike,
    augmentation: preprocessing.Augmentation,
    count: int = 10,
    copies: int = 4,
    seed: int = 0,
) -> Figure:
    """The first `count` images (N, 28, 28), and `copies` random variants of each below them."""
    x = preprocessing.to_unit(torch.as_tensor(images)[:count])
    chance = torch.Generator().manual_seed(seed)
    shown = [x, *(preprocessing.augment(x, augmentation, chance) for _ in range(copies))]
    left = 0.04 * len(x)  # for the names of the rows
    figure, axis = canvas(left + len(x), 1 + copies)
    for row, line in enumerate(shown):
        for column, image in enumerate(line[:, 0].numpy()):
            place(axis, image, (left + column + 0.04, row + 0.03), 0.94, vmax=1)
    for middle, name in ((0.5, "original_image"), (1 + copies / 2, "augmented_images")):
        write(axis, 0.4 * left, middle, w[name], 9, rotation=90)
    return figure


@styled
def loader_cost(w: Words, seconds: Mapping[str, float]) -> Figure:
    """Seconds that each way of reading one epoch takes, the longest on top.

    The keys are "published", "tensors" and "augmented", or some of them.
    """
    ranked = dict(sorted(seconds.items(), key=lambda item: item[1]))
    figure, axis = panels(height=0.5 * len(ranked) + 0.6)
    names = [w[f"loader_{name}"] for name in ranked]
    bars = axis.barh(names, ranked.values(), color=style.COLOURS, height=0.6)
    # Two significant digits, and never 1.3e+02.
    digits = {"precision": 2, "fractional": False, "trim": "-"}
    times = [f"{np.format_float_positional(x, **digits)} s" for x in ranked.values()]
    axis.bar_label(bars, times, padding=3)
    axis.set(xlabel=w["seconds_per_epoch"], xlim=(0, 1.1 * max(seconds.values())))
    axis.grid(axis="x")
    return figure
