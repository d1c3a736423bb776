"""Kinds of corruption: ink (N, 28, 28) from 0 to 1, a severity from 1 to 5, and a generator."""

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from scipy import ndimage

from mnist_report.datasets.augmentation import sampling_grid

ROWS, COLUMNS = np.mgrid[:28, :28].astype(np.float32)
SQUARE = np.ones((1, 3, 3), dtype=bool)  # neighbours, none of them in the next image
THICKNESS = (1.0, 1.4, 1.8, 2.4, 3.0)  # of lines in pixels, by severity


def shot_noise(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Count few photons: Poisson numbers, of at most 60 (severity 1) down to 3 for ink."""
    photons = (60, 25, 12, 5, 3)[severity - 1]
    return rng.poisson(x * photons).astype(np.float32) / photons


def impulse_noise(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Turn a share of the pixels, 3 to 27 %, to paper or to ink, half of them each."""
    share = (0.03, 0.06, 0.09, 0.17, 0.27)[severity - 1]
    chance = rng.random(x.shape, dtype=np.float32)
    return np.where(chance < share / 2, 0, np.where(chance < share, 1, x))


def gaussian_noise(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Add an error to each pixel, of standard deviation 0.08 to 0.38 of full ink."""
    deviation = (0.08, 0.12, 0.18, 0.26, 0.38)[severity - 1]
    return x + np.float32(deviation) * rng.standard_normal(x.shape, dtype=np.float32)


def frosted_glass(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Look through frosted glass: blur, let pixels change places with near ones, and blur again."""
    settings = ((0.7, 1, 1), (0.7, 1, 2), (0.9, 2, 1), (1, 2, 2), (1.1, 3, 2))
    width, reach, rounds = settings[severity - 1]
    x = ndimage.gaussian_filter(x, blur := (0, width, width))  # not from one image to the next
    for _ in range(rounds):
        x = _swap_with_near(x, reach, rng)
    return ndimage.gaussian_filter(x, blur)


def camera_shake(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Take the mean along 3 to 11 pixels, in a direction of each image at most 45° from level."""
    length = (3, 5, 7, 9, 11)[severity - 1]
    angle = np.radians(rng.uniform(-45, 45, len(x)))
    steps = np.arange(length) - (length - 1) / 2
    return sum(move(x, step, angle) for step in steps) / length


def brightness(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Add 0.1 to 0.5 to every pixel, up to full ink."""
    return x + 0.1 * severity


def clouds(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Put clouds in front of the page: a random field with much power at low frequencies.

    A field with power 1/f^k in place of MNIST-C's fractal, which it resembles; image and field
    are added and brought back to the image's own range, so that fog takes away contrast.
    """
    weight, roughness = ((0.2, 2.0), (0.4, 2.0), (0.7, 1.7), (1.1, 1.5), (1.6, 1.4))[severity - 1]
    frequency = np.hypot(np.fft.fftfreq(28)[:, np.newaxis], np.fft.rfftfreq(28))
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal(x.shape)) / frequency**roughness
    field = np.fft.irfft2(spectrum, s=(28, 28))
    low, high = (f(field, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    return (x + weight * (field - low) / (high - low)) / (1 + weight)


def _swap_with_near(x: np.ndarray, reach: int, rng: np.random.Generator) -> np.ndarray:
    """Let half of a grid's pixels move by up to `reach`; so wide that none moves twice."""
    pixels, width = x.flatten(), 2 * reach + 1
    images = np.arange(len(x))[:, np.newaxis, np.newaxis] * 28
    for top, left in rng.permutation([(r, c) for r in range(width) for c in range(width)]):
        rows = np.arange(top, 28, width)[:, np.newaxis]
        columns = np.arange(left, 28, width)
        size = (len(x), len(rows), len(columns))
        moves = rng.integers(-reach, reach + 1, (2, *size)) * rng.integers(0, 2, size)
        to = (images + (rows + moves[0]).clip(0, 27)) * 28 + (columns + moves[1]).clip(0, 27)
        here = (images + rows) * 28 + columns  # places among the pixels of all images
        pixels[here], pixels[to] = pixels[to], pixels[here]
    return pixels.reshape(x.shape)


def slant(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Push the top to one side and the bottom to the other, by 0.2 to 1 pixel a row."""
    slope = 0.2 * severity * rng.choice([-1.0, 1.0], len(x))
    return sample(x, matrices(1, slope, 0, 1, len(x)))


def scale(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Shrink the digit to 0.9, 0.8, 0.7, 0.6 or 0.5 of its size, around the middle."""
    larger = 1 / (1 - 0.1 * severity)
    return sample(x, matrices(larger, 0, 0, larger, len(x)))


def rotate(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Turn by about 0.2 (12°) to 1.0 rad (57°), in either direction."""
    return turn(x, 0.2 * severity * rng.uniform(0.9, 1, len(x)) * rng.choice([-1.0, 1.0], len(x)))


def turn(x: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Turn each image by its own angle (N,) in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return sample(x, matrices(cos, -sin, sin, cos, len(x)))


def displacement(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Move by 1.5 to 7.5 pixels, in a direction of each image's own; ink that leaves is lost."""
    return move(x, 1.5 * severity, rng.uniform(0, 2 * np.pi, len(x)))


def move(x: np.ndarray, pixels: float, angle: np.ndarray) -> np.ndarray:
    """Move each image by so many pixels in its own direction (N,): 0 is right, π/2 is down."""
    shift = pixels * np.stack([np.sin(angle), np.cos(angle)], axis=1)  # (N, 2)
    return sample(x, matrices(1, 0, 0, 1, len(x)), shift)


def sample(x: np.ndarray, matrices: np.ndarray, shift: np.ndarray | None = None) -> np.ndarray:
    """Sample ink (N, 28, 28) under maps (N, 2, 2) of (x, y), then shifted (N, 2) down and right."""
    maps = np.zeros((len(x), 2, 3))
    maps[:, :, :2] = matrices
    if shift is not None:
        # In grid_sample's units, in which an image is 2 wide; it asks where a pixel comes from.
        maps[:, :, 2] = -np.einsum("nij,nj->ni", matrices, shift[:, ::-1]) * 2 / x.shape[-1]
    grid = sampling_grid(torch.from_numpy(maps).float(), *x.shape[1:])
    image = torch.from_numpy(x).unsqueeze(1)
    return F.grid_sample(image, grid, padding_mode="zeros", align_corners=False)[:, 0].numpy()


def matrices(a, b, c, d, n: int) -> np.ndarray:
    """Return ((a, b), (c, d)), numbers or arrays (n,), as (n, 2, 2)."""
    parts = [np.broadcast_to(np.asarray(part, dtype=np.float64), n) for part in (a, b, c, d)]
    return np.stack(parts, axis=1).reshape(n, 2, 2)


def stripe(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Exchange paper and ink in a stripe along the left and the right, 3 to 7 pixels wide."""
    x, columns = x.copy(), np.arange(-2 - severity, 2 + severity)  # those below 0 on the right
    x[:, :, columns] = 1 - x[:, :, columns]
    return x


def mud(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Cover 4 to 28 % of the page, and the ink below, with drops of grey mud."""
    share, size = ((0.04, 1.0), (0.08, 1.0), (0.14, 1.2), (0.20, 1.4), (0.28, 1.6))[severity - 1]
    field = ndimage.gaussian_filter(rng.standard_normal(x.shape), (0, size, size), mode="wrap")
    bound = np.quantile(field, 1 - share, axis=(1, 2), keepdims=True)
    drops = ndimage.gaussian_filter((field > bound).astype(np.float32), (0, 0.4, 0.4))
    return x * (1 - drops) + 0.5 * drops


def dashed_line(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a straight line of dots across the page, over the digit, 1 to 3 pixels thick."""
    left, right = rng.uniform(4, 24, (2, len(x)))
    points = [np.stack([rows, np.full(len(x), c)], axis=1) for rows, c in ((left, 1), (right, 26))]
    ink, along = _stroke(*points, THICKNESS[severity - 1])
    return np.maximum(x, ink * ((along % 4.0) < 2.2))


def sawtooth(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a zigzag across the page, over the digit, of 8 strokes, 1 to 3 pixels thick."""
    ends = rng.uniform(6, 22, (2, len(x)))
    height, first = rng.uniform(2, 4, len(x)), rng.choice([-1, 1], len(x))
    corners = []
    for k in range(9):
        middle = ends[0] + (ends[1] - ends[0]) * k / 8
        sign = first * (-1) ** k if 0 < k < 8 else 0
        corners.append(np.stack([middle + sign * height, np.full(len(x), 1 + 25 * k / 8)], axis=1))
    x, thickness = x.astype(float), THICKNESS[severity - 1]
    reach = (thickness + 1) / 2  # of a stroke and its soft edge: there is no ink in other columns
    for k, (start, end) in enumerate(pairwise(corners)):
        near = slice(max(int(1 + 25 * k / 8 - reach), 0), int(1 + 25 * (k + 1) / 8 + reach) + 1)
        x[..., near] = np.maximum(x[..., near], _stroke(start, end, thickness, near)[0])
    return x


def canny_edges(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Put outlines (Canny 1986) for ink: at 5 they are all, as in MNIST-C; at 1 they weigh 0.4."""
    weight = (0.4, 0.55, 0.7, 0.85, 1.0)[severity - 1]
    return (1 - weight) * x + weight * canny(x)


def canny(x: np.ndarray, width: float = 1.0, low: float = 0.1, high: float = 0.2) -> np.ndarray:
    """Return Canny's edges (N, 28, 28), 0 or 1, where slopes reach `low` and, linked, `high`."""
    smooth = ndimage.gaussian_filter(x, (0, width, width))
    # SciPy's own filter of Sobel would also smooth from one image to the next.
    slopes = (ndimage.correlate1d(smooth, (-1, 0, 1), axis) for axis in (1, 2))
    down, right = (ndimage.correlate1d(s, (1, 2, 1), 2 - k) for k, s in enumerate(slopes))
    slope = np.hypot(down, right)
    ridge = (slope > low) & _is_ridge(slope, down, right)
    return _connected(ridge, ridge & (slope > high)).astype(np.float32)


def _is_ridge(slope: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Tell where the slope is at least that of both neighbours across the edge (8 directions)."""
    padded = np.pad(slope, ((0, 0), (1, 1), (1, 1)))
    eighth = np.rint(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    ridge = np.zeros(slope.shape, dtype=bool)
    for direction, (r, c) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[:, 1 + r : 29 + r, 1 + c : 29 + c]
        behind = padded[:, 1 - r : 29 - r, 1 - c : 29 - c]
        # Strictly above one of them, so that of two equal pixels only one is kept.
        ridge |= (eighth == direction) & (slope > ahead) & (slope >= behind)
    return ridge


def _connected(all_edges: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Keep those connected parts of `all_edges`, image by image, that hold a sure pixel."""
    return ndimage.binary_propagation(sure, SQUARE, mask=all_edges)


def _stroke(
    start: np.ndarray, end: np.ndarray, thickness: float, near: slice = slice(28)
) -> tuple[np.ndarray, np.ndarray]:
    """Return soft strokes from start to end (N, 2), and distances along them.

    Both are (N, 28, C), for the C columns that are `near`, by default all 28.
    """
    rows, columns = ROWS[:, near], COLUMNS[:, near]
    line = end - start
    length = np.maximum(np.linalg.norm(line, axis=1), 1e-6)
    unit = (line / length[:, np.newaxis])[:, :, np.newaxis, np.newaxis]  # (N, 2, 1, 1)
    row, column = (v[:, np.newaxis, np.newaxis] for v in start.T)  # (N, 1, 1)
    along = (rows - row) * unit[:, 0] + (columns - column) * unit[:, 1]
    nearest = along.clip(0, length[:, np.newaxis, np.newaxis])
    away = np.hypot(rows - row - nearest * unit[:, 0], columns - column - nearest * unit[:, 1])
    return (thickness / 2 + 0.5 - away).clip(0, 1), along
