"""The 8×8 digits brought to MNIST's form: its box, its centre, its proportions."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from mnist_report import recipes, second_hand
from mnist_report.preprocessing import Normalisation


@pytest.fixture(scope="module")
def digits():
    return second_hand.load()


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


def test_the_measure_is_that_of_all_digits(digits):
    """A network that always says 3 is right for the 3s."""

    class Three(nn.Module):
        def forward(self, x):
            return torch.eye(10)[3].expand(len(x), 10)

    run = SimpleNamespace(
        model=Three, normalisation=Normalisation(0.0, 1.0), recipe=recipes.get("fast")
    )
    found = second_hand.measure(run)
    assert (found["images"], found["errors"]) == (1797, 1797 - 183)
