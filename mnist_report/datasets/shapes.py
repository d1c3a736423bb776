"""The shape of each digit: ink, centre of mass, slant, stroke width; and bringing it to MNIST's."""

import numpy as np
import pandas as pd
import scipy
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from numpy.typing import ArrayLike

from mnist_report.common.errors import DataError
from mnist_report.common.kept import kept

BOX = 20  # pixels: MNIST's digits fill a box of 20×20 of the 28×28
MIDDLE = 14.0  # where MNIST's centres of mass lie, in rows and columns counted from 0


def ink(images: ArrayLike) -> np.ndarray:
    """Return the mean pixel (N,), in per cent of a page that is all black."""
    return grey(images).mean(axis=(1, 2), dtype=np.float64) * 100


def centre_of_mass(images: ArrayLike) -> np.ndarray:
    """Return row and column (N, 2) of the ink's centre, NaN without ink; the middle is 13.5."""
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
    columns = ("ink", "slant", "stroke_width", "centre_row", "centre_column")
    return pd.DataFrame({"digit": y, **dict(zip(columns, _shapes(x), strict=True))})


@kept
def _shapes(x: np.ndarray) -> np.ndarray:
    """Measure the columns (5, N) of `digit_shapes`."""
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


def flat(images: ArrayLike) -> np.ndarray:
    """Return the same ink, an image a row: (N, H · W)."""
    return grey(images).reshape(len(images), -1)


def _mass(x: np.ndarray) -> np.ndarray:
    total = x.sum(axis=(1, 2), dtype=np.float64)
    return np.where(total > 0, total, np.nan)


# --- one digit in MNIST's form ----------------------------------------------------------------


def like_mnist(image: ArrayLike) -> np.ndarray:
    """Bring ink (H, W) from 0 to 1 to (28, 28) bytes as MNIST's makers did.

    LeCun et al. (1998, section III.A): the ink's bounding box is brought to 20 pixels on its longer
    side, keeping the proportions, and placed with its centre of mass in the middle of 28×28, in
    whole pixels. What would then stick out, as long tails do, is moved back into the image.
    DataError if this is no image, or there is no ink in it.
    """
    ink = np.asarray(image, dtype=np.float32)
    if ink.ndim != 2 or not ink.any() or not (ink.min() >= 0 and ink.max() <= 1):
        raise DataError(f"An array {ink.shape} is no image with ink from 0 to 1 in it.")
    digit = to_box(ink, BOX).clip(0, 1)
    centre = centre_of_mass(digit[np.newaxis])[0]
    top, left = (
        int(np.clip(np.floor(MIDDLE - c + 0.5), 0, 28 - side))
        for c, side in zip(centre, digit.shape, strict=True)
    )
    page = np.zeros((28, 28), dtype=np.uint8)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = np.rint(digit * 255)
    return page


def box(ink: np.ndarray) -> tuple[slice, slice]:
    """Return rows and columns of what is inked of (H, W), of which some is."""
    return scipy.ndimage.find_objects((ink != 0).astype(int))[0]


def to_box(ink: np.ndarray, side: int) -> np.ndarray:
    """Bring the ink of (H, W) to `side` pixels on its longer side, bicubic: it may overshoot."""
    cut = ink[box(ink)]
    factor = side / max(cut.shape)
    size = [max(1, round(length * factor)) for length in cut.shape]
    # With a filter against aliasing, where the image shrinks.
    options = {"mode": "bicubic", "align_corners": False, "antialias": True}
    return F.interpolate(torch.from_numpy(cut)[None, None], size, **options)[0, 0].numpy()
