"""From uint8 images to normalised, augmented batches that are already on the device.

Pixels stay uint8 in memory (47 MB for the training set); each batch is converted, augmented and
normalised where the network runs. There are no loader workers to start, to wait for, or to hang.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor

from mnist_report.common.errors import DataError, raised_as
from mnist_report.common.storage import checked_settings, within

SPLIT_SEED = 2026


@dataclass(frozen=True)
class Split:
    """Sorted indices into the 60,000 images: `train` and `validation`, int64, disjoint."""

    train: Tensor
    validation: Tensor


def stratified_split(labels: Tensor, validation: int = 5_000, seed: int = SPLIT_SEED) -> Split:
    """Set `validation` images aside so that every class of `labels` (N,) keeps its share.

    The seed fixes the choice; all recipes share one split. DataError if it cannot be made.
    """
    from sklearn.model_selection import train_test_split

    indices, y = torch.arange(len(labels)).numpy(), labels.cpu().numpy()
    refused = f"Cannot set {validation} of {len(labels)} images aside"
    with raised_as(lambda error: DataError(f"{refused}: {error}"), ValueError):
        parts = train_test_split(indices, test_size=validation, stratify=y, random_state=seed)
    return Split(*(torch.from_numpy(part).sort().values for part in parts))


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the pixels, on the scale where 0 is empty and 1 full ink."""

    mean: float
    std: float

    def apply(self, images: Tensor) -> Tensor:
        """Bring uint8 (N, 28, 28) to normalised float32 (N, 1, 28, 28), channels last."""
        return self.standardise(to_unit(images))

    def standardise(self, x: Tensor) -> Tensor:
        """Bring pixels in [0, 1] to (pixels − mean) / std, in place."""
        return x.sub_(self.mean).div_(self.std)  # a batch of its own: nobody else holds it

    def under(self, other: Normalisation) -> Normalisation:
        """Return mean and deviation of pixels that have these, after another normalisation."""
        return Normalisation((self.mean - other.mean) / other.std, self.std / other.std)


# The published program's values: they bring [0, 1] to [−1, 1], not to mean 0 and deviation 1.
HALF = Normalisation(0.5, 0.5)


def pixel_statistics(images: Tensor) -> Normalisation:
    """Compute mean and population standard deviation of all pixels of uint8 `images`, in float64.

    DataError if there is no image, or no two pixels differ.
    """
    if images.numel() == 0:
        raise DataError("Pixel statistics need at least one image.")
    # From the histogram: 256 sums instead of 43 million, and no float copy of the images.
    counts = torch.bincount(images.flatten().int(), minlength=256).double()  # (256,)
    levels = torch.arange(256, dtype=torch.float64, device=counts.device) / 255  # (256,)
    share = counts / counts.sum()
    mean = (share * levels).sum()
    std = (share * (levels - mean) ** 2).sum().sqrt()
    if std == 0:
        raise DataError("All pixels are equal: they cannot be brought to deviation 1.")
    return Normalisation(mean.item(), std.item())


def to_unit(images: Tensor) -> Tensor:
    """Bring uint8 (N, 28, 28) to float32 (N, 1, 28, 28) in [0, 1], channels last in memory."""
    # Convolutions run about half as long again in the default layout on the CPU.
    x = images.unsqueeze(1).contiguous(memory_format=torch.channels_last)  # (N, 1, 28, 28) uint8
    return x.to(torch.float32).div_(255)  # keeps the layout


# --- augmentation -----------------------------------------------------------------------------


@checked_settings
class Augmentation:
    """Bounds of the random affine map of each image; every quantity is drawn uniformly."""

    degrees: Annotated[float, *within(0, 180)] = 0.0  # rotation, ± degrees
    zoom: Annotated[float, *within(0, 0.9)] = 0.0  # scale of width and height, each in 1 ± zoom
    shear: Annotated[float, *within(0, 2)] = 0.0  # horizontal, ± (shift of x per unit of y)
    shift: Annotated[float, *within(0, 28)] = 0.0  # along each axis, ± pixels


QUANTITIES = 6  # of an affine map: rotation, two zooms, shear, two shifts


