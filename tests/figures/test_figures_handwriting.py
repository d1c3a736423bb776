"""Figures and tables of photos and test pages: they show what was found, in both languages."""

import numpy as np
import pytest
from handwriting_samples import reader_of
from matplotlib.patches import Polygon

from mnist_report import figures
from mnist_report.common.words import words
from mnist_report.handwriting import synthetic_pages
from mnist_report.handwriting.accuracy import PageAccuracy
from mnist_report.reporting import tables

ROW = {
    "strength": 1,
    "right": 8,
    "wrong": 1,
    "missed": 1,
    "false": 2,
    "unsure": 3,
    "unsure_right": 2,
    "out_of_order": 0,
    "accuracy": 0.8,
    "accuracy_ci95": [0.4, 0.97],
}
CLEAN = {"strength": 0, "right": 10, "accuracy": 1.0, "accuracy_ci95": [0.7, 1.0]}
RECORD = PageAccuracy(
    digits=10,
    on_a_page=5,
    seed=0,
    clean=ROW | CLEAN,
    kinds={"blur": [ROW, ROW, ROW], "shadow": [ROW, ROW, ROW]},
)
LANGUAGES = ("en", "zh-CN")
pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture(scope="module")
def page(mnist):
    return synthetic_pages.write(mnist.train_images[:5].numpy(), mnist.train_labels[:5].numpy())


@pytest.fixture(scope="module")
def grey(page):
    return page.picture.mean(axis=2) / np.float32(255)


@pytest.fixture(scope="module")
def reading(mnist, grey):
    return reader_of(mnist, 0.99).recognise(grey)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_photo_with_its_answers(grey, reading, language):
    figure = figures.photo_answers(grey, reading, language)
    (axis,) = figure.axes
    texts = [text.get_text() for text in axis.texts]
    assert texts[::2] == ["5", "0", "4", "1", "9"]
    assert all("%" in text for text in texts[1::2])
    boxes = [patch for patch in axis.patches if isinstance(patch, Polygon)]
    assert [box.get_xy()[:4].tolist() for box in boxes] == [
        digit.corners[:, ::-1].tolist() for digit in reading.digits
    ]
    colours = {box.get_edgecolor()[:3] for box, digit in zip(boxes, reading.digits, strict=True)
               if digit.sure}  # fmt: skip
    doubts = {box.get_edgecolor()[:3] for box, digit in zip(boxes, reading.digits, strict=True)
              if not digit.sure}  # fmt: skip
    assert colours.isdisjoint(doubts)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [words(language)["sure"], words(language)["not_sure"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_found_is_said(mnist, language):
    blank = np.ones((50, 80))
    figure = figures.photo_answers(blank, reader_of(mnist).recognise(blank), language)
    assert figure.axes[0].get_title() == words(language)["no_digit"]


@pytest.mark.parametrize("shape", [(1, 1), (2_000, 30), (30, 2_000)])
def test_odd_photos_can_be_drawn(mnist, shape):
    blank = np.ones(shape)
    reading = reader_of(mnist).recognise(blank)
    for draw in (figures.photo_answers, figures.photo_steps):
        assert draw(blank, reading).get_size_inches().max() < 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_steps(grey, reading, language):
    axes = figures.photo_steps(grey, reading, language).axes
    assert [axis.get_title() for axis in axes] == [
        words(language)[name] for name in ("step_grey", "step_contrast", "step_mask", "step_digits")
    ]
    assert (axes[2].images[0].get_array() == reading.binarised.mask).all()
    assert len(axes[3].patches) == 5


def test_the_digits_as_the_network_gets_them(reading):
    (axis,) = figures.photo_digits(reading.digits).axes
    assert len(axis.images) == 5
    assert (axis.images[0].get_array() == reading.digits[0].image).all()
    assert axis.texts[0].get_text().startswith("5: ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_looks_of_pages(page, language):
    excerpts = {"blur": [page.picture[:80, :200]] * 3, "noise": [page.picture[:80, :200]] * 3}
    (axis,) = figures.page_looks(excerpts, language).axes
    assert [image.get_array().shape for image in axis.images] == [(80, 200, 3)] * 6
    said = [text.get_text() for text in axis.texts]
    w = words(language)
    assert said[:3] == [f"{w['severity']} {strength}" for strength in (1, 2, 3)]
    assert said[3:] == [w["page_blur"], w["page_noise"]]


def test_a_tall_look_takes_no_room_from_the_others(page):
    excerpts = {"alone": [page.picture[:140, :70]] * 3, "blur": [page.picture[:20, :200]] * 3}
    figure = figures.page_looks(excerpts)
    shown = [image.get_extent() for image in figure.axes[0].images]
    tall, flat = shown[0], shown[3]
    assert tall[2] - tall[3] == pytest.approx(0.6)
    assert flat[2] - flat[3] == pytest.approx(0.1)
    assert (tall[1] - tall[0], flat[1] - flat[0]) == pytest.approx((0.3, 1))
    assert tall[0] + tall[1] == pytest.approx(flat[0] + flat[1])  # in the middle of its room
    assert tall[2] < flat[3]
    assert figure.get_figheight() < 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_accuracy_on_pages(language):
    figure = figures.page_accuracy(RECORD, language)
    blur, shadow = figure.axes[:2]
    assert shadow.get_title() == words(language)["page_shadow"]
    accuracy, sure = blur.lines
    assert accuracy.get_ydata().tolist() == [100, 80, 80, 80]
    assert sure.get_ydata().tolist() == [80, 60, 60, 60]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_digits(reading, language):
    table = tables.digits(reading, language)
    assert table.index.tolist() == ["1"] * 5
    assert table[words(language)["recognised_as"]].tolist() == ["5", "0", "4", "1", "9"]
    doubts = table[words(language)["doubt"]] == words(language)["not_sure"]
    assert doubts.tolist() == [not digit.sure for digit in reading.digits]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_disturbances(language):
    table = tables.disturbances(RECORD, language)
    assert len(table) == 7
    assert table.index[0] == words(language)["page_clean"]
    assert table.iloc[0, 1] == "100.0 (70.0–100.0)"
    assert table.iloc[1].tolist() == ["1", "80.0 (40.0–97.0)", "1", "1", "2", "3"]
