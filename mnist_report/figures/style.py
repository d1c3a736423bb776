"""One look for all figures: the text width of the page, a Chinese font, colours that all can tell.

A figure function is decorated with `styled`, takes words and plain data, and returns a `Figure`
made with pyplot, so that in a notebook `plt.show()` shows it once. Colours are seaborn's
"colorblind" palette and single-hue or lightness-ordered maps, which also survive grey printing.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.image import AxesImage
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

from mnist_report.datasets.dataset import Words, localised
from notebook_report.fonts import font_files

from .display import PPI, pictures

Pair = tuple[float, float]

WIDTH = 6.3  # inches: the text width of an A4 page with margins of 2.5 cm
INK = "gray_r"  # digits: black ink on white paper
SEQUENTIAL = "Blues"  # counts and rates
DIVERGING = "RdBu_r"  # signed values, white at zero
GREY = "0.45"  # secondary lines and notes
COLOURS = sns.color_palette("colorblind", 10)  # one a digit, for colour-blind readers too
BLUE, ORANGE, GREEN = COLOURS[:3]


@functools.cache
def rc() -> dict[str, Any]:
    """The matplotlib settings of every figure; registers the Chinese font on first use."""
    font = font_files()["sans"]
    fontManager.addfont(font)
    look = mpl.rc_params_from_file(Path(__file__).with_name("report.mplstyle"), False, False)
    family = [get_font(font).family_name, "DejaVu Sans"]
    return {**look, "font.family": family, "axes.prop_cycle": mpl.cycler(color=COLOURS)}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Run a `localised` figure function in the common style, whatever the caller's settings are."""

    @localised
    @functools.wraps(draw)
    def wrapper(w: Words, **given: Any) -> Figure:
        # Two dollars in the name of a class would make a formula of it.
        w.names = tuple(name.replace("$", r"\$") for name in w.names)
        before = {key: mpl.rcParams[key] for key in rc()}
        with mpl.rc_context(rc()):
            figure = draw(w, **given)
            # Ticks are made when a figure is first drawn, with the settings of that moment.
            if any(mpl.rcParams[key] != value for key, value in before.items()):
                figure.draw_without_rendering()
        return figure

    return wrapper


def use_style(document: bool = False) -> None:
    """Set the style for a whole notebook, to be read on a screen or made a `document` of."""
    mpl.rcParams.update(rc() | {"figure.dpi": PPI if document else 110})
    if (shell := get_ipython()) is not None:  # else only the style is set
        # Importing it sets up the kernel at hand, so it waits for one.
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats()  # none of its own, which draws a figure anew for each
        draw = functools.partial(pictures, document=document)
        shell.display_formatter.mimebundle_formatter.for_type(Figure, draw)


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
    # In sizes of the font, about: a Chinese character is as wide as high.
    ems = max(sum(1.0 if letter > "\u2e7f" else 0.6 for letter in name) for name in names)
    slot = room / len(names)
    if ems * mpl.rcParams["xtick.labelsize"] / 72 > 0.9 * slot:
        turned = {"rotation": 40 if slot > 0.3 else 90, "va": "top" if slot > 0.3 else "center"}
        plt.setp(axis.get_xticklabels(), ha="right", rotation_mode="anchor", **turned)


def name_rows(axis: Axes, names: Sequence[str], above: float = 0.5) -> None:
    """Name the rows of a chart, the first on top, with room `above` it, and rule its values."""
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -above)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x")


def intervals(
    axis: Axes, x: ArrayLike, y: ArrayLike, bounds: ArrayLike, along: str = "x", **look: Any
) -> None:
    """Draw points (N,) and their intervals, `bounds` (N, 2), along the x- or the y-axis."""
    middle, (low, high) = np.asarray(x if along == "x" else y), np.transpose(bounds)
    bars = np.maximum([middle - low, high - middle], 0).reshape(2, -1)
    axis.errorbar(x, y, **{f"{along}err": bars, "fmt": "o", "color": BLUE, "capsize": 2} | look)


def beside(axis: Axes, row: float, text: str) -> None:
    """Write at the right of the axis, at the height of a row."""
    where = axis.get_yaxis_transform()
    axis.text(1.02, row, text, transform=where, va="center", color=GREY, fontsize=8)


def each_once(axis: Axes) -> tuple[list[Any], list[str]]:
    """Handles and labels for a legend that names every mark once, however often it is drawn."""
    found = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    return list(found.values()), list(found)


def round_logarithms(axis: Axis) -> None:
    """Make an axis logarithmic, between round numbers beyond the least and largest value drawn."""
    # Ticks are 1, 2, 3, 5 × 10ⁿ, or powers of ten if these would be more than nine.
    steps = np.array([float(f"{k}e{n}") for n in range(-4, 7) for k in (1, 2, 3, 5)])
    low, high = axis.get_data_interval()
    first, last = np.searchsorted(steps, low) - 1, np.searchsorted(steps, high, side="right")
    by = 1 if last - first < 9 else 4
    ticks = steps[first // by * by : -(-last // by) * by + 1 : by]
    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": ticks[[0, -1]]})
    axis.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axis.set_ticks([], minor=True)


def show_digit(axis: Axes, image: ArrayLike, title: str | None = None, **options: Any) -> None:
    """Draw one image (28, 28) as ink on paper, without an axis, with a short title above.

    Integers are taken as bytes from 0 to 255, other numbers as ink from 0 to 1.
    """
    pixels = np.asarray(image)
    top = 255 if np.issubdtype(pixels.dtype, np.integer) else 1.0
    axis.imshow(pixels, **{"cmap": INK, "vmin": 0, "vmax": top} | options)
    frame(axis)
    axis.set_title(title, pad=3)


def frame(axis: Axes) -> None:
    """Replace an axis by a thin frame: images need no ticks."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set(visible=True, color="0.8", linewidth=0.5)


def canvas(columns: float, rows: float, extra: float = 0.0) -> tuple[Figure, Axes]:
    """An empty sheet of squares from the upper left, and `extra` inches for a legend or a bar."""
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
