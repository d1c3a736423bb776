"""MNIST-C as it was published: fifteen kinds in one severity each (Mu and Gilmer 2019).

The parameters are those of the authors' program (github.com/google-research/mnist-c, bba57e4); the
code is our own and works on whole batches. Differences that remain: the random numbers, and the
interpolation of turned, sheared and moved images, which is bilinear in both.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy import ndimage

from mnist_report.datasets.corruptions import kinds

Corruption = Callable[[np.ndarray, np.random.Generator], np.ndarray]
SIZE, FIELDS = 256, 4  # of a field of fog, and how many are made at once, in the cache


def glass_blur(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur by 0.7, let pixels change places with the one before, twice over, and blur again."""
    x = ndimage.gaussian_filter(x, (0, 0.7, 0.7), mode="nearest")
    images = np.arange(len(x))
    for _ in range(2):
        for row in range(27, 1, -1):
            for column in range(27, 1, -1):
                swap = rng.integers(0, 2, len(x))  # half of the images, …
                up, left = rng.integers(0, 2, (2, len(x))) * swap  # … by 0 or 1 pixel each way
                there = (images, row - up, column - left)
                x[:, row, column], x[there] = x[there], x[:, row, column].copy()
    return ndimage.gaussian_filter(x, (0, 0.7, 0.7), mode="nearest")


