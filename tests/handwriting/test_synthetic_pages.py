"""Test pages: what is said to stand on them stands there, and the same seed gives the same page."""

import numpy as np
import pytest

from mnist_report.common.errors import DataError
from mnist_report.handwriting import strokes, synthetic_pages, synthetic_strokes
from mnist_report.handwriting.synthetic_photos import Look


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.train_images[:30].numpy(), mnist.train_labels[:30].numpy()


def test_the_same_seed_gives_the_same_page(digits):
    look = synthetic_pages.look("photo", 2)
    first, again, other = (synthetic_pages.write(*digits, look, seed) for seed in (1, 1, 2))
    assert (first.picture == again.picture).all()
    assert first.picture.shape != other.picture.shape or (first.picture != other.picture).any()


@pytest.mark.parametrize("kind", synthetic_pages.KINDS)
@pytest.mark.parametrize("strength", synthetic_pages.STRENGTHS)
def test_digits_stand_where_they_are_said_to(digits, kind, strength):
    page = synthetic_pages.write(*digits, synthetic_pages.look(kind, strength), 3)
    height, width = page.picture.shape[:2]
    assert page.picture.dtype == np.uint8
    assert page.labels.tolist() == digits[1].tolist()
    assert page.centres.shape == (30, 2)
    assert (page.centres > 0).all()
    assert (page.centres < (height, width)).all()
    assert (np.diff(page.lines) >= 0).all()
    low, high = synthetic_pages.look(kind, strength).size
    assert ((low <= page.sizes) & (page.sizes <= high)).all()


def test_ink_is_around_the_centres_and_nowhere_else(digits):
    page = synthetic_pages.write(*digits)
    dark = np.argwhere(page.picture[..., 0] < 128)
    away = np.abs(dark[:, None] - page.centres[None]).max(axis=2) / page.sizes
    assert away.min(axis=1).max() < 1
    assert (away.min(axis=0) < 0.5).all()


def test_turning_takes_the_centres_along(digits):
    """A dot that is turned with the page is where the centre is said to be."""
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 10:18, 10:18] = 255
    page = synthetic_pages.write(dot, [0], synthetic_pages.look("rotation", 3), 0)
    dark = np.argwhere(page.picture[..., 0] < 128)
    assert page.centres[0] == pytest.approx(dark.mean(axis=0), abs=0.5)


def test_places_are_shared_by_looks_that_leave_them_alone(digits):
    clean, dark = (
        synthetic_pages.write(*digits),
        synthetic_pages.write(*digits, synthetic_pages.look("board", 2)),
    )
    assert (clean.centres == dark.centres).all()


def test_touching_digits_touch(digits):
    from scipy import ndimage

    apart, touching = (
        ndimage.label(page.picture[..., 0] < 128, np.ones((3, 3)))[1]
        for page in (
            synthetic_pages.write(*digits),
            synthetic_pages.write(*digits, synthetic_pages.look("touching", 3)),
        )
    )
    assert touching <= apart - 5


def test_wrong_use_is_refused():
    with pytest.raises(DataError, match="No disturbance 'rain'"):
        synthetic_pages.look("rain", 1)
    with pytest.raises(DataError, match="1 to 3"):
        synthetic_pages.look("blur", 4)
    for images, labels in ((np.zeros((0, 28, 28)), []), (np.zeros((2, 28, 28)), [1])):
        with pytest.raises(DataError, match="make no page"):
            synthetic_pages.write(images, labels)
    with pytest.raises(DataError, match="make no page"):
        synthetic_pages.write(np.zeros((1, 28, 28), np.uint8), [1])  # nothing is written there


def test_a_cutting_is_of_the_page_and_shows_its_first_digits(digits):
    page = synthetic_pages.write(*digits)
    part = synthetic_pages.excerpt(page)
    assert part.ndim == 3
    assert part.shape[0] <= 2 * page.sizes.max()
    assert np.shares_memory(part, page.picture)
    assert part.min() < 100  # ink
    assert part.max() > 200  # paper


def test_examples_show_every_kind_in_every_strength(digits):
    images, labels = digits[0][:8], digits[1][:8]
    shown = synthetic_pages.examples(images, labels, seed=2)
    assert list(shown) == list(synthetic_pages.KINDS)
    assert {len(pictures) for pictures in shown.values()} == {len(synthetic_pages.STRENGTHS)}
    severe = synthetic_pages.write(images, labels, synthetic_pages.look("blur", 3), 2)
    assert (shown["blur"][2] == synthetic_pages.excerpt(severe)).all()


@pytest.mark.parametrize("pen", [0.04, 0.1, 0.18])
def test_strokes_are_as_wide_and_long_as_was_asked_for(digits, pen):
    for image in digits[0][:8]:
        ink = synthetic_strokes.drawn(image, 200, pen)
        assert max(ink.shape) == pytest.approx(200, abs=3)
        assert strokes.width(ink > 0.5) == pytest.approx(200 * pen, rel=0.25)


def test_signs_stand_between_the_digits(digits):
    alone, among = (synthetic_pages.write(*digits, Look(marks=share), 3) for share in (0, 1))
    assert (alone.picture < 128).sum() < (among.picture < 128).sum()
    assert among.labels.tolist() == alone.labels.tolist()


def test_a_desk_is_around_the_sheet_and_not_on_it(digits):
    look = Look(desk=(40, 30, 25), degrees=5)
    page = synthetic_pages.write(*digits, look, 3).picture[..., 0]
    assert max(page[0].max(), page[-1].max(), page[:, 0].max(), page[:, -1].max()) < 60
    assert np.median(page[len(page) // 2]) > 200
