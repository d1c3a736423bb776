"""A digit in MNIST's form: its box, its centre, its proportions."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_report.common.errors import DataError
from mnist_report.datasets.shapes import like_mnist


def box(image):
    rows, columns = np.nonzero(image)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def test_mnists_own_digits_hardly_change(mnist):
    """They went through this procedure when MNIST was made."""
    for image in mnist.train_images[:50].numpy():
        again = like_mnist(image / 255)
        assert np.abs(again.astype(int) - image).mean() < 4
        assert ndimage.center_of_mass(again) == pytest.approx((14, 14), abs=0.51)


def test_proportions_are_kept():
    tall = np.zeros((8, 8))
    tall[1:7, 3:6] = 1  # 6 × 3
    assert box(like_mnist(tall)) == (20, 10)
    assert box(like_mnist(tall.T)) == (10, 20)


def test_a_block_stays_a_block_and_shrinks_as_it_grows():
    assert (like_mnist(np.ones((8, 8)))[4:24, 4:24] == 255).all()
    assert box(like_mnist(np.ones((40, 40)))) == (20, 20)


def test_a_long_tail_stays_on_the_page():
    page = np.zeros((8, 8))
    page[0:2] = 1  # heavy at the top
    page[2:, 0] = 0.1
    assert max(box(like_mnist(page))) == 20


@pytest.mark.parametrize("image", [np.zeros((8, 8)), np.ones(8), np.full((8, 8), 16.0)])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(DataError):
        like_mnist(image)
