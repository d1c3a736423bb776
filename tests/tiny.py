"""A data set and a recipe as small as can be, for tests that train."""

from __future__ import annotations

import dataclasses

import torch

from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Augmentation
from mnist_report.training import recipes


def mnist() -> Dataset:
    """A learnable stand-in: digit d is a bright 6×6 square in its own place, with noise."""
    generator = torch.Generator().manual_seed(0)

    def images_of(labels: torch.Tensor) -> torch.Tensor:
        images = torch.randint(0, 40, (len(labels), 28, 28), generator=generator)
        for image, label in zip(images, labels.tolist(), strict=True):
            row, column = divmod(label, 4)
            image[1 + 8 * row : 7 + 8 * row, 1 + 7 * column : 7 + 7 * column] += 200
        return images.to(torch.uint8)

    train_labels = torch.arange(480) % 10
    test_labels = torch.arange(60) % 10
    return Dataset(images_of(train_labels), train_labels, images_of(test_labels), test_labels)


def recipe(**changes: object) -> recipes.Recipe:
    """With every part that a recipe can have."""
    small = dataclasses.replace(
        recipes.get("standard"),
        name="tiny",
        width=4,
        epochs=3,
        batch_size=40,
        augmentation=Augmentation(degrees=5, shift=1),
        weight_average=0.8,
        label_smoothing=0.02,
    )
    return dataclasses.replace(small, **changes)


TINY = recipe()