def affine_matrices(draws: Tensor, augmentation: Augmentation) -> Tensor:
    """Return maps (n, 2, 3) from output to input coordinates, for `sampling_grid`.

    `draws` (6, n), on the CPU, are each quantity of each map as a share of its bound, in [-1, 1].
    """
    shift = augmentation.shift / 14  # grid_sample's coordinates run from -1 to 1 over 28 pixels
    bounds = [math.radians(augmentation.degrees), augmentation.zoom, augmentation.zoom]
    bounds += [augmentation.shear, shift, shift]
    # (6, n) · (6, 1), then one row (n,) each
    angle, zoom_x, zoom_y, shear, shift_x, shift_y = draws * torch.tensor(bounds).unsqueeze(1)
    cos, sin = angle.cos(), angle.sin()
    # Rotation · shear: the middle column has both. Divided, since the map runs from output to
    # input: to enlarge a digit is to sample it more densely.
    x_row = torch.stack([cos, shear * cos - sin, shift_x], 1) / (1 + zoom_x).unsqueeze(1)  # (n, 3)
    y_row = torch.stack([sin, shear * sin + cos, shift_y], 1) / (1 + zoom_y).unsqueeze(1)  # (n, 3)
    return torch.stack([x_row, y_row], 1)  # (n, 2, 3)


def augment(x: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Rotate, scale, shear and shift every image (N, 1, 28, 28) by its own random map.

    `generator` is one of the CPU, so that the same seed gives the same maps on every device.
    torchvision's v2 transforms would give the whole batch the same rotation.
    """
    # uniform in [0, 1) → [-1, 1): shares of the bounds, (6, N)
    draws = torch.rand(QUANTITIES, len(x), generator=generator).mul_(2).sub_(1)
    return warp(x, affine_matrices(draws, augmentation))


def view_maps(augmentation: Augmentation, share: float) -> Tensor:
    """Return (13, 2, 3): the identity, and each quantity alone at ± this share of its bound.

    A network that has learnt to ignore such changes does so imperfectly; the mean of its logits
    over them leaves less to chance than those of the image alone.
    """
    steps = share * torch.eye(QUANTITIES)  # (6, 6): a column moves one quantity
    draws = torch.cat([torch.zeros(QUANTITIES, 1), steps, -steps], dim=1)  # (6, 1 + 6 + 6)
    return affine_matrices(draws, augmentation)


def warp(x: Tensor, maps: Tensor) -> Tensor:
    """Sample images (N, 1, H, W) under maps (N, 2, 3); what comes from outside is empty."""
    grid = sampling_grid(maps.to(x.device), *x.shape[2:])  # (N, H, W, 2)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def sampling_grid(maps: Tensor, height: int, width: int) -> Tensor:
    """Return (N, H, W, 2): the input's (x, y) for each pixel of the output, as `F.affine_grid`."""
    # The centres of the pixels: half a pixel from the edges -1 and 1.
    x = (torch.arange(width, device=maps.device) * 2 + 1) / width - 1  # (W,)
    y = (torch.arange(height, device=maps.device) * 2 + 1) / height - 1  # (H,)
    ones = x.new_ones(len(x) * len(y))  # what the shifts are multiplied by
    centres = torch.stack([x.repeat(height), y.repeat_interleave(width), ones])  # (3, H·W)
    # One product for the whole batch, (2N, 3) @ (3, H·W). affine_grid makes one of a few columns
    # for each image, which took longer than all the rest of augmentation together.
    return (maps.reshape(-1, 3) @ centres).view(-1, 2, height, width).permute(0, 2, 3, 1)


# --- batches ----------------------------------------------------------------------------------


@dataclass(eq=False)
class Batches:
    """Iterable of batches: x float32 (B, 1, 28, 28) normalised, y int64 (B,), on the device.

    With `generator` the images are shuffled anew in each pass and the incomplete last batch is
    left out, so that batch normalisation never sees a handful of images; without it they come in
    order, all of them, and unaugmented.
    """

    images: Tensor  # (N, 28, 28) uint8, on the device already
    labels: Tensor  # (N,) int64
    batch_size: int
    normalisation: Normalisation
    augmentation: Augmentation | None = None
    generator: torch.Generator | None = None

    def __post_init__(self) -> None:
        """Raise a DataError for what cannot be cut into such batches."""
        images = len(self.images)
        if images != len(self.labels):
            raise DataError(f"{images} images but {len(self.labels)} labels.")
        if not 1 <= self.batch_size <= images:
            size = f"A batch of {self.batch_size}"
            raise DataError(f"{size} cannot be cut from {images} images; lower it.")

    def __len__(self) -> int:
        whole, rest = divmod(len(self.images), self.batch_size)
        return whole if self.generator else whole + (rest > 0)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        n = len(self.images)
        # Drawn on the CPU, so that every device sees the images in the same order.
        order = torch.randperm(n, generator=self.generator) if self.generator else torch.arange(n)
        for index in order.to(self.images.device).split(self.batch_size)[: len(self)]:  # (B,)
            # index_select copies whole images; indexing by [] took ten times as long
            x = to_unit(self.images.index_select(0, index))  # (B, 1, 28, 28) in [0, 1]
            if self.augmentation and self.generator:
                x = augment(x, self.augmentation, self.generator)  # before normalising: paper is 0
            yield self.normalisation.standardise(x), self.labels.index_select(0, index)
