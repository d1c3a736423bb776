"""Figures of what the published program does beside ours: epochs looked at, images read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mnist_report.common.words import words
from mnist_report.figures.canvas import canvas, place
from mnist_report.figures.style import GREY, colours, each_once, panels, styled


@styled
def peeking(study: Mapping[str, Any], language: str | None = None) -> Figure:
    """Test accuracy epoch by epoch, a line a run, with the epoch that is best on either set.

    Args:
        study: the record of `faults`.
        language: of the labels.
    """
    w = words(language)
    found = study["peeking"]
    blue, orange = colours()[:2]
    figure, axis = panels(height=2.7)
    for test, validation in zip(found["test"], found["validation"], strict=True):
        epochs, accuracy = np.arange(1, len(test) + 1), 100 * np.array(test)
        axis.plot(epochs, accuracy, color=GREY, lw=0.9)
        best, honest = int(np.argmax(test)), len(validation) - 1 - int(np.argmax(validation[::-1]))
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
    readings: Sequence[Mapping[int, int]],
    names: Sequence[str],
    count: int = 12,
    language: str | None = None,
) -> Figure:
    """Test images that only one of two networks reads, a row a network, with both readings.

    Args:
        images: (N, 28, 28) uint8.
        labels: (N,) the true digits.
        readings: what either network misreads: index → digit.
        names: of the networks.
        count: images a row, evenly taken from all there are.
        language: of the labels.
    """
    w = words(language)
    wrong = [set(reading) for reading in readings]
    rows = [sorted(wrong[1] - wrong[0]), sorted(wrong[0] - wrong[1])]
    figure, axis = canvas(count, 2 * 1.75)
    for row, (indices, reader, other) in enumerate(zip(rows, names, readings[::-1], strict=True)):
        y = 1.75 * row
        title = w["only_classifies"].format(reader, len(indices))
        axis.text(0, y + 0.18, title, va="center", fontsize=8.5)
        for x, index in enumerate(_evenly(indices, count)):
            place(axis, images[index], x + 0.05, y + 0.36, 0.9)
            text = f"{labels[index]} → {other[index]}"
            axis.text(x + 0.5, y + 1.42, text, ha="center", va="center", fontsize=7)
    return figure


def _evenly(indices: Sequence[int], count: int) -> list[int]:
    """At most `count` of the indices, from the first to the last."""
    if len(indices) <= count:
        return list(indices)
    return [indices[i] for i in np.linspace(0, len(indices) - 1, count).round().astype(int)]
