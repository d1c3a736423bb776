"""Test pages: digits of MNIST written on paper and photographed, with what truly stands there.

Everything is seeded: the same digits, look and seed give the same page.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from scipy import ndimage
from skimage.morphology import skeletonize
from skimage.transform import resize

from mnist_report.errors import DataError

WIDTH = 900  # pixels of a page; its height follows from what is written
MARGIN = 40
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """How a page is written, and how it is photographed.

    Attributes:
        size: least and largest height of a line's digits in pixels; each line has its own.
        touching: the share of neighbouring digits that touch each other.
        pen: the stroke's width over the digit's height; None keeps the strokes as they are.
        paper: its colour, of 0 to 255.
        ink: its colour; lighter than the paper for chalk on a board.
        ruled: how much the printed lines darken the paper, of 0 to 1.
        squared: whether there are vertical lines, too.
        degrees: how far the page is turned, to either side.
        shadow: the share of the light that is lost at the darkest place.
        blur: standard deviation of the blur in pixels.
        noise: standard deviation of the camera's noise, as a share of white; with it comes JPEG.
    """

    size: tuple[float, float] = (36.0, 64.0)
    touching: float = 0.0
    pen: float | None = None
    paper: Colour = (250, 249, 245)
    ink: Colour = (28, 30, 40)
    ruled: float = 0.0
    squared: bool = False
    degrees: float = 0.0
    shadow: float = 0.0
    blur: float = 0.0
    noise: float = 0.0


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
    """A page and what stands on it, in reading order.

    Attributes:
        picture: (H, W, 3) bytes.
        labels: (N,) the digits.
        centres: (N, 2) row and column of each digit's centre of mass in the picture.
        sizes: (N,) height of each digit in pixels.
        lines: (N,) number of its line.
    """

    picture: np.ndarray
    labels: np.ndarray
    centres: np.ndarray
    sizes: np.ndarray
    lines: np.ndarray


def look(kind: str = "clean", strength: int = 0) -> Look:
    """The look of a kind of disturbance in one of its strengths, 1 (slight) to 3 (severe).

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
    """Digits laid out in lines on a page, and a photo of it.

    Args:
        images: (N, 28, 28) bytes, each with ink.
        labels: (N,).
        look: of the page.
        seed: of the places and sizes, and of the photo.

    Raises:
        DataError: shapes do not fit, or there is no digit.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if images.shape != (len(labels), 28, 28) or not len(labels):
        raise DataError(f"Images {images.shape} and labels {labels.shape} make no page.")
    # Places and photo draw from generators of their own, so that all looks share the places.
    places, photo = (np.random.default_rng([seed, k]) for k in (0, 1))
    ink, centres, sizes, lines = _lay_out(images, look, places)
    picture = _colour(ink, look)
    if look.degrees:
        picture, centres = _turn(picture, centres, look, photo)
    picture = _photograph(picture, look, photo)
    return Page(picture, labels, centres, sizes, lines)


def _lay_out(
    images: np.ndarray, look: Look, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ink of the page (H, W) from 0 to 1; centres (N, 2), sizes (N,) and lines (N,) of digits."""
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
        centres.append(np.array(ndimage.center_of_mass(digit)) + (row, column))
        sizes.append(height)
        lines.append(line)
        left = column + digit.shape[1] + gap * height
    ink = np.zeros((round(top + height + MARGIN), WIDTH), dtype=np.float32)
    for row, column, digit in digits:
        part = ink[row : row + digit.shape[0], column : column + digit.shape[1]]
        np.maximum(part, digit, out=part)
    return ink, np.array(centres), np.array(sizes), np.array(lines)


