"""From ink to digits: pieces of ink, dots dropped, broken strokes joined, in reading order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from skimage.measure import label, regionprops

SMALLEST = 7  # pixels: what is neither higher nor wider is dirt or noise
# Shares of the typical height of the digits on the page:
TALL = 0.45  # from here on a piece is a digit of its own
OTHER_SIZE = 0.2  # from here on, if it stands in no line: there is smaller writing, too
NEAR = 0.25  # as far a part may be from its digit
SPECK = 0.006  # of the height's square: less ink than this is dirt
COMMA = 0.75  # of the line's height: a small piece beside a digit, below this, is punctuation
OVERLAP = 0.5  # of the narrower one's width that two pieces of one digit have in common
HUGE = 2.5  # times as high as the rest, and at the border: the edge of the paper, or a hand


@dataclass(frozen=True)
class Piece:
    """Some ink: a digit, or a part of one.

    Attributes:
        top, left: of the box around it, in rows and columns of the page.
        mask: (H, W) bool, the ink in the box.
    """

    top: int
    left: int
    mask: np.ndarray

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.top + self.mask.shape[0]

    @property
    def right(self) -> int:
        """The first column to the right of the box."""
        return self.left + self.mask.shape[1]

    @property
    def height(self) -> int:
        """Of the box, in rows."""
        return self.mask.shape[0]

    @property
    def width(self) -> int:
        """Of the box, in columns."""
        return self.mask.shape[1]

    @property
    def middle(self) -> float:
        """The row in the middle."""
        return (self.top + self.bottom) / 2

    @property
    def area(self) -> int:
        """Pixels with ink."""
        return int(self.mask.sum())


Line = list[Piece]


def segment(mask: np.ndarray) -> list[Line]:
    """The digits of a page: lines from top to bottom, in each of them digits from left to right.

    Args:
        mask: (H, W) bool, where there is ink, lines of writing along the rows.
    """
    found = [piece for piece in pieces(mask) if max(piece.mask.shape) >= SMALLEST]
    if not found:
        return []
    return sorted(_lines_of(_without_edges(found, mask.shape)), key=_level)


def pieces(mask: np.ndarray) -> list[Piece]:
    """The connected pieces of ink, also those that only corners connect."""
    return [
        Piece(*piece.bbox[:2], piece.image) for piece in regionprops(label(mask, connectivity=2))
    ]


def typical_height(found: list[Piece]) -> float:
    """The height of digits: half of the ink is in pieces that are no higher."""
    order = sorted(found, key=lambda piece: piece.height)
    share = np.cumsum([piece.area for piece in order])
    return float(order[int(np.searchsorted(share, share[-1] / 2))].height)


def joined(a: Piece, b: Piece) -> Piece:
    """Both together."""
    top, left = min(a.top, b.top), min(a.left, b.left)
    mask = np.zeros((max(a.bottom, b.bottom) - top, max(a.right, b.right) - left), dtype=bool)
    for piece in (a, b):
        rows = slice(piece.top - top, piece.bottom - top)
        mask[rows, piece.left - left : piece.right - left] |= piece.mask
    return Piece(top, left, mask)


def _lines_of(found: list[Piece]) -> list[Line]:
    typical = typical_height(found)
    lines = _in_lines([piece for piece in found if piece.height >= TALL * typical])
    small = [
        piece
        for piece in found
        if piece.height < TALL * typical and piece.area > SPECK * typical**2
    ]
    rest = [p for p in small if p.height >= OTHER_SIZE * typical and not _within(p, lines)]
    for piece in small:
        if piece.width < typical:  # or else it is a dash, or a line below the writing
            _attach(piece, lines, typical)
    lines = [_one_a_digit(line) for line in lines]
    return lines + _lines_of(rest) if len(rest) > 1 else lines


def _without_edges(found: list[Piece], shape: tuple[int, int]) -> list[Piece]:
    """Without what touches the border and is much larger than all that does not."""
    inner = [piece for piece in found if not _at_border(piece, shape)]
    if not inner:
        return found
    most = HUGE * typical_height(inner)
    return [p for p in found if not _at_border(p, shape) or max(p.height, p.width) <= most]


def _at_border(piece: Piece, shape: tuple[int, int]) -> bool:
    return piece.top == 0 or piece.left == 0 or (piece.bottom, piece.right) >= shape


def _in_lines(digits: list[Piece]) -> list[Line]:
    """A piece belongs to the line in whose height its middle lies; the highest begin the lines."""
    lines: list[Line] = []
    for piece in sorted(digits, key=lambda piece: -piece.height):
        for line in lines:
            top, bottom = _extent(line)
            if top <= piece.middle <= bottom:
                line.append(piece)
                break
        else:
            lines.append([piece])
    return lines


def _extent(line: Line) -> tuple[float, float]:
    """Its usual first and last row, not counting parts of digits."""
    most = max(piece.height for piece in line)
    high = [piece for piece in line if piece.height >= 0.8 * most]
    return float(np.median([p.top for p in high])), float(np.median([p.bottom for p in high]))


def _level(line: Line) -> float:
    return float(np.median([piece.middle for piece in line]))


def _within(piece: Piece, lines: list[Line]) -> bool:
    return any(top <= piece.bottom and piece.top <= bottom for top, bottom in map(_extent, lines))


def _attach(part: Piece, lines: list[Line], typical: float) -> None:
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
    """From left to right, pieces that stand above each other joined."""
    digits: Line = []
    for piece in sorted(line, key=lambda piece: piece.left):
        last = digits[-1] if digits else None
        if last and _overlap(piece, last) > OVERLAP * min(piece.width, last.width):
            digits[-1] = joined(last, piece)
        else:
            digits.append(piece)
    return digits


def _overlap(a: Piece, b: Piece) -> int:
    """Columns that both have; less than 0 is a gap."""
    return min(a.right, b.right) - max(a.left, b.left)


def _gap(a: Piece, b: Piece) -> float:
    """Distance of the boxes in pixels."""
    down = max(0, a.top - b.bottom, b.top - a.bottom)
    return float(np.hypot(max(0, -_overlap(a, b)), down))
