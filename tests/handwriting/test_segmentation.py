"""Pieces of ink become digits: dots go, parts are joined, lines are read in their order."""

import numpy as np
import pytest

from mnist_report.handwriting import segmentation
from mnist_report.handwriting.segmentation import Component, components, joined, segment
from mnist_report.handwriting.touching_digits import splits


def page(*boxes, shape=(300, 400)):
    """Ink in boxes of (top, left, height, width)."""
    mask = np.zeros(shape, dtype=bool)
    for top, left, height, width in boxes:
        mask[top : top + height, left : left + width] = True
    return mask


def boxes(mask):
    return [[(p.top, p.left, p.height, p.width) for p in line] for line in segment(mask)[0]]


ONE, TWO, THREE = (50, 20, 40, 20), (52, 70, 40, 20), (46, 120, 40, 20)


def test_one_line_is_read_from_left_to_right():
    assert boxes(page(THREE, ONE, TWO)) == [[ONE, TWO, THREE]]


def test_lines_are_read_from_top_to_bottom():
    below = (150, 10, 40, 20)
    assert boxes(page(below, THREE, ONE)) == [[ONE, THREE], [below]]


def test_an_empty_page_has_no_lines():
    assert segment(page()) == ([], 0)


def test_dots_are_dropped():
    assert boxes(page(ONE, (150, 300, 3, 3), (60, 200, 2, 2))) == [[ONE]]
    assert boxes(page((150, 300, 3, 3))) == []


def test_a_bar_is_joined_with_its_digit():
    body, bar = (60, 20, 40, 20), (48, 24, 6, 30)  # a 5 whose pen was lifted
    assert boxes(page(body, bar, TWO)) == [[(48, 20, 52, 34), TWO]]


def test_two_halves_above_each_other_are_one_digit():
    whole = (48, 70, 40, 20)
    assert boxes(page((44, 20, 22, 20), (69, 22, 22, 20), whole)) == [[(44, 20, 47, 22), whole]]


def test_a_comma_and_a_point_are_no_digits():
    comma, point = (86, 46, 10, 5), (85, 100, 6, 6)
    assert boxes(page(ONE, TWO, THREE, comma, point)) == [[ONE, TWO, THREE]]


def test_a_line_below_the_writing_is_no_part_of_it():
    assert boxes(page(ONE, TWO, THREE, (96, 10, 4, 150))) == [[ONE, TWO, THREE]]


def test_small_writing_beside_large_writing_is_read_too():
    small = [(200, 20, 14, 8), (200, 40, 14, 8), (200, 60, 14, 8)]
    assert boxes(page(ONE, TWO, THREE, *small)) == [[ONE, TWO, THREE], small]


def test_the_edge_of_the_table_is_no_digit():
    assert boxes(page(ONE, TWO, THREE, (0, 380, 300, 20), (290, 0, 10, 400))) == [[ONE, TWO, THREE]]


def test_a_digit_that_fills_the_picture_is_a_digit():
    assert boxes(np.ones((40, 20), dtype=bool)) == [[(0, 0, 40, 20)]]


@pytest.mark.parametrize("edge", [(100, 390, 180, 10), (280, 60, 20, 250)])
def test_what_runs_along_any_border_is_no_digit(edge):
    """Much longer than the digits, and with its end inside the page."""
    inner = [(top, left + 100, height, width) for top, left, height, width in (ONE, TWO, THREE)]
    deep = (edge[0] - 20, edge[1] - 20, edge[2] + 20, edge[3] + 20)
    found = boxes(page(*inner, deep))
    assert found == [inner]


def test_a_dark_corner_as_high_as_a_digit_is_none():
    inner = [(top, left + 100, height, width) for top, left, height, width in (ONE, TWO, THREE)]
    assert boxes(page(*inner, (0, 370, 50, 30))) == [inner]
    alone = [(0, 0, 40, 20), (2, 70, 40, 20)]  # on a picture without a margin
    assert boxes(page(*alone)) == [alone]


def test_a_filled_spot_is_a_blot_and_a_thick_stroke_is_none():
    stroke, blot = (50, 100, 40, 24), (50, 200, 40, 36)
    mask = page(ONE, stroke, blot)
    assert (segmentation.without_blots(mask) == page(ONE, stroke)).all()
    assert segmentation.without_blots(page(blot)).any()  # alone, it stays


def test_of_a_crowd_the_largest_are_looked_at_and_the_others_counted(monkeypatch):
    monkeypatch.setattr(segmentation, "MOST", 2)
    mask = page(ONE, (50, 60, 40, 10), THREE)
    assert (boxes(mask), segment(mask)[1]) == ([[ONE, THREE]], 1)


def test_pieces_that_touch_at_a_corner_are_one():
    assert len(components(page((10, 10, 5, 5), (15, 15, 5, 5)))) == 1
    assert len(components(page((10, 10, 5, 5), (17, 17, 5, 5)))) == 2


def test_joining_keeps_the_ink_of_both():
    a, b = components(page((10, 10, 5, 5), (20, 2, 4, 4)))
    both = joined(a, b)
    assert (both.top, both.left, both.bottom, both.right) == (10, 2, 24, 15)
    assert both.area == 41


def test_a_cut_goes_through_the_bridge():
    """Two blocks that a thin bridge connects come apart as they were."""
    mask = page((0, 0, 40, 25), (0, 35, 40, 25), (18, 25, 2, 10), shape=(40, 60))
    choices = splits(Component(100, 200, mask), _contrast(mask), 40)
    assert any(
        (left.left, left.top) == (200, 100) and left.right <= 235 and right.left >= 225
        and min(left.area, right.area) >= 1000 for left, right in choices
    )  # fmt: skip


def test_all_cuts_share_the_ink_out():
    rng = np.random.default_rng(0)
    mask = rng.random((40, 70)) < 0.7
    choices = splits(Component(0, 0, mask), _contrast(mask, 0), 40)
    assert choices
    for left, right in choices:
        assert left.area + right.area <= mask.sum()
        assert min(left.height, right.height) >= 20
        both = joined(left, right)
        part = mask[both.top : both.bottom, both.left : both.right]
        assert not (both.mask & ~part).any()


@pytest.mark.parametrize("width", [1, 2, 3])
def test_what_is_too_narrow_is_not_cut(width):
    mask = np.ones((40, width), dtype=bool)
    assert splits(Component(0, 0, mask), _contrast(mask, 0), 40) == []


def _contrast(mask, top=100, left=200):
    contrast = np.zeros((top + mask.shape[0], (left if top else 0) + mask.shape[1]), np.float32)
    contrast[top:, (left if top else 0) :] = mask
    return contrast