def _draw(image: np.ndarray, height: float, pen: float | None) -> np.ndarray:
    """The ink of a digit, cut out, its longer side brought from MNIST's 20 pixels to `height`."""
    rows, columns = np.nonzero(image)
    cut = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] / np.float32(255)
    size = [max(1, round(side * height / max(cut.shape))) for side in cut.shape]
    digit = resize(cut, size, order=3, anti_aliasing=True).clip(0, 1)
    if pen is None:
        return digit
    away = ndimage.distance_transform_edt(~skeletonize(digit > 0.4))
    return (pen * height / 2 + 0.5 - away).clip(0, 1).astype(np.float32)


def _touch(before: tuple[int, int, np.ndarray], digit: np.ndarray, left: float, top: float) -> float:
    """The column at which the digit just touches the one before it."""
    row, column, ink = before
    shift = round(top) - row
    right = [np.flatnonzero(line > 0.5) for line in ink]
    gaps = []
    for r, line in enumerate(digit):
        own = np.flatnonzero(line > 0.5)
        if 0 <= r + shift < len(right) and len(own) and len(right[r + shift]):
            gaps.append(own[0] - right[r + shift][-1])
    return column - min(gaps) if gaps else left


def _colour(ink: np.ndarray, look: Look) -> np.ndarray:
    """Ink and printed lines on paper: (H, W) → (H, W, 3) from 0 to 1."""
    paper = np.broadcast_to(np.array(look.paper, np.float32) / 255, (*ink.shape, 3)).copy()
    if look.ruled:
        step = 34
        printed = np.zeros(ink.shape, np.float32)
        printed[step // 2 :: step] = printed[step // 2 + 1 :: step] = 1
        if look.squared:
            printed[:, step // 2 :: step] = printed[:, step // 2 + 1 :: step] = 1
        tint = np.array([1.0, 0.75, 0.45], np.float32) * look.ruled  # a printed light blue
        paper *= 1 - printed[..., np.newaxis] * tint
    pen = np.array(look.ink, np.float32) / 255
    return paper + ink[..., np.newaxis] * (pen - paper)


def _turn(
    picture: np.ndarray, centres: np.ndarray, look: Look, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The page turned around its middle, on a sheet that is large enough, and the new centres."""
    degrees = look.degrees * rng.uniform(0.85, 1) * rng.choice([-1, 1])
    options = {"order": 1, "mode": "nearest"}
    turned = ndimage.rotate(picture, degrees, axes=(1, 0), **options)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    old, new = ((np.array(p.shape[:2]) - 1) / 2 for p in (picture, turned))
    return turned, (centres - old) @ np.array([[cos, sin], [-sin, cos]]) + new


def _photograph(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Light, lens, sensor and file: (H, W, 3) from 0 to 1 → bytes."""
    height, width = picture.shape[:2]
    if look.shadow:
        picture = picture * _light(height, width, look.shadow, rng)[..., np.newaxis]
    if look.blur:
        picture = ndimage.gaussian_filter(picture, (look.blur, look.blur, 0))
    if look.noise:
        # Photons are noisier where there is more light; the rest is the sensor's own.
        spread = look.noise * np.sqrt(0.25 + 0.75 * picture.clip(0, 1))
        picture = picture + spread * rng.standard_normal(picture.shape, dtype=np.float32)
    photo = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
    if not look.noise:
        return photo
    stored = io.BytesIO()
    Image.fromarray(photo).save(stored, "JPEG", quality=70)
    return np.array(Image.open(stored))


def _light(height: int, width: int, shadow: float, rng: np.random.Generator) -> np.ndarray:
    """Light (H, W) from 1 − shadow to 1: a slope across the page, and the shadow of a straight edge."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle, edge = rng.uniform(0, 2 * np.pi, 2)
    across = np.cos(angle) * (columns / width - 0.5) + np.sin(angle) * (rows / height - 0.5)
    slope = (across - across.min()) / np.ptp(across)
    distance = np.cos(edge) * (columns - width / 2) + np.sin(edge) * (rows - height / 2)
    hidden = 1 / (1 + np.exp((distance / 12).clip(-50, 50)))  # a penumbra of some dozen pixels
    dark = 0.5 * slope + 0.5 * hidden
    return 1 - shadow * dark