def motion_blur(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smear by one half of a Gaussian of deviation 3, in a direction within 45° of the rows."""
    weights = np.exp(-(np.arange(21) ** 2) / (2 * 3**2))
    angle = np.radians(rng.uniform(-45, 45, len(x)))
    smeared = sum(w * kinds.move(x, step, angle) for step, w in enumerate(weights))
    return smeared / weights.sum()


def shear(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shear by an angle of 0.4, which also stretches the height by 1 / cos 0.4."""
    angle = 0.4 * rng.choice([-1.0, 1.0], len(x))
    return kinds.sample(x, kinds.matrices(1, -np.sin(angle), 0, np.cos(angle), len(x)))


def rotate(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn by 0.4, in either direction."""
    return kinds.turn(x, 0.4 * rng.choice([-1.0, 1.0], len(x)))


def translate(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move by 3 pixels along both axes, each in either direction."""
    same = kinds.matrices(1, 0, 0, 1, len(x))
    return kinds.sample(x, same, 3 * rng.choice([-1.0, 1.0], (len(x), 2)))


def fog(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add three times a fractal field, and bring the sum back to the image's range."""
    parts = (len(x[k : k + FIELDS]) for k in range(0, len(x), FIELDS))
    field = np.concatenate([_fractals(n, rng, 28) for n in parts])
    highest = x.max(axis=(1, 2), keepdims=True)
    return (x + 3 * field) * highest / (highest + 3)


def spatter(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cover the page, and the ink below, with drops of grey 63."""
    field = ndimage.gaussian_filter(rng.normal(0.65, 0.3, x.shape), (0, 1, 1), mode="nearest")
    drops = ndimage.gaussian_filter((field > 0.65).astype(np.float32), (0, 1.5, 1.5))
    drops[drops < 0.8] = 0
    return x * (1 - drops) + 63 / 255 * drops


def dotted_line(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a line from the left to the right border, two columns on and two off."""
    first, last = rng.integers(0, 27, (2, len(x)))
    lines = np.stack([_line(0, a, 27, b) for a, b in zip(first, last, strict=True)])
    return x + lines * (np.arange(28) % 4 >= 2)


def zigzag(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a zigzag of amplitude 2 that turns every 4 pixels, from column 2 to 25."""
    starts, rises = rng.integers(0, 27, len(x)), rng.integers(-5, 5, len(x))
    x = x.copy()
    for image, start, rise in zip(x, starts, rises, strict=True):
        for (c0, r0), (c1, r1) in pairwise(_corners(start, rise)):
            image[:] = np.minimum(image + _line(c0, r0, c1, r1), 1)
    return x


KINDS: dict[str, Corruption] = {
    "shot_noise": lambda x, rng: kinds.shot_noise(x, 5, rng),
    "impulse_noise": lambda x, rng: kinds.impulse_noise(x, 4, rng),
    "glass_blur": glass_blur,
    "motion_blur": motion_blur,
    "shear": shear,
    "scale": lambda x, rng: kinds.scale(x, 3, rng),
    "rotate": rotate,
    "translate": translate,
    "brightness": lambda x, rng: kinds.brightness(x, 5, rng),
    "fog": fog,
    "stripe": lambda x, rng: kinds.stripe(x, 5, rng),
    "spatter": spatter,
    "dotted_line": dotted_line,
    "zigzag": zigzag,
    "canny_edges": lambda x, rng: kinds.canny_edges(x, 5, rng),
}


def _fractals(n: int, rng: np.random.Generator, shown: int = SIZE) -> np.ndarray:
    """Return corners (n, shown, shown) of fields (n, SIZE, SIZE), 0 … 1, by diamond-square."""
    chance = rng.random((n, SIZE**2 - 1))  # of every point but the first, step by step
    field, error, done = np.zeros((n, 1, 1)), 100.0, 0
    while (side := field.shape[1]) < SIZE // 2:
        field = _woven(_halved(field, chance[:, done:], error))
        error, done = error / 1.4, done + 3 * side**2
    parts = _halved(field, chance[:, done:], error)
    low, high = (edge([edge(part, axis=(1, 2)) for part in parts], 0) for edge in (np.min, np.max))
    seen = _woven([part[:, : shown // 2, : shown // 2] for part in parts])
    return (seen - low[:, np.newaxis, np.newaxis]) / (high - low)[:, np.newaxis, np.newaxis]


def _halved(field: np.ndarray, chance: np.ndarray, error: float) -> list[np.ndarray]:
    """Return fields (n, k, k) with the points to their right, below, and between four of them."""
    n, side, _ = field.shape
    chance = chance[:, : 3 * side**2].reshape(n, 3, side, side)
    between, right, below = (error * (2 * error * one - error) for one in chance.swapaxes(0, 1))
    pairs = field + np.roll(field, -1, 1)
    between += (pairs + np.roll(pairs, -1, 2)) / 4
    right += (between + np.roll(between, 1, 1) + field + np.roll(field, -1, 2)) / 4
    below += (between + np.roll(between, 1, 2) + field + np.roll(field, -1, 1)) / 4
    return [field, right, below, between]


def _woven(parts: list[np.ndarray]) -> np.ndarray:
    """Put together what `_halved` returns: (n, 2k, 2k)."""
    n, side, _ = parts[0].shape
    woven = np.empty((n, 2 * side, 2 * side))
    for number, part in enumerate(parts):
        woven[:, number // 2 :: 2, number % 2 :: 2] = part
    return woven


def _line(c0: float, r0: float, c1: float, r1: float) -> np.ndarray:
    """Return the ink (28, 28) of a line that fades out 1.45 pixels above and below."""
    rows, columns = kinds.ROWS, kinds.COLUMNS
    away = np.abs(rows - r0 - (r1 - r0) / (c1 - c0) * (columns - c0)).clip(0, 2.3 - 1e-6)
    ink = (np.log(1 - away / 2.3) + 1).clip(0, 1)
    return ink * ((columns >= np.floor(c0)) & (columns < np.ceil(c1)))


def _corners(start: float, rise: float) -> np.ndarray:
    """Return the corners (n, 2), column and row, of a zigzag along a slanted line."""
    angle = np.arctan(rise / 23)
    length = 23 / np.cos(angle)
    turns = np.arange(int((length - 2) // 4) + 1)
    along = np.concatenate([[0], 4 * turns + 2, [length]])
    last = 2 * (-1.0) ** turns[-1] / (2 * (length - 4 * (length // 4)))
    across = np.concatenate([[0], 2 * (-1.0) ** turns, [last]])
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([2 + cos * along - sin * across, start + sin * along + cos * across], axis=1)
