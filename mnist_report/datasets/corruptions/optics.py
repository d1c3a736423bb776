"""Corruptions of the picture taken: noise of the sensor, blur, glare and fog."""

import numpy as np
from scipy import ndimage

from mnist_report.datasets.corruptions.geometry import move


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
    blur = (0, width, width)  # not from one image to the next
    x = ndimage.gaussian_filter(x, blur)
    for _ in range(rounds):
        x = _swap_with_near(x, reach, rng)
    return ndimage.gaussian_filter(x, blur)


def camera_shake(x: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Move while the shutter is open: the mean along a line of 3 to 11 pixels.

    Each image moves in a direction of its own, at most 45° from the horizontal.
    """
    length = (3, 5, 7, 9, 11)[severity - 1]
    angle = np.radians(rng.uniform(-45, 45, len(x)))
    total = np.zeros_like(x)
    for step in np.arange(length) - (length - 1) / 2:
        total += move(x, step, angle)
    return total / length


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
    """Let half of the pixels of a grid change places with one at most `reach` away.

    The grid is so wide that no pixel moves twice; it is shifted until all pixels have had a turn.
    """
    x, width = x.copy(), 2 * reach + 1
    images = np.arange(len(x))[:, np.newaxis, np.newaxis]
    for top, left in rng.permutation([(r, c) for r in range(width) for c in range(width)]):
        rows = np.arange(top, 28, width)[:, np.newaxis]
        columns = np.arange(left, 28, width)
        size = (len(x), len(rows), len(columns))
        moves = rng.integers(-reach, reach + 1, (2, *size)) * rng.integers(0, 2, size)
        to = (images, (rows + moves[0]).clip(0, 27), (columns + moves[1]).clip(0, 27))
        here = (images, rows, columns)
        x[here], x[to] = x[to], x[here]
    return x
