"""Synthetic pages: digits of MNIST written with any pen and photographed, with the true labels.

Everything is seeded: the same digits, look and seed give the same page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from scipy import ndimage

from mnist_report.common.errors import DataError
from mnist_report.handwriting import image_files
from mnist_report.handwriting.synthetic_photos import Look, coloured, on_desk, photographed
from mnist_report.handwriting.synthetic_strokes import LETTERS, MARKS, drawn, sign

WIDTH = 900  # pixels of a page; its height follows from what is written
MARGIN = 40
# Printed cells: their width, the gap to the next, and from row to row, over the digits' height.
CELLS = {"boxes": (1.3, 0.25, 1.8), "joined": (1.2, 0.0, 1.9), "table": (1.3, 0.0, 1.4)}

CLEAN = Look()
PHOTO = {"printed": "rows", "pen": 0.07, "vignette": 0.2}
ALONE = {"size": (150, 400), "on_a_page": 1}
# Each kind of disturbance in three strengths: what it changes of a clean page.
KINDS: dict[str, tuple[dict, dict, dict]] = {
    "alone": (ALONE | {"pen": 0.1}, ALONE | {"pen": 0.04, "pale": 0.3}, ALONE | {"pen": 0.02}),
    "size": ({"size": (20, 28)}, {"size": (15, 20)}, {"size": (11, 15)}),
    "thin_pen": ({"pen": 0.08}, {"pen": 0.05}, {"pen": 0.03}),
    "thick_pen": ({"pen": 0.14}, {"pen": 0.18}, {"pen": 0.22}),
    "pencil": (
        {"pen": 0.08, "ink": (90, 90, 95), "grain": 0.3},
        {"pen": 0.06, "ink": (120, 120, 125), "grain": 0.5, "pale": 0.3},
        {"pen": 0.05, "ink": (150, 150, 155), "grain": 0.6, "pale": 0.5},
    ),
    "touching": ({"touching": 0.1}, {"touching": 0.25}, {"touching": 0.5}),
    "paper": (
        {"paper": (240, 226, 190), "ink": (40, 60, 140)},
        {"paper": (205, 170, 120), "ink": (70, 60, 60)},
        {"paper": (150, 155, 150), "ink": (105, 105, 105)},
    ),
    "board": (
        {"paper": (20, 20, 20), "ink": (250, 250, 250)},
        {"paper": (45, 80, 60), "ink": (215, 220, 210), "grain": 0.4},
        {"paper": (70, 90, 80), "ink": (150, 155, 150), "grain": 0.6, "pale": 0.3},
    ),
    "lines": (
        {"printed": "rows", "ruled": 0.15},
        {"printed": "rows", "ruled": 0.35, "pen": 0.06},
        {"printed": "squares", "ruled": 0.35, "pen": 0.06},
    ),
    "boxes": (
        {"printed": "boxes", "ruled": 0.5},
        {"printed": "joined", "ruled": 0.7, "pen": 0.06},
        {"printed": "table", "ruled": 0.9, "pen": 0.06},
    ),
    "back": ({"back": 0.08}, {"back": 0.14}, {"back": 0.2}),
    "desk": (
        {"desk": (170, 160, 150), "degrees": 1},
        {"desk": (95, 70, 50), "wood": 0.3, "degrees": 3},
        {"desk": (40, 30, 25), "wood": 0.5, "degrees": 6},
    ),
    "shadow": ({"shadow": 0.3}, {"shadow": 0.5}, {"shadow": 0.7}),
    "vignette": ({"vignette": 0.25}, {"vignette": 0.5}, {"vignette": 0.75}),
    "blur": ({"blur": 1.5}, {"blur": 3.0}, {"blur": 4.5}),
    "rotation": ({"degrees": 3.0}, {"degrees": 7.0}, {"degrees": 12.0}),
    "noise": ({"noise": 0.05}, {"noise": 0.1}, {"noise": 0.2}),
    "marks": ({"marks": 0.1}, {"marks": 0.3}, {"marks": 0.3, "letters": 0.3}),
    "photo": (
        PHOTO | {"ruled": 0.1, "shadow": 0.25, "blur": 0.8, "noise": 0.03, "degrees": 2.0},
        PHOTO | {"ruled": 0.2, "shadow": 0.4, "blur": 1.2, "noise": 0.06, "degrees": 4.0},
        PHOTO | {"ruled": 0.3, "shadow": 0.6, "blur": 1.6, "noise": 0.1, "degrees": 7.0},
    ),
}
STRENGTHS = (1, 2, 3)


@dataclass(frozen=True)
class Page:
    """A page and what stands on it, in reading order."""

    picture: np.ndarray  # (H, W, 3) bytes
    labels: np.ndarray  # (N,)
    centres: np.ndarray  # (N, 2) row and column of each digit's centre of mass in the picture
    sizes: np.ndarray  # (N,) height of each digit in pixels
    lines: np.ndarray  # (N,) number of its line

    @property
    def grey(self) -> np.ndarray:
        """The picture in grey, (H, W) from 0 to 1."""
        return image_files.grey(Image.fromarray(self.picture))


def look(kind: str = "clean", strength: int = 0) -> Look:
    """Return the look of a kind of disturbance in one of its strengths, 1 (slight) to 3 (severe).

    Raises:
        DataError: there is no such kind or strength.
    """
    if kind == "clean":
        return CLEAN
    if kind not in KINDS or strength not in STRENGTHS:
        raise DataError(
            f"No disturbance {kind!r} of strength {strength}: choose one of "
            f"{', '.join(KINDS)}, and 1 to 3."
        )
    return replace(CLEAN, **KINDS[kind][strength - 1])


def write(images: ArrayLike, labels: ArrayLike, look: Look = CLEAN, seed: int = 0) -> Page:
    """Lay digits (N, 28, 28), bytes, with labels (N,) out in lines on a page, and photograph it.

    The seed is that of the places and sizes, and of the photo.

    Raises:
        DataError: shapes do not fit, there is no digit, or one has no ink.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    fitting = images.shape == (len(labels), 28, 28) and len(labels)
    if not fitting or not images.any(axis=(1, 2)).all():
        raise DataError(f"Images {images.shape} and labels {labels.shape} make no page.")
    # Each draws from a generator of its own, so that all looks share the places.
    places, signs, photo = (np.random.default_rng([seed, k]) for k in (0, 1, 2))
    ink, centres, sizes, lines, cells = _lay_out(images, look, places, signs)
    picture, centres = on_desk(coloured(ink, cells, look, photo), centres, look, photo)
    return Page(photographed(picture, look, photo), labels, centres, sizes, lines)


