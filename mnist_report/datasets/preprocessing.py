"""From uint8 images to normalised, augmented batches that are already on the device.

Pixels stay uint8 in memory (47 MB for the training set); each batch is converted, augmented and
normalised where the network runs. There are no loader workers to start, to wait for, or to hang.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor

from mnist_report.common.errors import DataError

SPLIT_SEED = 2026


@dataclass(frozen=True)
class Split:
    """Sorted indices into the 60,000 images: `train` and `validation`, int64, disjoint."""

    train: Tensor
    validation: Tensor


def stratified_split(labels: Tensor, validation: int = 5_000, seed: int = SPLIT_SEED) -> Split:
    """Set `validation` images aside so that every digit keeps its share.

    Args:
        labels: (N,) integer classes.
        validation: how many images to set aside.
        seed: fixes the choice; all recipes share one split.

    Raises:
        DataError: the number asked for cannot be set aside.
    """
    from sklearn.model_selection import train_test_split

    try:
        train, held_out = train_test_split(
            torch.arange(len(labels)).numpy(),
            test_size=validation,
            stratify=labels.cpu().numpy(),
            random_state=seed,
        )
    except ValueError as error:
        raise DataError(
            f"Cannot set {validation} of {len(labels)} images aside: {error}"
        ) from error
    return Split(torch.from_numpy(train).sort().values, torch.from_numpy(held_out).sort().values)


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the pixels, on the scale where 0 is empty and 1 full ink."""

    mean: float
    std: float

    def apply(self, images: Tensor) -> Tensor:
        """uint8 (N, 28, 28) → float32 (N, 1, 28, 28), channels last in memory."""
        return self.standardise(to_unit(images))

    def standardise(self, x: Tensor) -> Tensor:
        """Pixels in [0, 1] → (pixels − mean) / std, in place."""
        return x.sub_(self.mean).div_(self.std)

    def under(self, other: Normalisation) -> Normalisation:
        """Mean and deviation of pixels that have these, after another normalisation of them."""
        return Normalisation((self.mean - other.mean) / other.std, self.std / other.std)


HALF = Normalisation(0.5, 0.5)
"""The published program's values: they bring [0, 1] to [−1, 1], not to mean 0 and deviation 1."""


def pixel_statistics(images: Tensor) -> Normalisation:
    """Mean and population standard deviation of all pixels of uint8 `images`, in float64.

    Raises:
        DataError: there is no image, or no two pixels differ.
    """
    if images.numel() == 0:
        raise DataError("Pixel statistics need at least one image.")
    counts = torch.bincount(images.flatten().int(), minlength=256).double()
    levels = torch.arange(256, dtype=torch.float64, device=counts.device) / 255
    share = counts / counts.sum()
    mean = (share * levels).sum()
    std = (share * (levels - mean) ** 2).sum().sqrt()
    if std == 0:
        raise DataError("All pixels are equal: they cannot be brought to deviation 1.")
    return Normalisation(mean.item(), std.item())


def to_unit(images: Tensor) -> Tensor:
    """uint8 (N, 28, 28) → float32 (N, 1, 28, 28) in [0, 1], channels last in memory.

    Convolutions run about half as long again in the default layout on the CPU, so every batch
    starts out in this one.
    """
    x = images.unsqueeze(1).contiguous(memory_format=torch.channels_last)
    return x.to(torch.float32).div_(255)


@dataclass(frozen=True)
class Augmentation:
    """Bounds of the random affine map of each image; every quantity is drawn uniformly.

    Attributes:
        degrees: rotation, ± degrees.
        zoom: scale of width and height, each in 1 ± zoom.
        shear: horizontal shear, ± (shift of x per unit of y).
        shift: translation along each axis, ± pixels.
    """

    degrees: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    shift: float = 0.0


QUANTITIES = 6  # of an affine map: rotation, two zooms, shear, two shifts


