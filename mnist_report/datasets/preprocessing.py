"""From uint8 images to normalised, augmented batches that are already on the device.

Pixels stay uint8 in memory (47 MB for the training set); each batch is converted, augmented and
normalised where the network runs. There are no loader workers to start, to wait for, or to hang.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mnist_report.common.errors import DataError
from mnist_report.common.kept import kept
from mnist_report.datasets.augmentation import Augmentation, augment

SPLIT_SEED = 2026


@dataclass(frozen=True)
class Split:
    """Sorted indices into the 60,000 images: `train` and `validation`, int64, disjoint."""

    train: Tensor
    validation: Tensor


def stratified_split(
    labels: Tensor, validation: int = 5_000, seed: int = SPLIT_SEED, names: Sequence[str] = ()
) -> Split:
    """Set `validation` images aside so that every class of `labels` (N,) keeps its share.

    Of a rare class at least one image is set aside. The seed fixes the choice; all recipes share
    one split. DataError if it cannot be made, with the class that is too small, by its name.
    """
    y = labels.cpu().numpy()
    found, counts = np.unique(y, return_counts=True)
    refused = f"Cannot set {validation} of {len(y)} images aside"
    if counts.min(initial=2) < 2:
        rare = found[counts.argmin()]
        rare = names[rare] if names else rare
        raise DataError(f"{refused}: class {rare} has a single one; it needs two.")
    if not len(found) <= validation <= len(y) - len(found):
        raise DataError(f"{refused}: each of {len(found)} classes needs one on both sides.")
    aside = _set_aside(y, validation, seed)
    for label in np.setdiff1d(found, y[aside]):  # its share rounds to 0
        aside[np.flatnonzero(y == label)[0]] = True
    return Split(*(torch.from_numpy(np.flatnonzero(part)) for part in (~aside, aside)))


@kept  # for the seconds that scikit-learn takes to import
def _set_aside(y: np.ndarray, validation: int, seed: int) -> np.ndarray:
    from sklearn.model_selection import train_test_split

    aside, settings = np.zeros(len(y), bool), {"stratify": y, "random_state": seed}
    aside[train_test_split(np.arange(len(y)), test_size=validation, **settings)[1]] = True
    return aside


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
    counts = torch.bincount(images.flatten(), minlength=256).double()  # (256,)
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
        images, size = len(self.images), self.batch_size
        if images != len(self.labels):
            raise DataError(f"{images} images but {len(self.labels)} labels.")
        if not 1 <= size <= images:
            raise DataError(f"A batch of {size} cannot be cut from {images} images; lower it.")

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
