"""A sheet of squares on which many small images are laid out in one axis: quick and exact."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

from .style import INK, WIDTH, panels

Pair = tuple[float, float]


def canvas(columns: float, rows: float, extra: float = 0.0) -> tuple[Figure, Axes]:
    """An empty sheet of `columns` × `rows` squares, its origin in the upper left corner.

    The sheet is as wide as the text; `extra` inches are left for a legend or a colour bar.
    """
    figure, axis = panels(height=WIDTH * rows / columns + extra)
    margin = 0.02  # for the outer half of the frames
    axis.set(xlim=(-margin, columns + margin), ylim=(rows + margin, -margin))
    axis.set(aspect="equal", autoscale_on=False)
    axis.axis("off")
    return figure, axis


def grid(
    count: int, columns: int, cell: Pair, gap: Pair = (0, 0), at: Pair = (0, 0), extra: float = 0.0
) -> tuple[Figure, Axes, Iterator[Pair]]:
    """A canvas of `count` cells of a size, `columns` a line, and the point `at` a place in each.

    The `gap`, to the right and below, is left away at the last column and in the last line.
    """
    (wide, high), lines = cell, -(-count // columns)
    figure, axis = canvas(columns * wide - gap[0], lines * high - gap[1], extra)
    points = ((k % columns * wide + at[0], k // columns * high + at[1]) for k in range(count))
    return figure, axis, points


def place(
    axis: Axes,
    image: ArrayLike,
    at: Pair,
    size: float,
    caption: object = "",
    edge: tuple[object, float] = ("0.8", 0.5),
    **options: Any,
) -> AxesImage:
    """Draw an image into the square at (x, y), by default bytes as ink on paper.

    A caption stands below it; `edge` is the colour and the line width of its frame.
    """
    x, y = at
    axis.add_patch(Rectangle(at, size, size, fill=False, ec=edge[0], lw=edge[1]))
    if caption != "":
        write(axis, x + size / 2, y + size + 0.14, caption)
    shown = {"cmap": INK, "vmin": 0, "vmax": 255, "extent": (x, x + size, y + size, y)}
    return axis.imshow(np.asarray(image), **shown | options)


def write(axis: Axes, x: float, y: float, text: object, size: float = 7, **options: Any) -> None:
    """Write a text at (x, y), in its middle unless told otherwise."""
    axis.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": size} | options)


def legend(axis: Axes, names: Mapping[str, object]) -> None:
    """Name → colour, in one line above the right end of the sheet."""
    handles = [Patch(color=colour, label=name) for name, colour in names.items()]
    where = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.2}
    axis.legend(handles=handles, ncols=len(handles), handlelength=1, handleheight=0.8, **where)


def per_cent(probability: float, decimals: int = 0) -> str:
    """Per cent with none or one decimal, but never 0 % or 100 %, which a softmax does not give."""
    text = f"{probability:.{decimals}%}"  # 0.5 and 99.5 per cent are rounded to the even 0 and 100
    bounds = {"0%": "<1%", "100%": ">99%", "0.0%": "<0.1%", "100.0%": ">99.9%"}
    return bounds.get(text, text)
