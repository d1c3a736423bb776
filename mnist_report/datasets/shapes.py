"""The shape of each digit: ink, centre of mass, slant and stroke width."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mnist_report.common.errors import DataError
from mnist_report.common.kept import kept


def ink(images: ArrayLike) -> np.ndarray:
    """Return the mean pixel (N,), in per cent of a page that is all black."""
    return grey(images).mean(axis=(1, 2), dtype=np.float64) * 100


def centre_of_mass(images: ArrayLike) -> np.ndarray:
    """Return the row and column (N, 2) of the ink's centre in pixels; NaN where there is no ink.

    The middle of an image of 28×28 pixels is (13.5, 13.5).
    """
    x = grey(images)
    mass = _mass(x)
    rows, columns = np.arange(x.shape[1]), np.arange(x.shape[2])
    return np.stack([x.sum(2) @ rows / mass, x.sum(1) @ columns / mass], axis=1)


def slant(images: ArrayLike) -> np.ndarray:
    """Return the slant (N,) in degrees from the vertical, positive where digits lean to the right.

    The horizontal shear that makes the second moment of the ink upright, which is how LeCun et al.
    (1998, section III.A) deslant their digits.
    """
    x = grey(images)
    mass, centre = _mass(x), centre_of_mass(x)
    dy = np.arange(x.shape[1]) - centre[:, :1]  # (N, 28), rows run downwards
    dx = np.arange(x.shape[2]) - centre[:, 1:]  # (N, 28)
    mixed = np.einsum("nrc,nr,nc->n", x, dy, dx) / mass
    upright = np.einsum("nrc,nr->n", x, dy**2) / mass
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arctan2(-mixed, upright))


def stroke_width(images: ArrayLike) -> np.ndarray:
    """Return the mean width of the pen's stroke (N,) in pixels: twice its area over its perimeter.

    A stroke of length L and width w has the area L·w and a perimeter of 2·L, its ends aside. The
    perimeter is the total variation of the image (the coarea formula; Rudin, Osher and Fatemi
    1992), so grey edges count for what they are and no threshold is chosen. Strokes narrower than
    a pixel count as one pixel, and short ones come out a little too narrow.
    """
    x = np.pad(grey(images), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(x, axis=1), np.diff(x, axis=2)
    # Both slopes where four pixels meet: slopes at the pixels would favour some directions.
    down, right = (down[:, :, 1:] + down[:, :, :-1]) / 2, (right[:, 1:] + right[:, :-1]) / 2
    perimeter = np.hypot(down, right).sum(axis=(1, 2))
    return 2 * _mass(x) / np.where(perimeter > 0, perimeter, np.nan)


def digit_shapes(images: ArrayLike, labels: ArrayLike) -> pd.DataFrame:
    """One row an image: digit, ink (%), slant (°), stroke width (pixels), centre row and column."""
    x, y = checked_images(images, labels)
    return pd.DataFrame({"digit": y, **dict(zip(SHAPE, _shapes(x), strict=True))})


SHAPE = ("ink", "slant", "stroke_width", "centre_row", "centre_column")


@kept
def _shapes(x: np.ndarray) -> np.ndarray:
    """Measure `SHAPE` (5, N) of images (N, H, W)."""
    parts = np.array_split(x, max(1, len(x) // 5000))  # to spare memory
    each = [(ink(part), slant(part), stroke_width(part), *centre_of_mass(part).T) for part in parts]
    return np.concatenate([np.stack(part) for part in each], axis=1)


def checked_images(images: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return images (N, H, W) and labels (N,) as arrays, or refuse what does not fit together."""
    x, y = np.asarray(images), np.asarray(labels)
    if x.ndim != 3 or y.shape != x.shape[:1]:
        apart = f"Images {x.shape} and labels {y.shape} do not belong together"
        raise DataError(f"{apart}; give images (N, 28, 28) and labels (N,).")
    return x, y


def grey(images: ArrayLike) -> np.ndarray:
    """Return ink from 0 to 1: bytes are divided by 255, anything else is taken as it is."""
    x = np.asarray(images)
    return x / np.float32(255) if x.dtype == np.uint8 else x


def _mass(x: np.ndarray) -> np.ndarray:
    total = x.sum(axis=(1, 2), dtype=np.float64)
    return np.where(total > 0, total, np.nan)
