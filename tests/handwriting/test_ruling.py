"""Printed lines: they go, and the strokes on them and across them stay."""

import cv2
import numpy as np
import pytest

from mnist_report.handwriting.ruling import ruling


def page(height=240, width=400):
    return np.zeros((height, width), np.uint8)


def write(mask, text="2573", at=(40, 120), pen=3):
    """Digits of 44 pixels, 38 apart."""
    for k, digit in enumerate(text):
        where = at[0] + 38 * k, at[1]
        cv2.putText(mask, digit, where, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 1, pen)
    return mask


def printed(mask, contrast=None):
    return ruling(mask > 0, mask.astype(float) if contrast is None else contrast)


def left(mask):
    return (mask > 0) & ~printed(mask)


def lost(digits, found):
    """Share of the digits' ink that is gone."""
    return (digits & ~found).sum() / digits.sum()


@pytest.mark.parametrize("fall", [0, 4])
def test_ruled_lines_go_and_the_digits_on_them_stay(fall):
    digits, mask = write(page()) > 0, write(page())
    for row in (60, 104, 130, 180):
        cv2.line(mask, (0, row), (399, row + fall), 1, 2)
    found = left(mask)
    assert lost(digits, found) < 0.12
    assert (found & ~cv2.dilate(digits.astype(np.uint8), np.ones((5, 5))).astype(bool)).sum() < 60


def test_a_table_goes():
    digits, mask = write(page()) > 0, write(page())
    for row in (60, 140, 220):
        cv2.line(mask, (20, row), (380, row), 1, 2)
    for column in range(34, 400, 38):
        cv2.line(mask, (column, 60), (column, 220), 1, 2)
    found = left(mask)
    assert lost(digits, found) < 0.1
    assert (found & ~digits).sum() < 60


def test_joined_boxes_and_boxes_that_stand_alone_go():
    digits = write(page()) > 0
    joined, alone = write(page()), write(page())
    cv2.rectangle(joined, (34, 70), (34 + 4 * 38, 134), 1, 2)
    for k in range(4):
        cv2.line(joined, (34 + 38 * k, 70), (34 + 38 * k, 134), 1, 2)
        cv2.rectangle(alone, (36 + 38 * k, 72), (67 + 38 * k, 134), 1, 1)
    for mask in (joined, alone):
        found = left(mask)
        assert lost(digits, found) < 0.1
        assert (found & ~digits).sum() < 100


def test_an_underline_that_touches_goes():
    digits, mask = write(page(), "72", (100, 120)) > 0, write(page(), "72", (100, 120))
    cv2.line(mask, (80, 122), (200, 122), 1, 2)
    assert left(mask)[:, 185:200].sum() == 0
    assert lost(digits, left(mask)) < 0.2


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize("pen", [2, 12, 30])
def test_a_digits_own_strokes_stay(digit, pen):
    mask = np.zeros((300, 300), np.uint8)
    cv2.putText(mask, digit, (50, 260), cv2.FONT_HERSHEY_SIMPLEX, 10, 1, pen)
    assert not printed(mask).any()


def test_the_long_bar_of_a_4_stays_when_it_lies():
    mask = page(300, 400)
    for a, b in (((60, 150), (260, 160)), ((130, 100), (130, 210)), ((130, 100), (60, 150))):
        cv2.line(mask, a, b, 1, 14)
    assert not printed(mask).any()


def test_a_lone_bar_and_an_empty_page_have_no_ruling():
    mask = page()
    assert not printed(mask).any()
    mask[10:230, 195:203] = 1
    assert not printed(mask).any()


def test_what_is_darker_than_the_lines_is_a_stroke_on_them():
    digits, mask = write(page()) > 0, write(page())
    for row in (60, 118, 180):
        cv2.line(mask, (0, row), (399, row), 1, 2)
    assert lost(digits, (mask > 0) & ~printed(mask, np.where(digits, 0.9, 0.3))) == 0
    assert lost(digits, left(mask)) > 0.05
