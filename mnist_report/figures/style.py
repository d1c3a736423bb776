"""One look for all figures: the text width of the page, a Chinese font, colours that all can tell.

A figure function is decorated with `styled`, takes plain data and `language`, and returns a
`Figure` made with pyplot, so that in a notebook `plt.show()` shows it once. Colours are seaborn's
"colorblind" palette and single-hue or lightness-ordered maps, which also survive grey printing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib_inline.backend_inline import set_matplotlib_formats

from notebook_report.fonts import font_files

WIDTH = 6.3  # inches: the text width of an A4 page with margins of 2.5 cm
INK = "gray_r"  # digits: black ink on white paper
SEQUENTIAL = "Blues"  # counts and rates
DIVERGING = "RdBu_r"  # signed values, white at zero
GREY = "0.45"  # secondary lines and notes


def rc() -> dict[str, Any]:
    """The matplotlib settings of every figure; registers the Chinese font on first use."""
    return {
        "font.family": [_register_font(), "DejaVu Sans"],
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.titleweight": "normal",
        "axes.labelsize": 9,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8,
        "figure.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "0.3",
        "axes.linewidth": 0.6,
        "xtick.color": "0.3",
        "ytick.color": "0.3",
        "xtick.labelcolor": "black",
        "ytick.labelcolor": "black",
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "axes.axisbelow": True,
        "grid.color": "0.9",
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.3,
        "legend.frameon": False,
        "axes.prop_cycle": mpl.cycler(color=sns.color_palette("colorblind")),
        "image.cmap": SEQUENTIAL,
        "figure.figsize": (WIDTH, 3.0),
        "figure.constrained_layout.use": True,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "svg.fonttype": "path",  # outlines: a reader of the document needs no font
        "svg.hashsalt": "mnist-report",  # the same figure gives the same bytes
    }


def styled(figure_function: Callable[..., Figure]) -> Callable[..., Figure]:
    """Run a figure function in the common style, whatever the caller's settings are."""

    @functools.wraps(figure_function)
    def wrapper(*args: Any, **kwargs: Any) -> Figure:
        with mpl.rc_context(rc()):
            figure = figure_function(*args, **kwargs)
            # Ticks are made when a figure is first drawn, with the settings of that moment.
            figure.draw_without_rendering()
        return figure

    return wrapper


def use_style(document: bool = False) -> None:
    """Set the style for a whole notebook and choose the formats of its figures.

    A notebook to be read on a screen gets PNG at 110 dpi. A `document` gets SVG, which the PDF
    takes, and PNG at 200 dpi, which Word takes; neither carries a date. Outside of IPython only
    the style is set.
    """
    mpl.rcParams.update(rc() | {"figure.dpi": 200 if document else 110})
    if get_ipython() is None:
        return
    formats = ("svg", "png") if document else ("png",)
    # Tight boxes would give every figure a width of its own.
    set_matplotlib_formats(*formats, bbox_inches=None, metadata={"Date": None})


def panels(rows: int = 1, columns: int = 1, height: float = 3.0, **options: Any):
    """`plt.subplots` at the text width, `height` in inches: the figure and its axes."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), **options)


def class_ticks(
    axis: Axes, names: Sequence[str], room: float, places: Sequence[float] | None = None
) -> None:
    """Write the names of the classes below an axis, aslant or upright where they would touch.

    `room` is the axis's length in inches; the classes stand at 0, 1, … or at `places`.
    """
    axis.set_xticks(range(len(names)) if places is None else places, names)
    longest = max(map(_ems, names)) * mpl.rcParams["xtick.labelsize"] / 72  # inches
    slot = room / len(names)
    if longest > 0.9 * slot:
        turned = {"rotation": 40 if slot > 0.3 else 90, "ha": "right", "rotation_mode": "anchor"}
        for label in axis.get_xticklabels():
            label.set(**turned, va="center" if slot <= 0.3 else "top")


def _ems(text: str) -> float:
    """The width of a text in its font's sizes, about: a Chinese character is as wide as high."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.6 for letter in text)


def colours() -> list[tuple[float, float, float]]:
    """Ten colours, one a digit, that colour-blind readers can tell apart."""
    return list(sns.color_palette("colorblind", 10))


def beside(axis: Axes, row: float, text: str) -> None:
    """Write at the right of the axis, at the height of a row."""
    place = {"transform": axis.get_yaxis_transform(), "va": "center", "color": GREY, "fontsize": 8}
    axis.text(1.02, row, text, **place)


def each_once(axis: Axes) -> tuple[list[Any], list[str]]:
    """Handles and labels for a legend that names every mark once, however often it is drawn."""
    found = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    return list(found.values()), list(found)


def show_digit(axis: Axes, image, title: str | None = None, **options: Any) -> None:
    """Draw one image (28, 28) as ink on paper, without an axis, with a short title above.

    Integers are taken as bytes from 0 to 255, other numbers as ink from 0 to 1.
    """
    pixels = np.asarray(image)
    top = 255 if np.issubdtype(pixels.dtype, np.integer) else 1.0
    axis.imshow(pixels, **{"cmap": INK, "vmin": 0, "vmax": top} | options)
    frame(axis)
    if title is not None:
        axis.set_title(title, pad=3)


def frame(axis: Axes) -> None:
    """Replace an axis by a thin frame: images need no ticks."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set(visible=True, color="0.8", linewidth=0.5)


@functools.cache
def _register_font() -> str:
    path = font_files()["sans"]
    fontManager.addfont(path)
    return get_font(path).family_name