def affine_matrices(draws: Tensor, augmentation: Augmentation) -> Tensor:
    """(n, 2, 3) maps from output to input coordinates, for `sampling_grid`.

    Args:
        draws: (6, n) on the CPU, each quantity of each map as a share of its bound, in [-1, 1].
        augmentation: the bounds.
    """
    angle, zoom_x, zoom_y, shear, shift_x, shift_y = draws * torch.tensor(
        [
            math.radians(augmentation.degrees),
            augmentation.zoom,
            augmentation.zoom,
            augmentation.shear,
            augmentation.shift / 14,  # grid_sample's coordinates run from -1 to 1
            augmentation.shift / 14,
        ]
    ).unsqueeze(1)
    cos, sin = angle.cos(), angle.sin()
    x_row = torch.stack([cos, shear * cos - sin, shift_x], 1) / (1 + zoom_x).unsqueeze(1)
    y_row = torch.stack([sin, shear * sin + cos, shift_y], 1) / (1 + zoom_y).unsqueeze(1)
    return torch.stack([x_row, y_row], 1)


def augment(x: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Rotate, scale, shear and shift every image by its own random map.

    torchvision's v2 transforms draw their parameters once a call and would give the whole batch
    the same rotation.

    Args:
        x: (N, 1, 28, 28) pixels in [0, 1].
        augmentation: the bounds.
        generator: a CPU generator, so that the same seed gives the same maps on every device.
    """
    draws = torch.rand(QUANTITIES, len(x), generator=generator).mul_(2).sub_(1)
    return warp(x, affine_matrices(draws, augmentation))


def view_maps(augmentation: Augmentation, share: float) -> Tensor:
    """(13, 2, 3): the identity, and each quantity alone at ± this share of its bound.

    A network that has learnt to ignore such changes does so imperfectly; the mean of its logits
    over them leaves less to chance than those of the image alone.
    """
    steps = share * torch.eye(QUANTITIES)
    return affine_matrices(
        torch.cat([torch.zeros(QUANTITIES, 1), steps, -steps], dim=1), augmentation
    )


def warp(x: Tensor, maps: Tensor) -> Tensor:
    """The images (N, 1, H, W) under the maps (N, 2, 3); what comes from outside is empty."""
    grid = sampling_grid(maps.to(x.device), *x.shape[2:])
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def sampling_grid(maps: Tensor, height: int, width: int) -> Tensor:
    """(N, H, W, 2): the input's (x, y) for each pixel of the output, as `F.affine_grid` has them.

    One matrix product for the whole batch. `affine_grid` makes one of a few columns for each image,
    which took longer than all the rest of augmentation together.
    """
    x = (torch.arange(width, device=maps.device) * 2 + 1) / width - 1
    y = (torch.arange(height, device=maps.device) * 2 + 1) / height - 1
    centres = torch.stack(
        [x.repeat(height), y.repeat_interleave(width), x.new_ones(len(x) * len(y))]
    )
    return (maps.reshape(-1, 3) @ centres).view(-1, 2, height, width).permute(0, 2, 3, 1)


class Batches:
    """Iterates (x, y) batches: x float32 (B, 1, 28, 28) normalised, y int64 (B,), on the device.

    With `generator` the images are shuffled anew in each pass and the incomplete last batch is
    left out, so that batch normalisation never sees a handful of images; without it they come in
    order, all of them, and unaugmented.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        batch_size: int,
        normalisation: Normalisation,
        *,
        augmentation: Augmentation | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        if len(images) != len(labels):
            raise DataError(f"{len(images)} images but {len(labels)} labels.")
        if not 1 <= batch_size <= len(images):
            raise DataError(
                f"A batch of {batch_size} cannot be cut from {len(images)} images; lower it."
            )
        self.images, self.labels = images, labels
        self.batch_size = batch_size
        self.normalisation = normalisation
        self.augmentation = augmentation
        self.generator = generator

    def __len__(self) -> int:
        whole, rest = divmod(len(self.images), self.batch_size)
        return whole if self.generator else whole + (rest > 0)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for index in self._order().split(self.batch_size)[: len(self)]:
            # index_select copies whole images; indexing by [] took ten times as long
            x = to_unit(self.images.index_select(0, index))
            if self.augmentation and self.generator:
                x = augment(x, self.augmentation, self.generator)
            yield self.normalisation.standardise(x), self.labels.index_select(0, index)

    def _order(self) -> Tensor:
        n = len(self.images)
        order = torch.randperm(n, generator=self.generator) if self.generator else torch.arange(n)
        return order.to(self.images.device)
