"""Figures of what the published program does beside ours: epochs looked at, images classified."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.datasets.dataset import evenly_spaced
from mnist_report.evaluation.metrics import Misclassified
from mnist_report.figures.canvas import canvas, place
from mnist_report.figures.style import GREY, colours, each_once, panels, styled
from mnist_report.studies.published_program import FaultStudy, honest_epoch


@styled
def peeking(study: FaultStudy, language: str | None = None) -> Figure:
    """Draw test accuracy by epochs, a line a run, with the epoch that is best on either set."""
    w, found = words(language), study.peeking
    blue, orange = colours()[:2]
    figure, axis = panels(height=2.7)
    for test, validation in zip(found.test, found.validation, strict=True):
        epochs, accuracy = np.arange(1, len(test) + 1), 100 * np.array(test)
        axis.plot(epochs, accuracy, color=GREY, lw=0.9)
        best, honest = int(np.argmax(test)), honest_epoch(validation)
        circle = {"marker": "o", "ms": 8, "mfc": "none", "mew": 1.5, "ls": "", "color": orange}
        axis.plot([best + 1], [accuracy[best]], label=w["best_on_test"], **circle)
        diamond = {"marker": "D", "ms": 4, "ls": "", "color": blue}
        axis.plot([honest + 1], [accuracy[honest]], label=w["best_on_validation"], **diamond)
    axis.set(xlabel=w["epoch"], ylabel=w["test_accuracy_epoch"], xticks=epochs)
    axis.grid(axis="y")
    axis.legend(*each_once(axis), loc="lower right")
    return figure


@styled
def discordant(
    images: np.ndarray,
    labels: np.ndarray,
    misclassified: Sequence[Misclassified],
    names: Sequence[str],
    count: int = 12,
    language: str | None = None,
) -> Figure:
    """Draw test images that only one of two networks classifies, with the other's answers.

    Args:
        images: (N, 28, 28) uint8.
        labels: (N,) the true digits.
        misclassified: by either network.
        names: of the networks, which have a row each.
        count: images a row, evenly taken from all there are.
        language: of the words.
    """
    w = words(language)
    first, second = (dict(zip(m.index, m.predicted, strict=True)) for m in misclassified)
    figure, axis = canvas(count, 2 * 1.75)
    for row, (name, own, other) in enumerate(
        zip(names, (first, second), (second, first), strict=True)
    ):
        y, only = 1.75 * row, np.array(sorted(other.keys() - own.keys()), dtype=int)
        axis.text(
            0, y + 0.18, w["only_classifies"].format(name, len(only)), va="center", fontsize=8.5
        )
        for x, index in enumerate(only[evenly_spaced(len(only), count)]):
            place(axis, images[index], x + 0.05, y + 0.36, 0.9)
            text = f"{labels[index]} → {other[index]}"
            axis.text(x + 0.5, y + 1.42, text, ha="center", va="center", fontsize=7)
    return figure
