"""Digits that touch: ways to split a component that is too wide for one digit."""

import numpy as np
from scipy import ndimage
from skimage.measure import label

from mnist_report.datasets.shapes import box
from mnist_report.handwriting.segmentation import Component

# Shares of the height of the line:
WIDE = 1.0  # a digit is seldom wider,
WIDEST = 1.4  # and never so wide; both were seen on pages of training digits
LEAST = 0.2  # of a digit to the side of a seam
STEP = 0.12  # between the places at which a seam is tried
REACH = 0.1  # so far a seam may wander to either side of its place
LOW = 0.5  # what is less high is no digit

Halves = tuple[Component, Component]


def splits(component: Component, contrast: np.ndarray, height: float) -> list[Halves]:
    """Return ways to split a component from top to bottom, each where it crosses the least ink.

    A seam wanders at most one column a row, near a place of its own.

    Args:
        component: maybe two digits or more.
        contrast: (H, W) of the page, from 0 to 1.
        height: of the digits on this line.
    """
    cost = np.where(component.mask, contrast[component.window], 0) + 0.01
    reach, found = max(1, round(REACH * height)), {}
    for place in np.arange(LEAST * height, component.width - LEAST * height, STEP * height):
        first, last = max(1, round(place) - reach), min(component.width - 1, round(place) + reach)
        if first >= last:
            continue
        seam = first + _cheapest(cost[:, first : last + 1])
        left = np.arange(component.width) < seam[:, np.newaxis]
        halves = _part(component, left), _part(component, ~left)
        if all(half and half.height >= LOW * height for half in halves):
            found[tuple(seam)] = halves
    return list(found.values())


def _cheapest(cost: np.ndarray) -> np.ndarray:
    """Return the columns (H,) of the cheapest way down through cost (H, W)."""
    total = cost.copy()
    for row in range(1, len(total)):
        total[row] += ndimage.minimum_filter1d(total[row - 1], 3)
    way = [int(total[-1].argmin())]
    for row in total[-2::-1]:
        left = max(0, way[-1] - 1)
        way.append(left + int(row[left : way[-1] + 2].argmin()))
    return np.array(way[::-1])


def _part(component: Component, side: np.ndarray) -> Component | None:
    """Return the ink on one side of a seam, without crumbs; None if nothing is left."""
    names = label(component.mask & side, connectivity=2)
    sizes = np.bincount(names.ravel())[1:]
    if not len(sizes):
        return None
    mask = np.isin(names, 1 + np.flatnonzero(sizes >= 0.1 * sizes.max()))
    rows, columns = box(mask)
    return Component(
        component.top + rows.start, component.left + columns.start, mask[rows, columns]
    )
