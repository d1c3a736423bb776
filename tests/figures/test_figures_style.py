"""The common style: width, fonts, no missing glyphs, and no trace left in the caller's settings."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib_inline import backend_inline
from PIL import Image

from mnist_report.figures import display, style

SVG, PNG = "image/svg+xml", "image/png"
pytestmark = pytest.mark.usefixtures("no_open_figures")


@style.styled
def chinese_figure(w):
    figure, axis = style.panels(height=2)
    axis.plot([-1, 1])
    axis.set(title="混淆矩阵:真实类别与预测类别", ylabel="χ² − 标准差 σ (%)")
    return figure


def test_chinese_greek_and_minus_are_drawn_without_a_missing_glyph(tmp_path):
    chinese_figure().savefig(tmp_path / "figure.png")  # a missing glyph warns, warnings are errors
    assert (tmp_path / "figure.png").stat().st_size > 2000


def test_the_chinese_font_is_the_one_found_for_all_text():
    figure = chinese_figure()
    texts = [figure.axes[0].title, *figure.axes[0].get_xticklabels()]
    fonts = {Path(findfont(text.get_fontproperties())) for text in texts}
    assert fonts == {style.font_files()["sans"]}


def test_a_figure_is_as_wide_as_the_text():
    assert chinese_figure().get_size_inches().tolist() == pytest.approx([6.3, 2])


def test_the_callers_settings_stay_as_they_were():
    before = dict(mpl.rcParams)
    chinese_figure()
    assert dict(mpl.rcParams) == before


def test_use_style_sets_resolution_for_screen_and_document():
    with mpl.rc_context():
        style.use_style()
        assert mpl.rcParams["figure.dpi"] == 110
        style.use_style(document=True)
        assert mpl.rcParams["figure.dpi"] == 200
        assert mpl.rcParams["svg.hashsalt"]


def test_the_same_figure_gives_the_same_svg(tmp_path):
    for name in ("one.svg", "two.svg"):
        with mpl.rc_context(style.rc()):
            chinese_figure().savefig(tmp_path / name, metadata={"Date": None})
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_a_digit_is_black_ink_whether_bytes_or_floats():
    _, (left, right) = style.panels(1, 2)
    digit = np.zeros((28, 28), dtype=np.uint8)
    digit[10:20, 10:20] = 255
    style.show_digit(left, digit, "7")
    style.show_digit(right, digit / 255)
    assert left.images[0].norm(255) == right.images[0].norm(1.0) == 1
    assert left.get_title() == "7"
    assert not left.get_xticks().size


@pytest.mark.parametrize(("document", "kinds"), [(False, {PNG}), (True, {SVG, PNG})])
def test_a_notebook_gets_its_formats_of_one_drawing_without_a_date(document, kinds, monkeypatch):
    shell, drawn = InteractiveShell(), []
    monkeypatch.setattr(style, "get_ipython", lambda: shell)
    monkeypatch.setattr(backend_inline, "InteractiveShell", Mock(instance=lambda: shell))
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda *given: drawn.append(draw(*given)))
    with mpl.rc_context():
        style.use_style(document=not document)
        style.use_style(document=document)  # the last one counts
        figure = chinese_figure()
        drawn.clear()
        shown, again = (shell.display_formatter.format(figure)[0] for _ in "ab")
        assert figure.dpi == (200 if document else 110)
    assert shown == again
    assert shown.keys() - {"text/plain"} == kinds
    assert len(drawn) == 2


def test_a_picture_made_of_svg_is_that_of_matplotlib(tmp_path):
    """As large, at the same resolution, and to the eye the same in every letter."""
    figure, drawn = chinese_figure(), tmp_path / "drawn.png"
    figure.savefig(drawn, dpi=200)
    made = Image.open(BytesIO(b64decode(display.pictures(figure, True)[PNG])))
    with Image.open(drawn) as expected:
        assert made.size == expected.size == (1260, 400)
        assert made.info["dpi"] == pytest.approx(expected.info["dpi"])
        difference = np.subtract(*(np.float32(i.convert("L")) for i in (made, expected)))
    assert np.abs(difference).mean() < 3  # of 255; the outline of a letter is smoothed otherwise


def test_an_empty_figure_shows_nothing():
    for document in (True, False):
        assert display.pictures(Figure(), document) is None
