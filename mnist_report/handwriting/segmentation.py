"""Segmentation: connected components of ink, without dirt, joined to digits in reading order."""

from typing import NamedTuple

import cv2
import numpy as np

from mnist_report.handwriting.strokes import width

MOST = 1_000  # pieces of a page, the largest, that are looked at
SMALLEST = 7  # pixels: what is neither higher nor wider is dirt or noise
# Shares of the typical height of the digits on the page:
TALL = 0.45  # from here on a component is a digit of its own
OTHER_SIZE = 0.2  # from here on, if it stands in no line: there is smaller writing, too
NEAR = 0.25  # as far a part may be from its digit
SPECK = 0.006  # of the height's square: less ink than this is dirt
COMMA = 0.75  # of the line's height: a small part beside a digit, below this, is punctuation
OVERLAP = 0.5  # of the narrower one's width that two parts of one digit have in common
MARGIN = 0.04  # of a side: what lies in it is the edge of a sheet, a desk or a book
FILLED = 0.5  # of its longer side is a blot as thick; no digit is
MANY = 3  # pieces that are not at the border tell that none is cut off by a corner
HUGE = 2.5  # times as high as the rest, and at the border: the edge of the paper, or a hand


class Component(NamedTuple):
    """Connected ink: a digit, or a part of one."""

    top: int  # of the box around it, in rows and columns of the page
    left: int
    mask: np.ndarray  # (H, W) bool, the ink in the box

    @property
    def height(self) -> int:
        """Rows of the box."""
        return self.mask.shape[0]

    @property
    def width(self) -> int:
        """Columns of the box."""
        return self.mask.shape[1]

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The first column to the right of the box."""
        return self.left + self.width

    @property
    def window(self) -> tuple[slice, slice]:
        """The box in the page."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def middle(self) -> float:
        """The row in the middle."""
        return (self.top + self.bottom) / 2

    @property
    def area(self) -> int:
        """Pixels with ink."""
        return int(self.mask.sum())


Line = list[Component]


def segment(mask: np.ndarray) -> tuple[list[Line], int]:
    """Find the digits of a page (H, W), a bool where there is ink, whose lines run along the rows.

    Returns lines from top to bottom, in each of them digits from left to right; and how many
    pieces beyond the `MOST` largest were left out, as on a printed page, or in noise.
    """
    found = components(mask, SMALLEST)
    left_out = max(0, len(found) - MOST)
    if left_out:
        found = sorted(found, key=lambda component: -component.area)[:MOST]
    if not found:
        return [], 0
    lines = _lines_of(_without_edges(found, mask.shape))
    return sorted(lines, key=lambda line: float(np.median([c.middle for c in line]))), left_out


def without_blots(mask: np.ndarray) -> np.ndarray:
    """Take off what is no stroke but a filled spot, as a cloth's pattern; alone, it stays."""
    found = components(mask)
    blots = [c for c in found if width(c.mask) > FILLED * max(c.mask.shape)]
    mask = mask.copy()
    for blot in blots if len(blots) < len(found) else []:
        mask[blot.window] &= ~blot.mask
    return mask


def components(mask: np.ndarray, least: int = 1) -> list[Component]:
    """Return the connected components whose longer side is at least so many pixels.

    Also what only corners connect is connected.
    """
    _, names, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    large = 1 + np.flatnonzero(boxes[1:, 2:4].max(axis=1) >= least)
    return [
        Component(int(top), int(left), names[top : top + high, left : left + wide] == name)
        for name, (left, top, wide, high, _) in zip(large, boxes[large], strict=True)
    ]


def typical_height(found: list[Component], share: float = 0.5) -> float:
    """Return the height of digits: half of the ink, or a share, is in what is no higher."""
    order = sorted(found, key=lambda component: component.height)
    ink = np.cumsum([component.area for component in order])
    return float(order[int(np.searchsorted(ink, share * ink[-1]))].height)


def joined(a: Component, b: Component) -> Component:
    """Join two to one."""
    top, left = min(a.top, b.top), min(a.left, b.left)
    mask = np.zeros((max(a.bottom, b.bottom) - top, max(a.right, b.right) - left), dtype=bool)
    for part in (a, b):
        mask[part.top - top : part.bottom - top, part.left - left : part.right - left] |= part.mask
    return Component(top, left, mask)


