"""For JupyterLab: an upload button and a drawing pad, each with the digits shown below it."""

import io
from html import escape

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from ipycanvas import Canvas
from matplotlib.figure import Figure
from PIL import Image

from mnist_report import figures
from mnist_report.common.errors import ReportError
from mnist_report.common.words import words
from mnist_report.handwriting import image_files
from mnist_report.handwriting.recognition import Recogniser

PAD = 640, 200  # pixels
PEN = 18  # about an eighth of a digit on the pad, as the strokes of MNIST are


class _Answers(ipywidgets.VBox):
    """Some widgets, and below them the last picture with its digits, or a line of text."""

    def __init__(self, recogniser: Recogniser, language: str | None) -> None:
        self.recogniser, self.language = recogniser, language
        self.words = words(language)
        self.shown = ipywidgets.VBox()
        super().__init__()

    def __repr__(self) -> str:
        # What a page shows that has no kernel behind it: an export, or the saved notebook.
        return f"({self.words['only_in_lab']})"

    def show(self, grey: np.ndarray) -> None:
        """Recognise the digits in a picture (H, W) of grey from 0 to 1, and show them in it."""
        figure = figures.photo_answers(grey, self.recogniser.recognise(grey), self.language)
        self.shown.children = [ipywidgets.Image(value=_png(figure))]


class Upload(_Answers):
    """A button that takes a picture file with digits."""

    def __init__(self, recogniser: Recogniser, language: str | None = None) -> None:
        super().__init__(recogniser, language)
        self.button = ipywidgets.FileUpload(accept="image/*", description=self.words["upload"])
        self.button.observe(self._read, names="value")
        self.children = [self.button, self.shown]

    def _read(self, change: dict) -> None:
        for file in change["new"]:
            try:
                self.show(image_files.read(io.BytesIO(file["content"])))
            except ReportError as error:
                text = self.words["unread"].format(file["name"], error)
                self.shown.children = [ipywidgets.HTML(escape(text))]


class Pad(_Answers):
    """A field to draw on with mouse, finger or pen, and buttons to recognise and to wipe it."""

    def __init__(self, recogniser: Recogniser, language: str | None = None) -> None:
        super().__init__(recogniser, language)
        width, height = PAD
        self.canvas = Canvas(width=width, height=height, sync_image_data=True)
        self.canvas.layout.border = "1px solid gray"
        self.canvas.layout.width = f"{width}px"  # else it is stretched over the page, and blurred
        self.canvas.line_width = PEN
        self.canvas.line_cap = self.canvas.line_join = "round"
        self.last: tuple[float, float] | None = None
        for start in (self.canvas.on_mouse_down, self.canvas.on_touch_start):
            start(self._begin)
        for move in (self.canvas.on_mouse_move, self.canvas.on_touch_move):
            move(self._draw)
        for end in (self.canvas.on_mouse_up, self.canvas.on_mouse_out, self.canvas.on_touch_end):
            end(self._end)
        self.read = ipywidgets.Button(description=self.words["recognise"])
        self.wipe = ipywidgets.Button(description=self.words["wipe"])
        self.read.on_click(lambda _: self.show(self.grey()))
        self.wipe.on_click(lambda _: self._blank())
        self._blank()
        self.children = [self.canvas, ipywidgets.HBox([self.read, self.wipe]), self.shown]

    def grey(self) -> np.ndarray:
        """Return the drawing, (H, W) of grey from 0 to 1."""
        return image_files.grey(Image.fromarray(self.canvas.get_image_data()))

    def _blank(self) -> None:
        self.canvas.clear()
        self.canvas.fill_style = "white"  # else the page shows, which may be dark
        self.canvas.fill_rect(0, 0, *PAD)

    def _begin(self, *where: float | list) -> None:
        self.last = _point(where)
        self._draw(*where)

    def _draw(self, *where: float | list) -> None:
        if self.last is not None:
            before, self.last = self.last, _point(where)
            self.canvas.stroke_line(*before, *self.last)

    def _end(self, *_: float | list) -> None:
        self.last = None


def _png(figure: Figure) -> bytes:
    with io.BytesIO() as stream:
        figure.savefig(stream, format="png", bbox_inches="tight")
        plt.close(figure)
        return stream.getvalue()


def _point(where: tuple) -> tuple[float, float]:
    """Return where a mouse is, (x, y), or the first of several fingers."""
    return where if len(where) > 1 else tuple(where[0][0])
