"""Pictures for the repository are smaller, and look the same."""

import base64
import io

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from mnist_report import figures
from tools import pictures


def png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "png")
    return made.getvalue()


@pytest.fixture
def drawn(no_open_figures) -> Image.Image:
    """A figure with greys, a colour map, and text with soft edges."""
    matrix = np.diag(np.arange(900, 1000, 10)) + np.arange(100).reshape(10, 10)
    made = io.BytesIO()
    figures.confusion_counts(matrix).savefig(made, format="png", dpi=110)
    return Image.open(made)


def test_a_compact_picture_has_a_palette_and_half_the_bytes(drawn):
    compact = pictures.compact(drawn)
    assert len(compact) < len(png(drawn)) / 2
    read = pictures.read(compact)
    assert (read.format, read.mode, read.size) == ("PNG", "P", drawn.size)


def test_no_colour_is_far_from_what_it_was(drawn):
    before = np.asarray(drawn.convert("RGB"), dtype=int)
    after = np.asarray(pictures.read(pictures.compact(drawn)).convert("RGB"), dtype=int)
    assert np.abs(before - after).mean() < 1  # of 255
    assert np.abs(before - after).max() < 20


def test_the_pictures_of_a_notebook_are_shrunk_and_nothing_else(drawn):
    data = {"image/png": base64.b64encode(png(drawn)).decode(), "text/plain": "<Figure>"}
    outputs = [new_output("display_data", data), new_output("stream", text="1")]
    content = new_notebook(cells=[new_markdown_cell("a"), new_code_cell("b", outputs=outputs)])
    pictures.shrink_outputs(content)
    picture, stream = content.cells[1].outputs
    assert base64.b64decode(picture.data["image/png"]) == pictures.compact(drawn)
    assert picture.data["text/plain"] == "<Figure>"
    assert stream.text == "1"
