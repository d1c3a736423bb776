"""The gallery of images that may bear a wrong label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.evaluation.label_errors import Suspect
from mnist_report.figures.canvas import canvas, frame, legend, place
from mnist_report.figures.hardest_digits import per_cent
from mnist_report.figures.style import GREY, colours, styled

BLUE, ORANGE, GREEN = colours()[:3]
STATUS = {"error": ORANGE, "ambiguous": BLUE, "": "0.6"}


@styled
def label_suspects(
    images: np.ndarray, suspects: Sequence[Suspect], language: str | None = None
) -> Figure:
    """The images that contradict their label most surely, those on the known list framed.

    Args:
        images: (N, 28, 28), all test images.
        suspects: of `label_errors.audit`; above each stands its index, below it the given label
            and the predicted digit, with its probability.
        language: of the legend.
    """
    w, columns = words(language), 10
    rows = -(-len(suspects) // columns)
    figure, axis = canvas(columns, 1.42 * rows - 0.1, extra=0.3)
    names = {"status_error": ORANGE, "status_ambiguous": BLUE, "status_none": "0.6"}
    legend(axis, {w[name]: colour for name, colour in names.items()})
    for k, row in enumerate(suspects):
        x, y = k % columns + 0.08, 1.42 * (k // columns) + 0.16
        place(axis, images[row.index], x, y, 0.84)
        frame(axis, x, y, 0.84, STATUS[row.status], 1.6 if row.status else 0.8)
        axis.text(x, y - 0.09, str(row.index), va="center", fontsize=6, color=GREY)
        text = f"{row.given} → {row.predicted}  {per_cent(row.probability)}"
        axis.text(x + 0.42, y + 0.97, text, ha="center", va="center", fontsize=7)
    return figure
