"""Ink: found whatever the light, the ground and the angle, and not where there is none."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_report.common.errors import DataError
from mnist_report.handwriting import binarisation, deskew, sheet, synthetic_pages

RNG = np.random.default_rng(0)
GREY = {
    "white": np.ones((300, 400)),
    "black": np.zeros((300, 400)),
    "grey": np.full((300, 400), 0.5),
    "sensor noise": (0.7 + 0.1 * RNG.standard_normal((300, 400))).clip(0, 1),
    "white noise": RNG.random((300, 400)),
    "slope": np.tile(np.linspace(0.2, 1, 400), (300, 1)),
    "edge of a shadow": np.tile(np.where(np.arange(400) < 200, 0.3, 0.9), (300, 1)),
    "one pixel": np.ones((1, 1)),
    "one row": np.linspace(0, 1, 50)[np.newaxis],
}


@pytest.fixture(scope="module")
def page(mnist):
    return synthetic_pages.write(mnist.train_images[:20].numpy(), mnist.train_labels[:20].numpy())


@pytest.fixture(scope="module")
def clean(page):
    return page.picture.mean(axis=2) / 255


def same(mask, truth):
    """Share of the ink that both have (Jaccard)."""
    return (mask & truth).sum() / (mask | truth).sum()


@pytest.mark.parametrize("name", GREY)
def test_where_there_is_no_ink_none_is_found(name):
    mask = binarisation.binarise(GREY[name]).mask
    assert ndimage.label(mask)[1] == 0 or ndimage.binary_erosion(mask, iterations=3).sum() == 0


def test_ink_on_a_clean_page(clean):
    found = binarisation.binarise(clean)
    assert same(found.mask, clean < 0.6) > 0.92
    assert not found.light_on_dark
    assert (found.degrees, found.scale) == (0, 1)


def test_light_on_dark_gives_the_same_ink(clean):
    found = binarisation.binarise(1 - clean)
    assert found.light_on_dark
    assert same(found.mask, binarisation.binarise(clean).mask) > 0.95


@pytest.mark.parametrize("across", [0, 1])
def test_uneven_light_changes_nothing(clean, across):
    slope = np.linspace(0.25, 1, clean.shape[across])
    light = slope[:, np.newaxis] if across == 0 else slope
    assert same(binarisation.binarise(clean * light).mask, binarisation.binarise(clean).mask) > 0.95


def test_a_hard_shadow_changes_nothing(clean):
    light = np.where(np.arange(clean.shape[1]) < 0.6 * clean.shape[1], 1, 0.4)
    assert same(binarisation.binarise(clean * light).mask, binarisation.binarise(clean).mask) > 0.9


def test_faint_ink_counts_as_ink(clean):
    faint = 0.8 + 0.2 * clean
    assert same(binarisation.binarise(faint).mask, binarisation.binarise(clean).mask) > 0.9
    assert binarisation.binarise(faint).contrast.max() == 1


def test_noise_is_not_ink(clean):
    noisy = (clean + 0.1 * RNG.standard_normal(clean.shape)).clip(0, 1)
    assert same(binarisation.binarise(noisy).mask, binarisation.binarise(clean).mask) > 0.75


def test_dark_corners_are_no_ink(clean):
    rows, columns = (np.linspace(-1, 1, side) ** 2 for side in clean.shape)
    vignette = 1 - 0.35 * (rows[:, np.newaxis] + columns)
    assert (
        same(binarisation.binarise(clean * vignette).mask, binarisation.binarise(clean).mask) > 0.9
    )


@pytest.mark.parametrize("shape", [(300, 300), (400, 150)])
def test_the_light_of_one_digit_may_fall_to_a_quarter_in_the_corners(shape):
    picture = np.full(shape, 0.95)
    picture[shape[0] // 3 : -shape[0] // 3, shape[1] // 2 - 6 : shape[1] // 2 + 6] = 0.2
    rows, columns = (np.linspace(-1, 1, side) ** 2 for side in shape)
    dark = picture * (1 - 0.37 * (rows[:, np.newaxis] + columns))
    assert same(binarisation.binarise(dark).mask, binarisation.binarise(picture).mask) > 0.9


def test_dark_corners_do_not_tell_how_wide_strokes_are():
    strokes, corner = np.zeros((2, 100, 100), dtype=bool)
    strokes[20:80, 30:36] = strokes[20:80, 50:56] = True
    corner[:25, :25] = True
    assert (binarisation._writing(strokes | corner) == strokes).all()
    strokes[:, 30:36] = True  # a digit without a margin, and a speck: the digit tells
    strokes[:, 50:56] = False
    strokes[50:54, 60:64] = True
    assert (binarisation._writing(strokes) == strokes).all()


def test_a_pale_part_of_a_stroke_is_ink():
    picture = np.full((200, 200), 0.95)
    picture[60:140, 60:70] = picture[60:140, 120:130] = 0.1
    picture[95:103, 70:120] = 0.7
    assert binarisation.binarise(picture).mask[98:101, 62:128].all()


def test_what_shines_through_from_the_back_is_no_ink(clean):
    back = clean[::-1, ::-1]
    found = binarisation.binarise(np.minimum(clean, 1 - 0.15 * (1 - back)))
    assert same(found.mask, binarisation.binarise(clean).mask) > 0.9


def on_desk(sheet):
    grain = 0.1 + 0.1 * RNG.random((sheet.shape[0] // 4 + 21, 1))  # of wood, along the rows
    desk = np.repeat(np.repeat(grain, 4, axis=0), sheet.shape[1] + 80, axis=1)
    desk = desk[: sheet.shape[0] + 80]
    desk[40:-40, 40:-40] = sheet
    return desk


def test_a_sheet_on_a_dark_desk_is_dark_on_light(clean):
    assert not binarisation.binarise(on_desk(clean)).light_on_dark
    assert binarisation.binarise(1 - on_desk(clean)).light_on_dark


@pytest.mark.parametrize("degrees", [0, 5])
def test_the_desk_around_a_sheet_is_no_ink(clean, degrees):
    turned = ndimage.rotate(on_desk(clean), degrees, order=1, mode="nearest")
    alone = binarisation.binarise(sheet.without_desk(turned.astype(np.float32)))
    assert alone.contrast[:30, :30].max() < 0.2
    assert same(binarisation.binarise(turned).mask, alone.mask) == 1
    assert ndimage.label(alone.mask, np.ones((3, 3)))[1] < 40


def test_a_shadow_or_a_lone_digit_is_no_sheet(clean):
    shadow = clean * np.where(np.arange(clean.shape[1]) < 300, 0.5, 1)
    digit = np.full((200, 150), 0.9)
    digit[30:170, 40:110] = 0.1
    digit[70:90, 40:80] = digit[110:130, 70:110] = 0.9
    for grey in (clean, shadow, digit):
        assert (sheet.without_desk(grey.astype(np.float32)) == grey.astype(np.float32)).all()


def test_a_small_picture_has_no_desk(mnist, monkeypatch):
    """Two straight strokes of an enlarged 7 would be the edges of a sheet."""
    image, all_grey = mnist.train_images[0].numpy() / 255, lambda grey: np.full_like(grey, 0.5)
    monkeypatch.setattr(binarisation, "without_desk", all_grey)
    assert same(binarisation.binarise(image).mask[3::7, 3::7][:28, :28], image > 0.4) > 0.6


@pytest.mark.parametrize("pale", [0.0, 0.5])
def test_blurred_strokes_that_fill_a_picture_stay_whole(pale):
    """Half of such a picture is the soft edge of ink, which is no noise of the paper."""
    rows, columns = np.mgrid[-45:45, -35:35]
    away = np.hypot(rows / 1.25, columns)
    ring = ndimage.gaussian_filter(((away > 19) & (away < 27)) * np.where(rows < 0, 1 - pale, 1), 5)
    noise = 0.01 * np.random.default_rng(1).standard_normal(ring.shape)
    mask = binarisation.binarise((0.6 - 0.4 * ring + noise).clip(0, 1)).mask
    assert ndimage.label(mask, np.ones((3, 3)))[1] == 1
    assert ndimage.binary_fill_holes(mask).sum() > 1.3 * mask.sum()


def test_squared_paper_tells_the_skew_of_one_digit():
    squared = np.full((300, 300), 0.95)
    squared[20::34] = squared[:, 20::34] = 0.5
    squared[80:220, 132:148] = 0.1
    turned = ndimage.rotate(squared, 3, order=1, mode="nearest")
    found = binarisation.binarise(turned)
    assert found.degrees == pytest.approx(-3, abs=0.3)
    assert ndimage.label(found.mask)[1] == 1


@pytest.mark.parametrize("degrees", [-9.0, 4.0])
def test_a_turned_page_is_straightened(clean, degrees):
    found = binarisation.binarise(ndimage.rotate(clean, degrees, order=1, mode="nearest"))
    assert found.degrees == pytest.approx(-degrees, abs=1)


def test_points_are_found_again_on_the_photo(clean):
    """A dash in a corner of a turned page: where it is in the mask, and where on the photo."""
    dotted = clean.copy()
    dotted[12:19, 840:870] = 0
    photo = ndimage.rotate(dotted, 6, order=1, mode="nearest")
    found = binarisation.binarise(photo)
    assert found.degrees != 0
    names, _ = ndimage.label(found.mask)
    places = np.array(ndimage.center_of_mass(found.mask, names, range(1, names.max() + 1)))
    dot = places[np.argmax(places[:, 1] - places[:, 0])]  # the upper right corner
    row, column = found.on_photo(dot[np.newaxis])[0].round().astype(int)
    assert photo[row - 2 : row + 3, column - 2 : column + 3].max() < 0.4


def test_a_small_picture_is_enlarged(mnist):
    image = mnist.train_images[0].numpy() / 255
    found = binarisation.binarise(image)
    assert found.scale > 5
    corner = np.array([[0.0, 0.0], np.array(found.mask.shape) - 1.0])
    assert found.on_photo(corner) == pytest.approx(np.array([[0, 0], [27, 27]]), abs=0.5)


def test_too_little_writing_does_not_tell_the_skew():
    mask = np.zeros((100, 100), dtype=bool)
    mask[20:80, 40:60] = True
    assert deskew.skew(mask) == 0
    assert deskew.skew(np.zeros((9, 9), dtype=bool)) == 0


@pytest.mark.parametrize("grey", [np.ones(9), np.ones((0, 5)), np.full((9, 9), 2.0),
                                  np.full((9, 9), np.nan), np.ones((9, 9, 3))])  # fmt: skip
def test_what_is_no_grey_picture_is_refused(grey):
    with pytest.raises(DataError, match="is no picture with grey"):
        binarisation.binarise(grey)
