"""MNIST-C's published severities against scikit-image, NumPy and what the kinds are defined by."""

import numpy as np
import pytest
from skimage import transform

from mnist_report.common.errors import DataError
from mnist_report.datasets.corruptions import corrupt, mnist_c


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.test_images.numpy()[:40]


@pytest.fixture(scope="module")
def ink(digits):
    return digits.astype(np.float32) / 255


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", mnist_c.KINDS)
def test_every_kind_changes_bytes_repeatably(digits, kind):
    before = digits.copy()
    corrupted = corrupt(digits, kind, "published")
    assert corrupted.dtype == np.uint8
    assert corrupted.shape == digits.shape
    assert np.array_equal(corrupted, corrupt(digits, kind, "published"))
    assert (corrupted != digits).any(axis=(1, 2)).mean() > 0.9
    assert np.array_equal(digits, before)


@pytest.mark.parametrize(
    ("kind", "severity"),
    [("scale", 3), ("brightness", 5), ("stripe", 5), ("canny_edges", 5)],
)
def test_kinds_without_chance_are_one_of_our_severities(digits, kind, severity):
    assert np.array_equal(corrupt(digits, kind, "published"), corrupt(digits, kind, severity))


@pytest.mark.parametrize(
    ("corruption", "matrix"),
    [
        (mnist_c.rotate, lambda c: [[np.cos(c), -np.sin(c)], [np.sin(c), np.cos(c)]]),
        (mnist_c.shear, lambda c: [[1, -np.sin(c)], [0, np.cos(c)]]),
    ],
)
def test_maps_are_those_of_scikit_image_around_the_middle(ink, corruption, matrix):
    moved = corruption(ink, rng())
    for image, found in zip(ink, moved, strict=True):
        ways = [_warped(image, matrix(c)) for c in (0.4, -0.4)]
        assert min(np.abs(way - found).max() for way in ways) < 1e-3


def _warped(image, linear):
    linear = np.array(linear)
    shift = 13.5 - linear @ [13.5, 13.5]
    whole = np.vstack([np.column_stack([linear, shift]), [0, 0, 1]])
    return transform.warp(image, transform.AffineTransform(matrix=whole), order=1)


def test_translation_is_by_three_whole_pixels_along_both_axes(ink):
    moved = mnist_c.translate(ink, rng())
    padded = np.pad(ink, ((0, 0), (3, 3), (3, 3)))
    corners = [(0, 0), (0, 6), (6, 0), (6, 6)]
    for image, found in zip(padded, moved, strict=True):
        ways = [image[r : r + 28, c : c + 28] for r, c in corners]
        assert min(np.abs(way - found).max() for way in ways) < 1e-5


def test_motion_smears_to_one_side_and_keeps_the_ink():
    page = np.zeros((50, 28, 28), np.float32)
    page[:, 13, 5] = 1
    smeared = mnist_c.motion_blur(page, rng())
    assert smeared.sum(axis=(1, 2)) == pytest.approx(np.ones(50), abs=0.02)
    assert smeared[:, :, :4].max() < 1e-6
    columns = smeared.sum(axis=1) @ np.arange(28) - 5
    steps = np.arange(21)
    weights = np.exp(-(steps**2) / 18)
    mean = (weights * steps).sum() / weights.sum()
    assert columns.max() == pytest.approx(mean, rel=0.05)  # along the rows
    assert columns.min() == pytest.approx(mean * np.cos(np.pi / 4), rel=0.1)


def test_fog_is_a_fractal_field_that_takes_three_quarters_of_the_contrast(ink):
    (field,) = mnist_c._fractals(1, rng())
    assert (field.min(), field.max()) == (0, 1)
    neighbours = np.corrcoef(field[:, 1:].ravel(), field[:, :-1].ravel())[0, 1]
    assert neighbours > 0.9
    foggy = mnist_c.fog(ink, rng())
    assert foggy.max() <= 1
    lightest = ink.max(axis=(1, 2))
    assert np.allclose(foggy - mnist_c.fog(ink * 0, rng()), foggy)  # no ink, nothing to see
    assert ((foggy.max(axis=(1, 2)) - foggy.min(axis=(1, 2))) < lightest).all()


def test_spatter_is_grey_63_and_covers_a_few_per_cent():
    drops = mnist_c.spatter(np.zeros((200, 28, 28), np.float32), rng())
    assert drops.max() == pytest.approx(63 / 255, abs=1e-3)
    assert drops[drops > 0].min() >= 0.8 * 63 / 255 - 1e-6
    assert 0.05 < (drops > 0).mean() < 0.4


def test_a_dotted_line_has_two_columns_on_and_two_off():
    line = mnist_c.dotted_line(np.zeros((30, 28, 28), np.float32), rng())
    columns = line.max(axis=1) > 0.2
    assert (columns[:, :27] == (np.arange(27) % 4 >= 2)).all()
    assert not columns[:, 27].any()


def test_a_zigzag_turns_every_four_pixels_two_to_either_side():
    corners = mnist_c._corners(10, 0)
    assert corners[0].tolist() == [2, 10]
    assert corners[1:-1, 0].tolist() == [4, 8, 12, 16, 20, 24]
    assert corners[1:-1, 1].tolist() == [12, 8, 12, 8, 12, 8]
    assert corners[-1, 0] == pytest.approx(25)
    page = mnist_c.zigzag(np.zeros((5, 28, 28), np.float32), rng())
    assert (page.max(axis=1)[:, 3:24] > 0.5).mean() > 0.9


def test_gaussian_noise_is_none_of_the_published_kinds(digits):
    with pytest.raises(DataError, match="No corruption 'gaussian_noise' of severity published"):
        corrupt(digits, "gaussian_noise", "published")
