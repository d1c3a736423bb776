"""Pictures for the repository: half the bytes, and no difference that an eye sees."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from mnist_report.reporting.notebooks import files

if TYPE_CHECKING:
    import nbformat

COLOURS = 256  # of the palette; most figures have not many more


def read(png: bytes) -> Image.Image:
    """Return the picture in a file's bytes."""
    return Image.open(io.BytesIO(png))


def compact(picture: Image.Image) -> bytes:
    """Return a picture as the bytes of a PNG with a palette of at most 256 colours."""
    # Covers all colours, the rare ones too, whereas the usual median cut spoils colour maps.
    method, nodither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    palette = picture.convert("RGB").quantize(COLOURS, method, kmeans=1, dither=nodither)
    made = io.BytesIO()
    palette.save(made, "png", optimize=True)
    return made.getvalue()


def shrink(notebooks: Iterable[Path]) -> list[Path]:
    """Give the pictures in notebooks a palette, in place; return the notebooks."""
    changed = list(notebooks)
    for path in changed:
        content = files.read(path)
        shrink_outputs(content)
        files.write(content, path)
    return changed


def shrink_outputs(content: nbformat.NotebookNode) -> None:
    """Give the pictures among a notebook's outputs a palette, in place."""
    for cell in files.code_cells(content):
        for output in cell.outputs:
            if png := output.get("data", {}).get("image/png"):
                picture = read(base64.b64decode(png))
                output.data["image/png"] = base64.b64encode(compact(picture)).decode()
