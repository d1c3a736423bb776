"""Digits that touch: where a wide piece of ink may be cut in two."""

from __future__ import annotations

import numpy as np
from skimage.measure import label

from mnist_report.datasets.size_normalisation import box
from mnist_report.handwriting.segmentation import Piece

# Shares of the height of the line:
WIDE = 1.0  # a digit is seldom wider,
WIDEST = 1.4  # and never so wide; both were seen on pages of training digits
LEAST = 0.2  # of a digit to the side of a cut
STEP = 0.12  # between the places at which a cut is tried
REACH = 0.1  # so far a cut may wander to either side of its place
LOW = 0.5  # what is less high is no digit


def cuts(piece: Piece, contrast: np.ndarray, height: float) -> list[tuple[Piece, Piece]]:
    """Ways to cut a piece from top to bottom, each where it crosses the least ink.

    A cut wanders at most one column a row, near a place of its own.

    Args:
        piece: the ink of, maybe, two digits or more.
        contrast: (H, W) of the page, from 0 to 1.
        height: of the digits on this line.
    """
    rows, columns = slice(piece.top, piece.bottom), slice(piece.left, piece.right)
    cost = np.where(piece.mask, contrast[rows, columns], 0) + 0.01
    reach, found = max(1, round(REACH * height)), {}
    for place in np.arange(LEAST * height, piece.width - LEAST * height, STEP * height):
        first, last = max(1, round(place) - reach), min(piece.width - 1, round(place) + reach)
        if first >= last:
            continue
        seam = first + _cheapest(cost[:, first : last + 1])
        halves = _halves(piece, seam)
        if halves and min(half.height for half in halves) >= LOW * height:
            found[tuple(seam)] = halves
    return list(found.values())


def _cheapest(cost: np.ndarray) -> np.ndarray:
    """Columns (H,) of the cheapest way down through cost (H, W)."""
    total = cost.copy()
    for row in range(1, len(total)):
        total[row] += _best_of_three(total[row - 1])
    way = [int(total[-1].argmin())]
    for row in total[-2::-1]:
        left = max(0, way[-1] - 1)
        way.append(left + int(row[left : way[-1] + 2].argmin()))
    return np.array(way[::-1])


def _best_of_three(row: np.ndarray) -> np.ndarray:
    padded = np.pad(row, 1, constant_values=np.inf)
    return np.minimum(np.minimum(padded[:-2], padded[2:]), row)


def _halves(piece: Piece, seam: np.ndarray) -> tuple[Piece, Piece] | None:
    left = np.arange(piece.width) < seam[:, np.newaxis]
    parts = [_tight(piece, piece.mask & side) for side in (left, ~left)]
    return None if None in parts else (parts[0], parts[1])


def _tight(piece: Piece, mask: np.ndarray) -> Piece | None:
    """That part of a piece's ink, without crumbs, in a box of its own; None if nothing is left."""
    names = label(mask, connectivity=2)
    sizes = np.bincount(names.ravel())[1:]
    if not len(sizes):
        return None
    mask = np.isin(names, 1 + np.flatnonzero(sizes >= 0.1 * sizes.max()))
    rows, columns = box(mask)
    return Piece(piece.top + rows.start, piece.left + columns.start, mask[rows, columns])
