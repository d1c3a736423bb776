"""Figures of the network, of its training, and of what its first layers see."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from mnist_report.training.layers import INPUT_SHAPE, LayerSummary, layer_name

from . import style
from .style import Pair, Words, canvas, grid, panels, place, styled, write

LINE = 11  # blocks in a line of the drawing of a network, and three lines at most


@styled
def curves(w: Words, history: pd.DataFrame, rates: Sequence[float]) -> Figure:
    """Loss and accuracy of each epoch from a run's history, and the learning rates of its steps."""
    figure, axes = panels(1, 3, height=2.4)
    loss, accuracy, rate = axes
    epochs, last = history["epoch"], history["epoch"].max()
    for column, marker, name in (("train", "o", "training"), ("validation", "s", "validation")):
        look = {"marker": marker, "ms": 3.5, "label": w[name]}  # a single epoch shows as points
        loss.plot(epochs, history[f"{column}_loss"], **look)
        accuracy.plot(epochs, 100 * history[f"{column}_accuracy"], **look)
    steps = (np.arange(len(rates)) + 1) / len(rates) * last
    rate.plot(steps, rates, color=style.GREEN)
    loss.set(ylabel=w["loss"], ylim=(0, None))
    accuracy.set_ylabel(w["accuracy_percent"])
    rate.set(ylabel=w["learning_rate"], ylim=(0, 1.1 * max(rates)))
    for axis in axes:
        axis.set(xlabel=w["epoch"], xlim=(0 if axis is rate else 0.5, last + 0.5))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
        axis.grid(axis="y")
    figure.legend(*loss.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


@styled
def network(w: Words, layers: Sequence[LayerSummary]) -> Figure:
    """The network as rows of blocks: their faces show the resolution, their widths the channels.

    A block stands for the input, a pooling, or a layer that multiplies; what follows without is
    written below its name. Under each block stands its output's shape, and arcs lead past the
    blocks that a branch leaves out. Of a very deep network the middle is only counted.
    """
    stages, links = _stages(w, layers)
    lines = -(-len(stages) // LINE)
    columns = -(-len(stages) // lines)
    arcs = [(start, end) for start, end in links if end > start + 1]
    pitch = 2.5 if arcs else 2.2
    figure, axis = panels(height=lines * pitch + 0.1)
    slot = style.WIDTH / columns  # the axis is in inches
    widest = max(sum(_extent(stage.shape)[::2]) for stage in stages if stage.shape)
    scale = min(1.0, 0.85 * slot / widest)
    arrow = {"arrowstyle": "->", "color": style.GREY, "lw": 0.7, "shrinkA": 0, "shrinkB": 0}
    for number, stage in enumerate(stages):
        line, column = divmod(number, columns)
        x, y = (column + 0.5) * slot, -line * pitch
        title = "\n".join(stage.title.rsplit(" ", 1))
        size = min(7.5, 10.5 * slot, 120 * slot / max(map(len, title.split("\n"))))
        if stage.shape:
            _block(axis, (x, y), stage.shape, scale, stage.colour)
        write(axis, x, y + 1.0, title, size, va="bottom")
        write(axis, x, y + 0.96, "\n".join(stage.notes[:3]), size - 0.5, va="top", color=style.GREY)
        write(axis, x, y - 0.68, " × ".join(map(str, stage.shape)), size, va="top")
        if (number - 1, number) in links:
            middle = max(column, 0.07) * slot
            ends = (middle + 0.07 * slot, y - 0.62), (middle - 0.07 * slot, y - 0.62)
            axis.annotate("", *ends, arrowprops=arrow)
    for start, end in arcs:
        (first, left), (last, right) = divmod(start, columns), divmod(end, columns)
        for line in range(first, last + 1):  # from margin to margin where the line ends
            begin = (left + 0.6) * slot if line == first else 0
            stop = (right + 0.4) * slot if line == last else style.WIDTH
            curve = f"arc3,rad={min(0.35, 0.4 / (stop - begin))}"
            y = -line * pitch - 0.84
            axis.annotate("", (stop, y), (begin, y), arrowprops=arrow | {"connectionstyle": curve})
    axis.set(xlim=(0, style.WIDTH), ylim=(1.3 - lines * pitch, 1.3), aspect="equal")
    axis.axis("off")
    return figure


@styled
def filters(w: Words, weights: np.ndarray) -> Figure:
    """The kernels of the first convolution (C, k, k) on one scale, white at zero."""
    kernels = np.asarray(weights)
    figure, axis, corners = grid(len(kernels), min(12, len(kernels)), (1.12, 1.12), (0.12, 0.12))
    top = np.abs(kernels).max()
    for corner, kernel in zip(corners, kernels, strict=True):
        mesh = place(axis, kernel, corner, 1.0, cmap=style.DIVERGING, vmin=-top, vmax=top)
    bar = figure.colorbar(mesh, ax=axis, label=w["weight"], pad=0.02, aspect=12)
    bar.outline.set_visible(False)
    return figure


@styled
def feature_maps(
    w: Words, maps: Mapping[str, np.ndarray], image: np.ndarray, count: int = 8
) -> Figure:
    """An image (28, 28) and what each convolution's block passes on of it, a row a block.

    `maps` are those of `layers.feature_maps`: name → (C, H, W). Of each block the `count` channels
    that vary most over the image are shown, in their order, from white for none to dark for the
    block's strongest activation.
    """
    high, left = 1.32, 2.3
    figure, axis = canvas(left + count * 1.06, len(maps) * high)
    place(axis, image, (0, high * len(maps) / 2 - 0.84), 1.9)
    for row, block in enumerate(map(np.asarray, maps.values())):
        y = row * high + 0.26
        chosen = np.sort(np.argsort(-block.std(axis=(1, 2)), kind="stable")[:count])
        text = w["block_shows"].format(row + 1, len(chosen), *block.shape)
        write(axis, left, y - 0.06, text, 7.5, ha="left", va="bottom")
        shown = {"cmap": style.SEQUENTIAL, "vmin": 0, "vmax": max(block.max(), 1e-9)}
        for column, channel in enumerate(chosen):
            place(axis, block[channel], (left + 1.06 * column, y), 1.0, **shown)
    return figure


class _Stage(NamedTuple):
    title: str
    shape: tuple[int, ...]
    colour: object
    notes: list[str]


def _stages(w: Words, layers: Sequence[LayerSummary]) -> tuple[list[_Stage], set[tuple[int, int]]]:
    """The blocks, the other layers as notes to these, and which block feeds which."""
    tint = {"Conv2d": style.BLUE, "MaxPool2d": style.ORANGE, "Linear": style.GREEN}
    stages, feeding = [_Stage(w["input"], INPUT_SHAPE, "0.6", [])], {-1: {0}}
    fed = [set()]  # for each block, those whose outputs it is given
    for number, layer in enumerate(layers):
        sources = set().union(*(feeding[k] for k in layer.after or (number - 1,)))
        name = layer_name(layer, w.language)
        if layer.kind in tint or "Pool" in layer.kind or (layer.multiply_adds and not layer.rest):
            fed.append(sources)
            sources = {len(stages)}
            colour = tint.get(layer.kind, style.COLOURS[4])
            stages.append(_Stage(name, layer.output_shape, colour, []))
        elif layer.kind != "Flatten" and not layer.rest:
            stages[max(sources)].notes.append(name)
        feeding[number] = sources
    links = {(k, end) for end, sources in enumerate(fed) for k in _latest_sum(sources, fed[:end])}
    if (hidden := len(stages) - 3 * LINE + 1) > 1:
        middle = 3 * LINE // 2
        stages[middle : middle + hidden] = [_Stage(w["more_layers"].format(hidden), (), "0.6", [])]
        moved = {k: max(min(k, middle), k - hidden + 1) for pair in links for k in pair}
        links = {(moved[start], moved[end]) for start, end in links}
    return stages, links


def _latest_sum(sources: set[int], before: list[set[int]]) -> set[int]:
    """Replace what a block before was given together, such as a running sum, by its last part."""
    for other in reversed(before):
        if len(other) > 1 and other < sources:
            return sources - other | {max(other)}
    return sources


def _extent(shape: tuple[int, ...]) -> tuple[float, float, float]:
    """Width, height and depth of a block in inches, before scaling."""
    if len(shape) < 3:  # features, or a sequence of them: as many sheets
        wide = 0.1 * min(4, math.sqrt(math.prod(shape[:-1])))
        return wide, min(1.1, 0.07 * math.sqrt(shape[-1])), 0.05
    height = min(1.1, shape[1] / 28)
    return 0.045 * math.sqrt(shape[0]), height, 0.28 * height


def _block(axis: Axes, middle: Pair, shape: tuple[int, ...], scale: float, colour: object) -> None:
    """A box seen from its upper right: front, top and right face in three shades."""
    right, high, depth = (scale * side for side in _extent(shape))
    far, up = right + depth, high + depth
    front = [(0, 0), (right, 0), (right, high), (0, high)]
    top = [(0, high), (right, high), (far, up), (depth, up)]
    side = [(right, 0), (far, depth), (far, up), (right, high)]
    for face, white in ((front, 0.35), (top, 0.65), (side, 0.5)):
        shade = white + (1 - white) * np.array(to_rgb(colour))
        corners = np.add(face, np.subtract(middle, (far / 2, up / 2)))
        axis.add_patch(Polygon(corners, facecolor=shade, edgecolor="white", lw=0.5))
