"""A sheet of squares on which many small images are laid out in one axis: quick and exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch, Rectangle

from mnist_report.figures.style import INK, WIDTH, panels


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


def place(
    axis: Axes, image: np.ndarray, x: float, y: float, size: float, **options: Any
) -> AxesImage:
    """Draw an image into the square at (x, y), by default bytes as ink on paper."""
    box = (x, x + size, y + size, y)
    frame(axis, x, y, size, "0.8", 0.5)
    shown = {"cmap": INK, "vmin": 0, "vmax": 255} | options
    return axis.imshow(np.asarray(image), extent=box, **shown)


def frame(axis: Axes, x: float, y: float, size: float, colour: object, width: float) -> None:
    """Draw a frame of that colour and line width around the image placed there."""
    look = {"fill": False, "edgecolor": colour, "linewidth": width}
    axis.add_patch(Rectangle((x, y), size, size, **look))


def legend(axis: Axes, names: Mapping[str, object]) -> None:
    """Name → colour, in one line above the right end of the sheet."""
    handles = [Patch(color=colour, label=name) for name, colour in names.items()]
    where = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.2}
    axis.legend(handles=handles, ncols=len(handles), handlelength=1, handleheight=0.8, **where)
