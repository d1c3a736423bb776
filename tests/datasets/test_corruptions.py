"""Corruptions against SciPy's own transforms, and against the statistics that define the noise."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_report.common.errors import DataError
from mnist_report.datasets import corruptions
from mnist_report.datasets.corruptions import (
    KINDS,
    SEVERITIES,
    corrupt,
    kinds,
)


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.test_images.numpy()[:200]


@pytest.fixture(scope="module")
def ink(digits):
    return digits.astype(np.float32) / 255


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_bytes_is_repeatable_and_does_more_with_severity(digits, kind):
    damaged = [corrupt(digits, kind, severity) for severity in SEVERITIES]
    for image in damaged:
        assert image.dtype == np.uint8
        assert image.shape == digits.shape
    assert np.array_equal(damaged[2], corrupt(digits, kind, 3))
    distances = [np.abs(image.astype(int) - digits).mean() for image in damaged]
    assert distances == sorted(distances)
    assert distances[0] > 0


@pytest.mark.parametrize("kind", set(KINDS) - {"brightness", "scale", "stripe", "canny_edges"})
def test_chance_comes_from_the_seed(digits, kind):
    assert not np.array_equal(corrupt(digits, kind, 3), corrupt(digits, kind, 3, seed=1))


def test_the_damage_is_done_to_a_copy(digits):
    before = digits.copy()
    for kind in KINDS:
        corrupt(digits, kind, 5)
    assert np.array_equal(digits, before)


def test_shot_noise_has_the_mean_and_variance_of_photons():
    page = np.full((200, 28, 28), 0.4, dtype=np.float32)
    noisy = kinds.shot_noise(page, 3, rng())
    assert noisy.mean() == pytest.approx(0.4, abs=0.005)
    assert noisy.var() == pytest.approx(0.4 / 12, rel=0.03)


def test_impulse_noise_turns_its_share_half_to_paper_half_to_ink():
    page = np.full((200, 28, 28), 0.5, dtype=np.float32)
    noisy = kinds.impulse_noise(page, 5, rng())
    assert (noisy == 0).mean() == pytest.approx(0.27 / 2, rel=0.03)
    assert (noisy == 1).mean() == pytest.approx(0.27 / 2, rel=0.03)
    assert set(np.unique(noisy)) == {0, 0.5, 1}


def test_gaussian_noise_has_its_deviation():
    noise = kinds.gaussian_noise(np.zeros((200, 28, 28), np.float32), 4, rng())
    assert noise.std() == pytest.approx(0.26, rel=0.01)
    assert noise.mean() == pytest.approx(0, abs=0.01)


def test_glass_moves_ink_about_and_neither_adds_nor_takes_any(ink):
    before = np.pad(ink, 0)
    swapped = kinds._swap_with_near(before, 2, rng())
    assert np.array_equal(np.sort(swapped.reshape(200, -1)), np.sort(before.reshape(200, -1)))
    assert not np.array_equal(swapped, before)


def test_glass_moves_no_pixel_far():
    page = np.zeros((300, 28, 28), np.float32)
    page[:, 14, 14] = 1
    places = np.argwhere(kinds._swap_with_near(page, 1, rng()))[:, 1:]
    # It is moved by its own turn, and by those of its neighbours.
    assert np.abs(places - 14).max() <= 9
    assert len(np.unique(places, axis=0)) > 8


def test_motion_keeps_the_ink_and_spreads_it_along_a_line():
    page = np.zeros((50, 28, 28), np.float32)
    page[:, 14, 14] = 1
    blurred = kinds.camera_shake(page, 5, rng())
    assert blurred.sum(axis=(1, 2)) == pytest.approx(np.ones(50), abs=1e-4)
    for image in blurred:
        columns = np.nonzero(image > 0.02)[1]
        assert np.ptp(columns) >= 7  # 11 pixels at 45°
        spread = np.cov(np.nonzero(image > 0), aweights=image[image > 0])
        thin, wide = np.linalg.eigvalsh(spread)
        assert wide > 20 * thin


def test_brightness_adds_ink_up_to_the_full(digits):
    lit = corrupt(digits, "brightness", 4)
    expected = np.minimum(digits.astype(float) + 0.4 * 255, 255)
    assert np.abs(lit - expected).max() <= 0.5 + 1e-3


def test_fog_keeps_within_ink_and_takes_contrast(ink):
    fogged = kinds.clouds(ink, 5, rng())
    assert 0 <= fogged.min() <= fogged.max() <= 1
    fields = fogged * 2.6 - ink  # what was added
    assert fields.min(axis=(1, 2)) == pytest.approx(np.zeros(200), abs=1e-5)
    assert fields.max(axis=(1, 2)) == pytest.approx(np.full(200, 1.6), abs=1e-5)
    near = np.corrcoef(fields[:, :, :-1].ravel(), fields[:, :, 1:].ravel())[0, 1]
    assert near > 0.6  # clouds, not noise


@pytest.mark.parametrize("severity", SEVERITIES)
def test_scale_agrees_with_scipy(ink, severity):
    factor = 1 - 0.1 * severity
    for image, found in zip(ink[:5], kinds.scale(ink[:5], severity, rng()), strict=True):
        matrix = np.eye(2) / factor
        offset = 13.5 - matrix @ [13.5, 13.5]
        expected = ndimage.affine_transform(image, matrix, offset, order=1, mode="grid-constant")
        assert found == pytest.approx(expected, abs=1e-4)


def test_rotation_agrees_with_scipy_in_one_of_the_directions(ink):
    for image, found in zip(ink[:5], kinds.rotate(ink[:5], 3, rng()), strict=True):
        best = min(
            np.abs(
                ndimage.rotate(image, angle, reshape=False, order=1, mode="grid-constant") - found
            ).mean()
            for angle in (*np.linspace(30.9, 34.4, 50), *np.linspace(-34.4, -30.9, 50))
        )
        assert best < 0.002


def test_shear_moves_each_row_in_proportion():
    page = np.zeros((40, 28, 28), np.float32)
    page[:, :, 14] = 1
    found = kinds.slant(page, 2, rng())
    for image in found:
        middle = (image @ np.arange(28)) / image.sum(axis=1)
        slopes = np.diff(middle)
        assert np.abs(slopes) == pytest.approx(np.full(27, 0.4), abs=1e-3)
        assert middle.mean() == pytest.approx(14, abs=1e-3)
    assert {np.sign(np.diff(image @ np.arange(28))[0]) for image in found} == {-1, 1}


def test_translation_goes_as_far_as_it_says():
    page = np.zeros((60, 28, 28), np.float32)
    page[:, 12:16, 12:16] = 1
    found = kinds.displacement(page, 4, rng())
    centres = np.stack([ndimage.center_of_mass(image) for image in found])
    assert np.linalg.norm(centres - 13.5, axis=1) == pytest.approx(np.full(60, 6.0), abs=1e-3)


def test_a_shift_is_down_and_to_the_right(ink):
    found = kinds.sample(ink[:1], np.eye(2)[np.newaxis], np.array([[2.0, 3.0]]))[0]
    assert found == pytest.approx(ndimage.shift(ink[0], (2, 3), order=1), abs=1e-5)


def test_stripes_change_paper_and_ink(digits):
    striped = corrupt(digits, "stripe", 3)
    assert np.array_equal(striped[:, :, :5], 255 - digits[:, :, :5])
    assert np.array_equal(striped[:, :, -5:], 255 - digits[:, :, -5:])
    assert np.array_equal(striped[:, :, 5:-5], digits[:, :, 5:-5])


def test_mud_covers_its_share():
    drops = kinds.mud(np.zeros((100, 28, 28), np.float32), 3, rng())
    assert (drops > 0.25).mean() == pytest.approx(0.14, abs=0.02)
    assert drops.max() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_zigzag_has_no_ink_beyond_the_columns_where_it_is_drawn(ink, severity, monkeypatch):
    stroke, drawn = kinds._stroke, kinds.sawtooth(ink, severity, rng())

    def checked(start, end, thickness, near):
        whole, along = stroke(start, end, thickness)
        assert not np.delete(whole, np.arange(28)[near], axis=2).any()
        return whole[..., near], along[..., near]

    monkeypatch.setattr(kinds, "_stroke", checked)
    assert (kinds.sawtooth(ink, severity, rng()) == drawn).all()


@pytest.mark.parametrize("kind", ["dashed_line", "sawtooth"])
def test_lines_only_add_ink_and_cross_the_page(digits, kind):
    lined = corrupt(digits, kind, 3)
    assert (lined >= digits).all()
    blank = corrupt(np.zeros((20, 28, 28), np.uint8), kind, 3)
    for image in blank:
        columns = np.flatnonzero(image.any(axis=0))
        assert columns[0] <= 4
        assert columns[-1] >= 23


def test_a_dotted_line_is_dotted_and_straight():
    line = kinds.dashed_line(np.zeros((30, 28, 28), np.float32), 1, rng())
    for image in line:
        assert ndimage.label(image > 0.3, np.ones((3, 3)))[1] >= 4
        rows, columns = np.nonzero(image > 0.5)
        assert np.abs(np.polyval(np.polyfit(columns, rows, 1), columns) - rows).max() < 1


def test_the_edges_of_a_square_are_its_outline():
    page = np.zeros((2, 28, 28), np.float32)
    page[0, 8:20, 8:20] = 1
    edges = kinds.canny(page)
    assert set(np.unique(edges)) == {0, 1}
    assert not edges[1].any()
    assert not edges[0, 11:17, 11:17].any()
    outline = ndimage.binary_dilation(page[0]) & ~ndimage.binary_erosion(page[0])
    assert outline[edges[0] == 1].all()
    for line in (edges[0, :, 14], edges[0, 14]):
        assert line.sum() == 2  # one pixel thick on either side


def test_images_of_a_batch_do_not_touch(digits):
    for kind in ("frosted_glass", "clouds", "mud", "canny_edges"):
        other = digits[:3].copy()
        other[1] = 255 - other[1]
        first, second = corrupt(digits[:3], kind, 3), corrupt(other, kind, 3)
        assert np.array_equal(first[[0, 2]], second[[0, 2]])


def test_weak_edges_stay_only_where_they_reach_a_strong_one():
    weak, sure = np.zeros((2, 28, 28), bool), np.zeros((2, 28, 28), bool)
    weak[:, 5, 5:10] = weak[:, 20, 5:10] = True
    sure[0, 5, 5] = True
    kept = kinds._connected(weak, sure)
    assert kept[0, 5].sum() == 5
    assert not kept[0, 20].any()
    assert not kept[1].any()  # the next image has no strong edge in the same place


@pytest.mark.parametrize(("kind", "severity"), [("snow", 1), ("clouds", 0), ("clouds", 6)])
def test_unknown_damage_is_refused(digits, kind, severity):
    with pytest.raises(DataError, match=kind):
        corruptions.corrupt(digits, kind, severity)


@pytest.mark.parametrize("images", [np.zeros((2, 8, 8), np.uint8), np.zeros((2, 28, 28))])
def test_other_images_are_refused(images):
    with pytest.raises(DataError, match="uint8"):
        corruptions.corrupt(images, "clouds", 1)


def test_every_way_is_what_each_kind_and_severity_does(digits):
    damaged = corruptions.every_way(digits[3], seed=1)
    assert list(damaged) == list(KINDS)
    for kind, images in damaged.items():
        assert images.shape == (5, 28, 28)
        assert np.array_equal(images[3], corrupt(digits[3:4], kind, 4, seed=1)[0])
