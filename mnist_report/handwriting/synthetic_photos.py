"""Photos of synthetic pages: ink, paper, what is printed on it, desk, light, lens and sensor."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_report.handwriting import deskew

Colour = tuple[int, int, int]
STEP = 34  # pixels between printed lines


@dataclass(frozen=True)
class Look:
    """The look of a page as it is written, and as it is photographed."""

    size: tuple[float, float] = (36.0, 64.0)  # least and largest height of a line's digits, pixels
    on_a_page: int = 50  # digits
    touching: float = 0.0  # share of neighbouring digits that touch each other
    pen: float | None = None  # the stroke's width over the digit's height; None: the writer's own
    pale: float = 0.0  # how much paler a stroke is in places, of 0 to 1
    grain: float = 0.0  # the same from pixel to pixel, as of pencil and chalk
    marks: float = 0.0  # share of digits with a mark behind them that is no digit
    letters: float = 0.0  # the same, with a letter
    paper: Colour = (250, 249, 245)
    ink: Colour = (28, 30, 40)  # lighter than the paper for chalk on a board
    printed: str = ""  # "rows", "squares", "boxes" (apart), "joined" (boxes) or "table"
    ruled: float = 0.0  # how much the printed lines darken the paper, of 0 to 1
    back: float = 0.0  # how much of the back's writing shines through
    desk: Colour | None = None  # around the sheet
    wood: float = 0.0  # grain of the desk, of 0 to 1
    degrees: float = 0.0  # how far the page is rotated, to either side
    shadow: float = 0.0  # share of the light that is lost at the darkest place
    vignette: float = 0.0  # share of the light that is lost in the corners
    blur: float = 0.0  # standard deviation in pixels
    noise: float = 0.0  # the camera's standard deviation, as a share of white; with it comes JPEG


def coloured(
    ink: np.ndarray, cells: np.ndarray, look: Look, rng: np.random.Generator
) -> np.ndarray:
    """Put ink (H, W) on paper, in cells (N, 4) of left, top, width, height: (H, W, 3), 0 to 1."""
    paper = np.broadcast_to(np.array(look.paper, np.float32) / 255, (*ink.shape, 3)).copy()
    if look.ruled:
        tint = np.array([1.0, 0.75, 0.45], np.float32) * look.ruled  # a printed light blue
        paper *= 1 - _printed(ink.shape, cells, look.printed)[..., np.newaxis] * tint
    pen = np.array(look.ink, np.float32) / 255
    strength = 1 - look.pale * _clouds(ink.shape, 10, rng) if look.pale else 1
    if look.grain:
        strength = strength * (1 - look.grain * _clouds(ink.shape, 0.8, rng))
    strength = np.maximum(ink * strength, look.back * ink[:, ::-1])
    return paper + strength[..., np.newaxis] * (pen - paper)


def _printed(shape: tuple[int, int], cells: np.ndarray, kind: str) -> np.ndarray:
    lines = np.zeros(shape, np.float32)
    if kind in ("rows", "squares"):
        lines[STEP // 2 :: STEP] = lines[STEP // 2 + 1 :: STEP] = 1
    if kind == "squares":
        lines[:, STEP // 2 :: STEP] = lines[:, STEP // 2 + 1 :: STEP] = 1
    if kind in ("boxes", "joined", "table"):
        for cell in np.rint(cells).astype(int).tolist():
            cv2.rectangle(lines, cell, 1, 2)
    return lines


def _clouds(shape: tuple[int, int], size: float, rng: np.random.Generator) -> np.ndarray:
    """Make noise (H, W) from 0 to 1 whose spots are some pixels large."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), size)
    return (0.5 + 0.5 * noise / noise.std()).clip(0, 1)


def on_desk(
    picture: np.ndarray, centres: np.ndarray, look: Look, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay the sheet on a desk and rotate it around its middle; with the new centres."""
    if look.desk:
        rim = round(picture.shape[1] * rng.uniform(0.04, 0.12))
        height, width = (side + 2 * rim for side in picture.shape[:2])
        fibres = _clouds((height // 4 + 1, width // 40 + 1), 1, rng)
        fibres = cv2.resize(fibres, (width, height))[..., np.newaxis]
        around = np.array(look.desk, np.float32) / 255 * (1 - look.wood * fibres)
        around[rim:-rim, rim:-rim] = picture
        picture, centres = around, centres + rim
    if not look.degrees:
        return picture, centres
    degrees = look.degrees * rng.uniform(0.85, 1) * rng.choice([-1, 1])
    larger = deskew.rotate(picture, degrees)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    old, new = ((np.array(p.shape[:2]) - 1) / 2 for p in (picture, larger))
    return larger, (centres - old) @ np.array([[cos, sin], [-sin, cos]]) + new


def photographed(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Apply light, lens, sensor and file: (H, W, 3) from 0 to 1 → bytes."""
    picture = picture * _light(*picture.shape[:2], look, rng)[..., np.newaxis]
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


def _light(height: int, width: int, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Make light (H, W) up to 1: a slope across the page, an edge's shadow, dark corners."""
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    angle, edge = rng.uniform(0, 2 * np.pi, 2)
    across = np.cos(angle) * x + np.sin(angle) * y
    slope = (across - across.min()) / max(np.ptp(across), 1e-9)
    distance = np.cos(edge) * x * width + np.sin(edge) * y * height
    hidden = 1 / (1 + np.exp((distance / 12).clip(-50, 50)))  # a penumbra of some dozen pixels
    light = 1 - look.shadow * (0.5 * slope + 0.5 * hidden)
    return light * (1 - look.vignette * 2 * (x**2 + y**2))
