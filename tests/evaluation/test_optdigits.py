"""The 8×8 digits brought to MNIST's form: its box, its centre, its proportions."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from mnist_report.datasets.dataset import evenly_spaced
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.datasets.shapes import like_mnist
from mnist_report.evaluation import optdigits
from mnist_report.training import recipes


@pytest.fixture(scope="module")
def digits():
    return optdigits.load()


def box(image):
    rows, columns = np.nonzero(image)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def test_the_digits_are_bytes_with_their_labels(digits):
    images, labels = digits
    assert (images.shape, images.dtype) == ((1797, 28, 28), np.uint8)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_longer_side_fills_mnists_box_and_the_centre_is_mnists(digits):
    for image in digits[0][::10]:
        assert 19 <= max(box(image)) <= 20  # the outermost ink may round to nothing
        assert ndimage.center_of_mass(image) == pytest.approx((14, 14), abs=0.51)


def test_coarsening_counts_the_blocks_of_a_bitmap():
    """A page 20 × 10 becomes 32 × 16: whole blocks, but for the uninked columns beside it."""
    page = np.zeros((28, 28), np.uint8)
    page[4:24, 9:19] = 255
    counts = optdigits.coarsen(page)
    assert counts.shape == (8, 8)
    assert (counts[:, 2:6] == 16).all()
    assert counts.sum() == 32 * 16
    page[4:14] //= 3  # below half: white in a bitmap
    assert optdigits.coarsen(page)[:3].sum() == 0


def test_coarse_digits_are_still_the_same_digits(mnist):
    """Put next to all others, most come closest to the image that they were made of."""
    images = mnist.test_images.numpy()[:100]
    coarse = np.stack([like_mnist(optdigits.coarsen(x) / 16) for x in images])
    likeness = np.corrcoef(coarse.reshape(100, -1), images.reshape(100, -1))[:100, 100:]
    assert (likeness.argmax(axis=1) == np.arange(100)).mean() > 0.8
    assert np.median(likeness.diagonal()) > 0.8


def test_the_measure_is_that_of_all_digits_and_of_as_many_coarse_ones(digits, mnist):
    """A network that always says 3 is right for the 3s."""

    class Three(nn.Module):
        def forward(self, x):
            return torch.eye(10)[3].expand(len(x), 10)

    run = SimpleNamespace(
        model=Three, normalisation=Normalisation(0.0, 1.0), recipe=recipes.get("fast")
    )
    found = optdigits.measure(run, mnist)
    assert (found.images, found.errors) == (1797, 1797 - 183)
    labels = mnist.test_labels.numpy()[evenly_spaced(10_000, 1797)]
    assert found.coarse.images == 1797
    assert found.coarse.errors == (labels != 3).sum()
