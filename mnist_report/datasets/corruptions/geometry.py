"""Corruptions of shape and place: shear, scale, rotation, translation."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)

from mnist_report.datasets.augmentation import sampling_grid


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
    return sample(x, np.broadcast_to(np.eye(2), (len(x), 2, 2)), shift)


def sample(x: np.ndarray, matrices: np.ndarray, shift: np.ndarray | None = None) -> np.ndarray:
    """Sample images (N, 28, 28) of ink under affine maps, bilinearly, with paper outside.

    `matrices` (N, 2, 2) go from (x, y) of the result to (x, y) of `x`, around the middle; `shift`
    (N, 2) are rows and columns that the result is moved down and to the right.
    """
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
