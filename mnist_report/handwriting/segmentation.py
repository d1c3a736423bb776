"""Segmentation: connected components of ink, without dirt, joined to digits in reading order."""

from dataclasses import dataclass

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
FILLED = 0.4  # of its longer side is a blot as thick; no digit is
HUGE = 2.5  # times as high as the rest, and at the border: the edge of the paper, or a hand


@dataclass(frozen=True)
class Component:
    """Connected ink: a digit, or a part of one.

    Attributes:
        top, left: of the box around it, in rows and columns of the page.
        mask: (H, W) bool, the ink in the box.
    """

    top: int
    left: int
    mask: np.ndarray

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


def segment(mask: np.ndarray) -> list[Line]:
    """Find the digits of a page (H, W), a bool where there is ink, whose lines run along the rows.

    Returns lines from top to bottom, in each of them digits from left to right.
    """
    found = [c for c in components(mask) if max(c.mask.shape) >= SMALLEST]
    if len(found) > MOST:  # a printed page, or noise
        found = sorted(found, key=lambda component: -component.area)[:MOST]
    if not found:
        return []
    return sorted(_lines_of(_without_edges(found, mask.shape)), key=_level)


def without_blots(mask: np.ndarray) -> np.ndarray:
    """Take off what is no stroke but a filled spot, as a cloth's pattern; alone, it stays."""
    found = components(mask)
    blots = [c for c in found if width(c.mask) > FILLED * max(c.mask.shape)]
    mask = mask.copy()
    for blot in blots if len(blots) < len(found) else []:
        mask[blot.window] &= ~blot.mask
    return mask


def components(mask: np.ndarray) -> list[Component]:
    """Return the connected components, also of what only corners connect."""
    count, names, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return [
        Component(int(top), int(left), names[top : top + high, left : left + wide] == name)
        for name, (left, top, wide, high, _) in zip(range(1, count), boxes[1:], strict=True)
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
    rest = [c for c in small if c.height >= OTHER_SIZE * typical and not _within(c, lines)]
    for part in small:
        if part.width < typical:  # or else it is a dash, or a line below the writing
            _attach(part, lines, typical)
    lines = [_one_a_digit(line) for line in lines]
    return lines + _lines_of(rest) if len(rest) > 1 else lines


def _without_edges(found: list[Component], shape: tuple[int, int]) -> list[Component]:
    """Leave out what is no writing: at the border and much larger than the rest, or all in it."""
    found = [c for c in found if not _in_margin(c, shape)] or found
    inner = [c for c in found if not _at_border(c, shape)]
    most = HUGE * typical_height(inner) if inner else np.inf
    return [c for c in found if not _at_border(c, shape) or max(c.height, c.width) <= most]


def _in_margin(c: Component, shape: tuple[int, int]) -> bool:
    height, width = (MARGIN * side for side in shape)
    return (
        c.bottom < height
        or c.right < width
        or shape[0] - c.top < height
        or shape[1] - c.left < width
    )


def _at_border(c: Component, shape: tuple[int, int]) -> bool:
    return c.top == 0 or c.left == 0 or (c.bottom, c.right) >= shape


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


def _level(line: Line) -> float:
    return float(np.median([digit.middle for digit in line]))


def _within(part: Component, lines: list[Line]) -> bool:
    return any(top <= part.bottom and part.top <= bottom for top, bottom in map(_extent, lines))


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
