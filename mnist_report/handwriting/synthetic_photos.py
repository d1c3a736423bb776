"""Photos of synthetic pages: paper, ink, ruling, light, lens and sensor."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_report.handwriting import deskew

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """The look of a page as it is written, and as it is photographed."""

    size: tuple[float, float] = (36.0, 64.0)  # least and largest height of a line's digits, pixels
    touching: float = 0.0  # share of neighbouring digits that touch each other
    pen: float | None = None  # the stroke's width over the digit's height; None keeps the strokes
    paper: Colour = (250, 249, 245)
    ink: Colour = (28, 30, 40)  # lighter than the paper for chalk on a board
    ruled: float = 0.0  # how much the ruling darkens the paper, of 0 to 1
    squared: bool = False  # whether there are vertical lines, too
    degrees: float = 0.0  # how far the page is rotated, to either side
    shadow: float = 0.0  # share of the light that is lost at the darkest place
    blur: float = 0.0  # standard deviation in pixels
    noise: float = 0.0  # the camera's standard deviation, as a share of white; with it comes JPEG


def coloured(ink: np.ndarray, look: Look) -> np.ndarray:
    """Put ink and ruling on paper: (H, W) → (H, W, 3) from 0 to 1."""
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


def rotated(
    picture: np.ndarray, centres: np.ndarray, look: Look, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rotate the page around its middle, on a sheet that is large enough; with the new centres."""
    degrees = look.degrees * rng.uniform(0.85, 1) * rng.choice([-1, 1])
    larger = deskew.rotate(picture, degrees)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    old, new = ((np.array(p.shape[:2]) - 1) / 2 for p in (picture, larger))
    return larger, (centres - old) @ np.array([[cos, sin], [-sin, cos]]) + new


def photographed(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Apply light, lens, sensor and file: (H, W, 3) from 0 to 1 → bytes."""
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
    """Make light (H, W) from 1 − shadow to 1: a slope across the page, and an edge's shadow."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle, edge = rng.uniform(0, 2 * np.pi, 2)
    across = np.cos(angle) * (columns / width - 0.5) + np.sin(angle) * (rows / height - 0.5)
    slope = (across - across.min()) / np.ptp(across)
    distance = np.cos(edge) * (columns - width / 2) + np.sin(edge) * (rows - height / 2)
    hidden = 1 / (1 + np.exp((distance / 12).clip(-50, 50)))  # a penumbra of some dozen pixels
    return 1 - shadow * (0.5 * slope + 0.5 * hidden)
