"""The drawing pad and the upload button, without a browser: what they do when they are used."""

import io

import numpy as np
import pytest
from handwriting_samples import reader_of
from PIL import Image

from mnist_report.common.words import words
from mnist_report.reporting.notebooks import widgets


@pytest.fixture(scope="module")
def reader(mnist):
    return reader_of(mnist)


@pytest.fixture
def shown(monkeypatch):
    """The texts of the figures that were shown."""
    texts, drawn = [], widgets._png

    def keep(figure):
        texts.append([text.get_text() for axis in figure.axes for text in axis.texts])
        return drawn(figure)

    monkeypatch.setattr(widgets, "_png", keep)
    return texts


@pytest.fixture
def drawn(mnist):
    """The pad's picture (H, W, 4): black strokes on nothing, a 5 and a 0."""
    rgba = np.zeros((*widgets.PAD[::-1], 4), np.uint8)
    for k in range(2):
        large = mnist.train_images[k].numpy().repeat(5, axis=0).repeat(5, axis=1)
        rgba[30:170, 60 + 250 * k : 200 + 250 * k, 3] = large
    return rgba


def test_what_is_drawn_is_read(reader, shown, drawn, monkeypatch, no_open_figures):
    pad = widgets.Pad(reader)
    monkeypatch.setattr(pad.canvas, "get_image_data", lambda: drawn)
    pad.read.click()
    (texts,) = shown
    assert texts[::2] == ["5", "0"]


def test_strokes_follow_the_mouse_while_it_is_down(reader, monkeypatch):
    pad, strokes = widgets.Pad(reader), []
    monkeypatch.setattr(pad.canvas, "stroke_line", lambda *points: strokes.append(points))
    canvas = pad.canvas
    canvas._mouse_move_callbacks(1, 1)
    canvas._mouse_down_callbacks(2, 2)
    canvas._mouse_move_callbacks(5, 6)
    canvas._mouse_up_callbacks(5, 6)
    canvas._mouse_move_callbacks(9, 9)
    assert strokes == [(2, 2, 2, 2), (2, 2, 5, 6)]
    canvas._touch_start_callbacks([(7.0, 8.0)])
    canvas._touch_move_callbacks([(8.0, 9.0)])
    assert strokes[2:] == [(7, 8, 7, 8), (7, 8, 8, 9)]


def test_wiping_leaves_white(reader, monkeypatch):
    pad, wiped = widgets.Pad(reader), []
    monkeypatch.setattr(pad.canvas, "clear", lambda: wiped.append("clear"))
    monkeypatch.setattr(pad.canvas, "fill_rect", lambda *place: wiped.append(place))
    pad.wipe.click()
    assert wiped == ["clear", (0, 0, *widgets.PAD)]
    assert pad.canvas.fill_style == "white"


def test_an_upload_is_read(reader, shown, drawn, no_open_figures):
    stream = io.BytesIO()
    Image.fromarray(drawn).save(stream, "PNG")
    upload = widgets.Upload(reader)
    upload._read({"new": ({"name": "a.png", "content": memoryview(stream.getvalue())},)})
    (texts,) = shown
    assert texts[::2] == ["5", "0"]


def uploaded(upload, name, content):
    upload._read({"new": ({"name": name, "content": memoryview(content)},)})
    (widget,) = upload.shown.children
    return widget.value


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_bad_upload_is_one_line_also_after_a_good_one(
    reader, shown, drawn, language, no_open_figures
):
    stream = io.BytesIO()
    Image.fromarray(drawn).save(stream, "PNG")
    upload = widgets.Upload(reader, language)
    wrong = words(language)["unread"].format(
        "a.txt", "The upload is no picture; give a JPEG, PNG, WebP, GIF or TIFF."
    )
    assert uploaded(upload, "a.txt", b"7") == wrong
    assert uploaded(upload, "a.png", stream.getvalue())[:4] == b"\x89PNG"
    assert uploaded(upload, "a.txt", b"7") == wrong
    assert len(shown) == 1
    assert ("无法" in wrong) is (language == "zh-CN")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", [widgets.Pad, widgets.Upload])
def test_without_a_kernel_a_sentence_stands_there(reader, kind, language):
    widget = kind(reader, language)
    assert repr(widget) == f"({words(language)['only_in_lab']})"
    assert widget._repr_mimebundle_()["text/plain"] == repr(widget)
