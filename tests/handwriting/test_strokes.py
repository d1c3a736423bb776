"""Strokes: measured, and thin ones brought to a width like MNIST's."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_report.datasets.shapes import like_mnist
from mnist_report.handwriting import strokes


def ring(pen, radius=200):
    """A zero of a pen's width, (H, W) ink from 0 to 1."""
    rows, columns = np.mgrid[: 2 * radius + 60, : 2 * radius + 60] - radius - 30
    return (pen / 2 + 0.5 - abs(np.hypot(rows, columns) - radius)).clip(0, 1).astype(np.float32)


@pytest.mark.parametrize("pen", [2, 3, 8, 21, 60])
def test_the_width_of_a_pen_is_measured(pen):
    assert strokes.width(ring(pen) > 0.5) == pytest.approx(pen, rel=0.06, abs=0.3)


@pytest.mark.parametrize("pen", [2, 5, 12, 30])
def test_thin_strokes_become_as_wide_as_mnists(pen):
    ink = strokes.thickened(ring(pen), ring(pen) > 0.5)
    mask = ink > 0.5
    height = np.ptp(np.nonzero(mask.any(axis=1)))
    assert strokes.width(mask) / height == pytest.approx(strokes.LEAST, rel=0.06)
    assert ndimage.label(~mask)[1] == 2  # still round, and hollow


def test_wide_strokes_stay_as_they_are():
    ink = ring(60)
    assert (strokes.thickened(ink, ink > 0.5) == ink).all()


def test_a_pale_digit_comes_to_full_contrast():
    pale = 0.3 * ring(2)
    assert like_mnist(pale).max() < 30
    assert np.quantile(like_mnist(strokes.thickened(pale, ring(2) > 0.5)), 0.9) > 200
