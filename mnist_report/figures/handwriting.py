"""Figures of photos with handwriting, and of how well their digits are recognised."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon, Rectangle

from mnist_report.handwriting.accuracy import PageAccuracy
from mnist_report.handwriting.recognition import Digit, Recognition

from . import style
from .robustness import accuracy_curve, severity_panels
from .style import Words, grid, panels, per_cent, place, styled, write

COLOUR = {True: style.BLUE, False: style.ORANGE}  # sure or not
LARGEST_HEIGHT = 8.0  # inches of a figure, for photos taken upright
TALLEST = 0.6  # height to width of the room for a page's excerpt
NAMES, TITLE, GAP = 0.9, 0.14, 0.04  # beside, above and between excerpts, in widths of one


@styled
def photo_answers(w: Words, grey: np.ndarray, found: Recognition) -> Figure:
    """Draw a photo (H, W), 0 to 1, with a box around each digit, the answer, its probability."""
    rows, columns = grey.shape
    height = min(LARGEST_HEIGHT, style.WIDTH * rows / columns)
    figure, axis = panels(height=height + 0.25)
    _show(axis, grey, found.digits)
    for digit in found.digits:
        _answer(axis, digit, scale=72 * height / rows)
    if found.digits:
        looks = {"sure": COLOUR[True], "not_sure": COLOUR[False]}
        handles = [Patch(fill=False, edgecolor=c, label=w[name]) for name, c in looks.items()]
        figure.legend(handles=handles, loc="outside upper right", ncols=2)
    else:
        axis.set_title(w["no_digit"])
    return figure


@styled
def photo_steps(w: Words, grey: np.ndarray, found: Recognition) -> Figure:
    """Draw the way of a photo: grey, contrast with the paper, binarised, digits found."""
    page = found.binarised
    rows = 2 if grey.shape[0] < 0.8 * grey.shape[1] else 1
    ratio = page.mask.shape[0] / page.mask.shape[1]
    columns = 4 // rows
    height = rows * (min(LARGEST_HEIGHT / rows, style.WIDTH / columns * ratio) + 0.25)
    figure, axes = panels(rows, columns, height=height)
    steps = {"grey": grey, "contrast": page.contrast, "mask": page.mask, "digits": grey}
    for axis, (name, picture) in zip(axes.flat, steps.items(), strict=True):
        boxes = found.digits if name == "digits" else ()
        _show(axis, picture, boxes, "gray" if picture is grey else style.INK)
        axis.set_title(w[f"step_{name}"], pad=3)
    return figure


@styled
def photo_digits(w: Words, digits: Sequence[Digit]) -> Figure:
    """Draw digits of a photo as the network got them, with the two most probable answers."""
    columns = max(8, min(10, len(digits)))
    figure, axis, corners = grid(len(digits), columns, (1, 1.55), at=(0.06, 0.05), extra=0.25)
    figure.suptitle(w["as_network_sees"], fontsize=9)
    for (x, y), digit in zip(corners, digits, strict=True):
        place(axis, digit.image, (x, y), 0.88)
        order = np.argsort(-digit.probabilities, kind="stable")[:2]
        colours = COLOUR[digit.sure], style.GREY
        for line, (answer, colour) in enumerate(zip(order, colours, strict=True)):
            text = f"{answer}: {per_cent(digit.probabilities[answer])}"
            write(axis, x + 0.44, y + 1.03 + 0.24 * line, text, color=colour)
    return figure


@styled
def page_looks(w: Words, pictures: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """Draw excerpts (H, W, 3) of pages under disturbances: kind → one picture a strength."""
    columns, step = max(map(len, pictures.values())), 1 + GAP
    sizes = [excerpts[0].shape for excerpts in pictures.values()]
    heights = [min(high / wide, TALLEST) for high, wide, _ in sizes]
    figure, axis = style.canvas(
        NAMES + columns * step - GAP, TITLE + sum(heights) + GAP * len(sizes)
    )
    for k in range(columns):
        write(axis, NAMES + k * step + 0.5, TITLE / 2, f"{w['severity']} {k + 1}", 9)
    y = TITLE
    for height, (kind, excerpts) in zip(heights, pictures.items(), strict=True):
        write(axis, NAMES - GAP, y + height / 2, w[f"page_{kind}"], 9, ha="right")
        for k, picture in enumerate(excerpts):
            ratio = picture.shape[0] / picture.shape[1]
            wide = min(height / ratio, 1)  # a tall one is shown narrower
            x, top = NAMES + k * step + (1 - wide) / 2, y + (height - wide * ratio) / 2
            axis.imshow(picture, extent=(x, x + wide, top + wide * ratio, top))
            axis.add_patch(Rectangle((x, top), wide, wide * ratio, fill=False, ec="0.8", lw=0.5))
        y += height + GAP
    return figure


@styled
def page_accuracy(w: Words, record: PageAccuracy) -> Figure:
    """Draw the share of digits found and right against each disturbance; 0 is a clean page.

    Bands are exact 95 % intervals; the dashed line is the share that is right and sure.
    """
    titles = [w[f"page_{kind}"] for kind in record.kinds]
    figure, axes = severity_panels(titles, (1.4, 0.8), w["severity"], w["share_of_digits"])
    axes[0].set(xticks=range(4), yticks=(0, 25, 50, 75, 100))
    for axis, strengths in zip(axes, record.kinds.values(), strict=True):
        rows = [record.clean, *strengths]
        accuracy_curve(axis, rows, color=COLOUR[True], marker="o", label=w["found_right"])
        sure = [100 * (row.right - row.unsure_right) / record.digits for row in rows]
        axis.plot(sure, "s--", ms=2.5, color=COLOUR[False], label=w["found_right_sure"])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


def _show(axis: Axes, picture: np.ndarray, digits: Sequence[Digit], cmap: str = "gray") -> None:
    """Draw a picture from 0 to 1, and boxes around digits on it."""
    axis.imshow(picture, cmap=cmap, vmin=0, vmax=1)
    style.frame(axis)
    for digit in digits:
        corners = digit.corners[:, ::-1]
        axis.add_patch(Polygon(corners, fill=False, ec=COLOUR[digit.sure], linewidth=1))


def _answer(axis: Axes, digit: Digit, scale: float) -> None:
    """Write the digit above its box and the probability below, in a size that fits the box."""
    sides = np.linalg.norm(np.diff(digit.corners[:3], axis=0), axis=1)  # width and height
    size = float(np.clip(sides.max() * scale / 4, 4, 10))  # `scale` is points a pixel
    background = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.3}
    look = {"color": COLOUR[digit.sure], "bbox": background, "clip_on": True}
    (above, left), (below, right) = (digit.corners[k : k + 2].mean(axis=0) for k in (0, 2))
    write(axis, left, above, digit.digit, size, va="bottom", **look)
    write(axis, right, below, per_cent(digit.probability), 0.6 * size, va="top", **look)
