"""Synthetic pages: digits of MNIST written on paper and photographed, with the true labels.

Everything is seeded: the same digits, look and seed give the same page.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from skimage.morphology import skeletonize
from skimage.transform import resize

from mnist_report.common.errors import DataError
from mnist_report.datasets.size_normalisation import box
from mnist_report.handwriting.synthetic_photos import Look, coloured, photographed, rotated

WIDTH = 900  # pixels of a page; its height follows from what is written
MARGIN = 40

CLEAN = Look()
# Each kind of disturbance in three strengths: what it changes of a clean page.
KINDS: dict[str, tuple[dict, dict, dict]] = {
    "size": ({"size": (20, 28)}, {"size": (15, 20)}, {"size": (11, 15)}),
    "thin_pen": ({"pen": 0.08}, {"pen": 0.055}, {"pen": 0.035}),
    "touching": ({"touching": 0.1}, {"touching": 0.25}, {"touching": 0.5}),
    "paper": (
        {"paper": (240, 226, 190), "ink": (40, 60, 140)},
        {"paper": (205, 170, 120), "ink": (70, 60, 60)},
        {"paper": (150, 155, 150), "ink": (105, 105, 105)},
    ),
    "board": (
        {"paper": (20, 20, 20), "ink": (250, 250, 250)},
        {"paper": (45, 80, 60), "ink": (215, 220, 210)},
        {"paper": (70, 90, 80), "ink": (150, 155, 150)},
    ),
    "lines": (
        {"ruled": 0.15},
        {"ruled": 0.35},
        {"ruled": 0.35, "squared": True},
    ),
    "shadow": ({"shadow": 0.3}, {"shadow": 0.5}, {"shadow": 0.7}),
    "blur": ({"blur": 1.5}, {"blur": 3.0}, {"blur": 4.5}),
    "rotation": ({"degrees": 3.0}, {"degrees": 7.0}, {"degrees": 12.0}),
    "noise": ({"noise": 0.05}, {"noise": 0.1}, {"noise": 0.2}),
    "photo": (
        {"ruled": 0.1, "shadow": 0.25, "blur": 0.8, "noise": 0.03, "degrees": 2.0},
        {"ruled": 0.2, "shadow": 0.4, "blur": 1.2, "noise": 0.06, "degrees": 4.0, "pen": 0.08},
        {"ruled": 0.3, "shadow": 0.6, "blur": 1.6, "noise": 0.1, "degrees": 7.0, "pen": 0.06},
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
    # Places and photo draw from generators of their own, so that all looks share the places.
    places, photo = (np.random.default_rng([seed, k]) for k in (0, 1))
    ink, centres, sizes, lines = _lay_out(images, look, places)
    picture = coloured(ink, look)
    if look.degrees:
        picture, centres = rotated(picture, centres, look, photo)
    picture = photographed(picture, look, photo)
    return Page(picture, labels, centres, sizes, lines)


def excerpt(page: Page) -> np.ndarray:
    """Cut out some six digits from the beginning of a page: (H, W, 3) bytes."""
    height = int(page.sizes[:6].max())
    row, column = page.centres[:4].mean(axis=0).astype(int)
    rows = slice(max(0, row - height), row + height)
    return page.picture[rows, max(0, column - 3 * height) : column + 3 * height]


def examples(digits: ArrayLike, labels: ArrayLike, seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Return an excerpt of a page of these digits for each kind, in each of its strengths."""
    return {
        kind: [excerpt(write(digits, labels, look(kind, strength), seed)) for strength in STRENGTHS]
        for kind in KINDS
    }


def _lay_out(
    images: np.ndarray, look: Look, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the page's ink (H, W), 0 to 1; centres (N, 2), sizes (N,), lines (N,) of digits."""
    digits, centres, sizes, lines = [], [], [], []
    line, left, top = 0, float(MARGIN), float(MARGIN)
    height = rng.uniform(*look.size)
    for image in images:
        gap, shift, chance = rng.uniform(0.22, 0.7), rng.uniform(-0.06, 0.06), rng.random()
        digit = _draw(image, height, look.pen)
        if left + digit.shape[1] > WIDTH - MARGIN:
            line, left, top = line + 1, float(MARGIN), top + 1.6 * height
            height = rng.uniform(*look.size)
            digit = _draw(image, height, look.pen)
        elif digits and chance < look.touching:
            left = _touch(digits[-1], digit, left, top + shift * height)
        middle = top + (0.5 + shift) * height
        row, column = round(middle - digit.shape[0] / 2), round(left)
        digits.append((row, column, digit))
        centres.append(np.add(ndimage.center_of_mass(digit), (row, column)))
        sizes.append(height)
        lines.append(line)
        left = column + digit.shape[1] + gap * height
    ink = np.zeros((round(top + height + MARGIN), WIDTH), dtype=np.float32)
    for row, column, digit in digits:
        part = ink[row : row + digit.shape[0], column : column + digit.shape[1]]
        np.maximum(part, digit, out=part)
    return ink, np.array(centres), np.array(sizes), np.array(lines)


def _draw(image: np.ndarray, height: float, pen: float | None) -> np.ndarray:
    """Return a digit's ink, cut out, its longer side brought from MNIST's 20 pixels to `height`."""
    cut = image[box(image)] / np.float32(255)
    size = [max(1, round(side * height / max(cut.shape))) for side in cut.shape]
    digit = resize(cut, size, order=3, anti_aliasing=True).clip(0, 1)
    if pen is None:
        return digit
    away = ndimage.distance_transform_edt(~skeletonize(digit > 0.4))
    return (pen * height / 2 + 0.5 - away).clip(0, 1).astype(np.float32)


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
