"""Ruling: the printed lines of a page, below its writing and around it."""

import cv2
import numpy as np
from scipy import ndimage

from mnist_report.handwriting import strokes
from mnist_report.handwriting.segmentation import components, typical_height

SHORTEST = 1 / 12  # of the page's longer side: a shorter line is not looked for
THIN = 4  # widths of a page's strokes that a line is long at least
THICK = 4  # times the usual width, and more: no line is so thick
LONG = 1.6  # heights of a digit that a line is longer than any stroke
SMALLEST_FRAME = 16  # pixels of a box for a digit
HOLLOW, FULL = 0.5, 0.85  # of a box's place are inked at most; and at least when it is filled in
SLACK = 3  # pixels that a line may wander up and down on this length
ALONE = 3.0  # the same, where one digit may have a long stroke of its own
DIGITS = 0.25  # of the ink is that of digits, where the rest is a table around them
GRID = 4  # lines; a digit has fewer straight strokes
DARKER = 1.5  # times the contrast of the lines
CROSSING = 2.2  # widths of a line: a stroke across it is higher


def ruling(mask: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Return which ink (H, W) is of printed lines, without the strokes across them.

    Lines along the rows are much longer than the digits that are left without them. Lines down the
    columns, too, where there are such rows; or they go from one to another, as those of boxes do.
    What is much darker than the lines is a stroke on them.
    """
    printed = _printed(mask)
    level = np.quantile(contrast[printed], 0.75) if printed.any() else 0.0
    return printed & (contrast <= DARKER * level)


def _printed(mask: np.ndarray) -> np.ndarray:
    frames = _frames(mask)
    mask = mask & ~frames
    wide = THICK * (strokes.widths(mask).typical + 1)
    thick = _opened(mask, wide, wide)
    along, courses, height = _lines(mask, thick, 0.0)
    if not along.any():
        return frames
    rest = mask & ~along
    down = _lines(rest.T, thick.T, height)[0].T
    printed = frames | along | down | _between(rest, courses, height)
    rims = cv2.dilate(printed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return printed | (mask & rims & ~_opened(mask & ~printed, 3, 3))


def _lines(
    mask: np.ndarray, thick: np.ndarray, height: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return ink of lines along the rows, all ink in their course, and the height of the rest."""
    slack = cv2.dilate(mask.astype(np.uint8), np.ones((SLACK, 1), np.uint8))
    usual, widest = strokes.widths(mask)
    thickest = 1.5 * usual + 2 * SLACK
    length = max(SHORTEST * max(mask.shape), THIN * widest, LONG * height)
    known = height
    while True:
        runs = components(_opened(slack, 1, length / 2))
        lines = [c for c in runs if c.width >= max(length, c.area / thickest)]
        course = np.zeros_like(mask)
        for line in lines:
            course[line.window] |= line.mask & mask[line.window]
        rest = mask & ~course
        if not course.any() or not rest.any():
            return np.zeros_like(mask), np.zeros_like(mask), height
        grid = _opened(rest & ~thick, length, 1) if len(lines) >= GRID else np.zeros_like(rest)
        others = components(rest & ~grid)
        if not others:
            return np.zeros_like(mask), np.zeros_like(mask), height
        height = max(height, typical_height(others))
        needed = LONG * height
        if len(lines) < GRID:
            inked = np.zeros(mask.shape[1] + 1, np.int8)
            for c in others:
                inked[c.left : c.right] |= c.height > 0.6 * height
            single = (np.diff(inked) == -1).sum() < 2  # parts above each other are one digit's
            whole = known or typical_height(components(mask), DIGITS)
            needed = max(height, whole) * (ALONE if single else LONG)
        if needed <= length:
            break
        length = needed
    edges = cv2.dilate(course.astype(np.uint8), np.ones((2 * SLACK + 1, 1), np.uint8)) > 0
    return mask & edges & ~thick & ~_crossed(mask, course), course, height


def _crossed(mask: np.ndarray, course: np.ndarray) -> np.ndarray:
    """Return the ink that is much higher than a line along the rows is wide."""
    wide = max(2.0, strokes.widths(course).typical)
    return _opened(mask, round(CROSSING * wide) + 1, 1)


def _opened(mask: np.ndarray, height: float, width: float) -> np.ndarray:
    """Return the ink that goes on for so many rows and columns."""
    shape = max(1, round(height)), max(1, round(width))
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones(shape, np.uint8)) > 0


def _frames(mask: np.ndarray) -> np.ndarray:
    """Return the ink of boxes that stand alone, each around a digit, and may touch it."""
    frames = np.zeros_like(mask)
    for c in components(mask):
        if max(c.mask.shape) < SMALLEST_FRAME or c.mask.mean() > HOLLOW:
            continue
        if ndimage.binary_fill_holes(c.mask).mean() < FULL:
            continue
        ink = c.mask
        rows, columns = _opened(ink, 1, 0.7 * c.width), _opened(ink, 0.7 * c.height, 1)
        sides = (rows & ~_crossed(ink, rows)) | (columns & ~_crossed(ink.T, columns.T).T)
        inside = mask[c.window] & ~sides
        if any(part.height > 0.3 * c.height for part in components(inside)):
            frames[c.window] |= sides
    return frames


def _between(mask: np.ndarray, courses: np.ndarray, height: float) -> np.ndarray:
    """Return what goes straight down from one line to another, as the sides of boxes do."""
    slack = cv2.dilate(mask.astype(np.uint8), np.ones((1, SLACK), np.uint8))
    found = _opened(slack, height, 1) & mask
    sides = np.zeros_like(mask)
    for piece in components(found):
        columns = slice(piece.left, piece.right)
        ends = (
            courses[max(0, row - SLACK) : row + SLACK, columns] for row in (piece.top, piece.bottom)
        )
        if all(end.any() for end in ends):
            sides[piece.window] |= piece.mask
    return sides