def excerpt(page: Page) -> np.ndarray:
    """Cut out some six digits from the beginning of a page: (H, W, 3) bytes."""
    height = int(page.sizes[:6].max())
    row, column = page.centres[:4].mean(axis=0).astype(int)
    rows = slice(max(0, row - height), row + height)
    return page.picture[rows, max(0, column - 3 * height) : column + 3 * height]


def examples(digits: ArrayLike, labels: ArrayLike, seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Return an excerpt of a page of these digits for each kind, in each of its strengths."""

    def shown(look: Look) -> np.ndarray:
        page = write(digits[: look.on_a_page], labels[: look.on_a_page], look, seed)
        return excerpt(page) if look.on_a_page > 1 else page.picture

    return {kind: [shown(look(kind, strength)) for strength in STRENGTHS] for kind in KINDS}


def _lay_out(
    images: np.ndarray, look: Look, rng: np.random.Generator, signs: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Return the page's ink (H, W), 0 to 1; centres (N, 2), sizes (N,), lines (N,) of the digits,
    and their cells (N, 4)."""
    boxed = look.printed in CELLS
    wide, gap_of_cells, pitch = CELLS.get(look.printed, (0, 0, 1.6))
    placed, centres, sizes, lines, cells = [], [], [], [], []
    line, left, top = 0, float(MARGIN), float(MARGIN)
    height = rng.uniform(*look.size)
    for image in images:
        gap, shift, chance = rng.uniform(0.22, 0.7), rng.uniform(-0.06, 0.06), rng.random()
        digit = drawn(image, height, look.pen)
        if left + max(digit.shape[1], wide * height) > WIDTH - MARGIN and lines:
            line, left, top = line + 1, float(MARGIN), top + pitch * height
            height = height if boxed else rng.uniform(*look.size)
            digit = drawn(image, height, look.pen)
        elif placed and chance < look.touching:
            left = _touch(placed[-1], digit, left, top + shift * height)
        inset = (wide * height - digit.shape[1]) / 2 if boxed else 0
        row, column = round(top + (0.5 + shift) * height - digit.shape[0] / 2), round(left + inset)
        placed.append((row, column, digit))
        centres.append(np.add(ndimage.center_of_mass(digit), (row, column)))
        sizes.append(height)
        lines.append(line)
        cells.append((left, top - 0.2 * height, wide * height, 1.4 * height))
        left += (wide + gap_of_cells) * height if boxed else digit.shape[1] + gap * height
        for image_of_sign, size in _signs(look, signs):
            mark = drawn(image_of_sign, size * height, min(0.7, (look.pen or 0.1) / size))
            low = 1 if size < 0.3 else 0.5 + size / 2  # a comma stands on the line
            placed.append((round(top + low * height - mark.shape[0]), round(left), mark))
            left += mark.shape[1] + gap * height
    width = max(column + digit.shape[1] for _, column, digit in placed)
    width = round(max(width, left if boxed else 0)) + MARGIN
    ink = np.zeros((round(top + 1.2 * height + MARGIN), width), dtype=np.float32)
    for row, column, digit in placed:
        part = ink[row : row + digit.shape[0], column : column + digit.shape[1]]
        np.maximum(part, digit, out=part)
    return ink, np.array(centres), np.array(sizes), np.array(lines), np.array(cells)


def _signs(look: Look, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, float]]:
    """Yield signs that follow a digit and are none, and how large they are beside it."""
    if rng.random() < look.marks:
        mark = str(rng.choice(list(MARKS)))
        yield sign(mark, rng), MARKS[mark]
    if rng.random() < look.letters:
        yield sign(str(rng.choice(list(LETTERS))), rng), 1.0


def _touch(
    before: tuple[int, int, np.ndarray], digit: np.ndarray, left: float, top: float
) -> float:
    """Return the column where the digit just touches the one before, or `left` if it never does."""
    row, column, ink = before
    shift, gaps = round(top) - row, []
    for r, line in enumerate(digit):
        if 0 <= r + shift < len(ink):
            own, other = np.flatnonzero(line > 0.5), np.flatnonzero(ink[r + shift] > 0.5)
            gaps += [own[0] - other[-1]] if len(own) and len(other) else []
    return column - min(gaps) if gaps else left
