"""Fixtures that several test files use."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
import torch

from mnist_report import dataset
from mnist_report.dataset import Mnist


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    """The real data set, fetched when it is missing."""
    return dataset.load()


@pytest.fixture(scope="session")
def tiny_data() -> Mnist:
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
    return Mnist(images_of(train_labels), train_labels, images_of(test_labels), test_labels)


@pytest.fixture
def results_folder(tmp_path, monkeypatch):
    """A results store of the test's own."""
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_open_figures():
    """Draw off screen, and close what was drawn."""
    plt.switch_backend("agg")
    yield
    plt.close("all")
