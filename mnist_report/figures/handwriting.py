"""Figures of photos with handwriting, and of how well their digits are recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon

from mnist_report.common.words import words
from mnist_report.figures import style
from mnist_report.figures.canvas import canvas, place
from mnist_report.figures.hardest_digits import per_cent
from mnist_report.handwriting.accuracy import PageAccuracy, PageScores
from mnist_report.handwriting.recognition import Digit, Recognition

SURE, UNSURE = style.colours()[0], style.colours()[1]
POINTS = 72  # an inch
LARGEST_HEIGHT = 8.0  # inches of a figure, for photos taken upright


@style.styled
def photo_answers(grey: np.ndarray, found: Recognition, language: str | None = None) -> Figure:
    """Draw a photo (H, W), 0 to 1, with a box around each digit, the answer, its probability."""
    w = words(language)
    width, height = _fitting(grey.shape)
    figure, axis = style.panels(height=height + 0.25)
    _show(axis, grey)
    for digit in found.digits:
        _box(axis, digit)
        _answer(axis, digit, width / grey.shape[1] * POINTS)
    if found.digits:
        looks = {w["sure"]: SURE, w["not_sure"]: UNSURE}
        handles = [Patch(fill=False, edgecolor=c, label=name) for name, c in looks.items()]
        figure.legend(handles=handles, loc="outside upper right", ncols=2)
    else:
        axis.set_title(w["no_digit"])
    return figure


@style.styled
def photo_steps(grey: np.ndarray, found: Recognition, language: str | None = None) -> Figure:
    """Draw the way of a photo: grey, contrast with the paper, binarised, digits found."""
    w, page = words(language), found.binarised
    rows = 2 if grey.shape[0] < 0.8 * grey.shape[1] else 1
    ratio = page.mask.shape[0] / page.mask.shape[1]
    columns = 4 // rows
    height = rows * (min(LARGEST_HEIGHT / rows, style.WIDTH / columns * ratio) + 0.25)
    figure, axes = style.panels(rows, columns, height=height)
    names = ("step_grey", "step_contrast", "step_mask", "step_digits")
    for axis, name in zip(axes.flat, names, strict=True):
        axis.set_title(w[name], pad=3)
    plain, contrast, mask, boxes = axes.flat
    _show(plain, grey)
    _show(contrast, page.contrast, cmap=style.INK)
    _show(mask, page.mask, cmap=style.INK)
    _show(boxes, grey)
    for digit in found.digits:
        _box(boxes, digit)
    return figure


@style.styled
def photo_digits(digits: Sequence[Digit], language: str | None = None) -> Figure:
    """Draw digits of a photo as the network got them, with the two most probable answers."""
    columns = max(8, min(10, len(digits)))
    rows = -(-len(digits) // columns)
    w = words(language)
    figure, axis = canvas(columns, 1.55 * rows, extra=0.25)
    figure.suptitle(w["as_network_sees"], fontsize=9)
    for k, digit in enumerate(digits):
        x, y = k % columns + 0.06, 1.55 * (k // columns) + 0.05
        place(axis, digit.image, x, y, 0.88)
        order = np.argsort(-digit.probabilities, kind="stable")[:2]
        for line, answer in enumerate(order):
            text = f"{answer}: {per_cent(digit.probabilities[answer])}"
            colour = (SURE if digit.sure else UNSURE) if line == 0 else style.GREY
            axis.text(x + 0.44, y + 1.03 + 0.24 * line, text, ha="center", va="center",
                      fontsize=7, color=colour)  # fmt: skip
    return figure


@style.styled
def page_looks(pictures: Mapping[str, Sequence[np.ndarray]], language: str | None = None) -> Figure:
    """Draw excerpts (H, W, 3) of pages under disturbances: kind → one picture a strength."""
    w = words(language)
    shape = np.array(next(iter(pictures.values()))[0].shape[:2])
    columns = max(map(len, pictures.values()))
    height = len(pictures) * (0.77 * style.WIDTH / columns * shape[0] / shape[1] + 0.06) + 0.2
    figure, axes = style.panels(len(pictures), columns, height=height, squeeze=False)
    for line, (kind, excerpts) in zip(axes, pictures.items(), strict=True):
        for axis, picture in zip(line, excerpts, strict=True):
            axis.imshow(picture)
            style.frame(axis)
        line[0].set_ylabel(w[f"page_{kind}"], rotation=0, ha="right", va="center")
    for strength, axis in enumerate(axes[0], start=1):
        axis.set_title(f"{w['severity']} {strength}", pad=3)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
    return figure


@style.styled
def page_accuracy(record: PageAccuracy, language: str | None = None) -> Figure:
    """Draw the share of digits found and right against each disturbance; 0 is a clean page.

    Bands are exact 95 % intervals; the dashed line is the share that is right and sure.
    """
    w, kinds = words(language), record.kinds
    columns = min(4, len(kinds))
    rows = -(-len(kinds) // columns)
    options = {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = style.panels(rows, columns, height=0.8 + 1.4 * rows, **options)
    for axis, (kind, strengths) in zip(axes.flat, kinds.items(), strict=False):
        _curve(axis, [record.clean, *strengths], record.digits, w)
        axis.set_title(w[f"page_{kind}"], pad=3)
        axis.set(xticks=range(4), ylim=(0, 103), yticks=(0, 25, 50, 75, 100))
        axis.grid()
    for axis in axes.flat[len(kinds) :]:
        axis.axis("off")
    figure.supxlabel(w["severity"], fontsize=9)
    figure.supylabel(w["share_of_digits"], fontsize=9)
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


def _curve(axis: Axes, rows: Sequence[PageScores], digits: int, w: Mapping[str, str]) -> None:
    accuracy = 100 * np.array([row.accuracy for row in rows])
    low, high = 100 * np.array([row.interval for row in rows]).T
    sure = [100 * (row.right - row.unsure_right) / digits for row in rows]
    axis.fill_between(range(len(rows)), low, high, color=SURE, alpha=0.2, lw=0)
    axis.plot(accuracy, marker="o", ms=3, color=SURE, label=w["found_right"])
    axis.plot(sure, ls="--", marker="s", ms=2.5, color=UNSURE, label=w["found_right_sure"])


def _fitting(shape: tuple[int, int]) -> tuple[float, float]:
    """Return width and height in inches at which a photo is drawn."""
    height = min(LARGEST_HEIGHT, style.WIDTH * shape[0] / shape[1])
    return height * shape[1] / shape[0], height


def _show(axis: Axes, picture: np.ndarray, cmap: str = "gray") -> None:
    axis.imshow(picture, cmap=cmap, vmin=0, vmax=1)
    style.frame(axis)


def _box(axis: Axes, digit: Digit) -> None:
    colour = SURE if digit.sure else UNSURE
    axis.add_patch(Polygon(digit.corners[:, ::-1], fill=False, edgecolor=colour, linewidth=1))


def _answer(axis: Axes, digit: Digit, scale: float) -> None:
    """Write the digit above its box and the probability below, in a size that fits the box."""
    sides = np.linalg.norm(np.diff(digit.corners[:3], axis=0), axis=1)  # width and height
    size = float(np.clip(sides.max() * scale / 4, 4, 10))
    background = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.3}
    look = {"color": SURE if digit.sure else UNSURE, "bbox": background, "clip_on": True}
    texts = (digit.digit, "bottom", size), (per_cent(digit.probability), "top", 0.6 * size)
    for edge, (text, side, points) in zip((slice(0, 2), slice(2, 4)), texts, strict=True):
        row, column = digit.corners[edge].mean(axis=0)
        axis.text(column, row, text, ha="center", va=side, size=points, **look)