def _lines_of(found: list[Component]) -> list[Line]:
    typical = typical_height(found)
    lines = _in_lines([c for c in found if c.height >= TALL * typical])
    small = [c for c in found if c.height < TALL * typical and c.area > SPECK * typical**2]
    extents = [_extent(line) for line in lines]
    rest = [
        c for c in small
        if c.height >= OTHER_SIZE * typical
        and not any(top <= c.bottom and c.top <= bottom for top, bottom in extents)
    ]  # fmt: skip
    for part in small:
        if part.width < typical:  # or else it is a dash, or a line below the writing
            _attach(part, lines, typical)
    lines = [_one_a_digit(line) for line in lines]
    return lines + _lines_of(rest) if len(rest) > 1 else lines


def _without_edges(found: list[Component], shape: tuple[int, int]) -> list[Component]:
    """Leave out what is no writing: at the border and much larger, in a corner, or all in it."""
    high, wide = shape

    def reaches(c: Component) -> float:
        """Return how far from the nearest border it ends, as a share of the side."""
        return min(c.bottom / high, c.right / wide, 1 - c.top / high, 1 - c.left / wide)

    def at_border(c: Component) -> bool:
        return not (c.top and c.left and c.bottom < high and c.right < wide)

    def in_corner(c: Component) -> bool:
        return not (c.top and c.bottom < high) and not (c.left and c.right < wide)

    found = [c for c in found if reaches(c) >= MARGIN] or found
    inner = [c for c in found if not at_border(c)]
    most = HUGE * typical_height(inner) if inner else np.inf
    many = len(inner) >= MANY
    return [
        c for c in found
        if not at_border(c) or (max(c.mask.shape) <= most and not (many and in_corner(c)))
    ]  # fmt: skip


def _in_lines(digits: list[Component]) -> list[Line]:
    """Put each digit into the line in whose height its middle lies; the highest begin the lines."""
    lines: list[Line] = []
    extents: list[tuple[float, float]] = []
    for digit in sorted(digits, key=lambda component: -component.height):
        for k, (top, bottom) in enumerate(extents):
            if top <= digit.middle <= bottom:
                lines[k].append(digit)
                extents[k] = _extent(lines[k])
                break
        else:
            lines.append([digit])
            extents.append(_extent(lines[-1]))
    return lines


def _extent(line: Line) -> tuple[float, float]:
    """Return its usual first and last row, not counting parts of digits."""
    most = max(digit.height for digit in line)
    high = [(digit.top, digit.bottom) for digit in line if digit.height >= 0.8 * most]
    top, bottom = np.median(high, axis=0)
    return float(top), float(bottom)


def _attach(part: Component, lines: list[Line], typical: float) -> None:
    """Join a part of a digit to the digit next to it, if there is one so near."""
    choices = [(_gap(part, digit), i, j) for i, line in enumerate(lines)
               for j, digit in enumerate(line)]  # fmt: skip
    gap, i, j = min(choices)
    top, bottom = _extent(lines[i])
    beside = _overlap(part, lines[i][j]) < 0
    comma = beside and part.middle > top + COMMA * (bottom - top)
    if gap < NEAR * typical and not comma:
        lines[i][j] = joined(lines[i][j], part)


def _one_a_digit(line: Line) -> Line:
    """Join what stands above each other, from left to right."""
    digits: Line = []
    for part in sorted(line, key=lambda component: component.left):
        last = digits[-1] if digits else None
        if last and _overlap(part, last) > OVERLAP * min(part.width, last.width):
            digits[-1] = joined(last, part)
        else:
            digits.append(part)
    return digits


def _overlap(a: Component, b: Component) -> int:
    """Return the columns that both have; less than 0 is a gap."""
    return min(a.right, b.right) - max(a.left, b.left)


def _gap(a: Component, b: Component) -> float:
    """Return the distance of the boxes in pixels."""
    down = max(0, a.top - b.bottom, b.top - a.bottom)
    return float(np.hypot(max(0, -_overlap(a, b)), down))
