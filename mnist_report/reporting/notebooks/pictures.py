"""Pictures for the repository: half the bytes, and no difference that an eye sees."""

from __future__ import annotations

import io

from PIL import Image

COLOURS = 256  # of the palette; most figures have not many more


def read(png: bytes) -> Image.Image:
    """The picture in a file's bytes."""
    return Image.open(io.BytesIO(png))


def compact(picture: Image.Image) -> bytes:
    """A picture as the bytes of a PNG with a palette of at most 256 colours."""
    # Covers all colours, the rare ones too, whereas the usual median cut spoils colour maps.
    method, nodither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    palette = picture.convert("RGB").quantize(COLOURS, method, kmeans=1, dither=nodither)
    made = io.BytesIO()
    palette.save(made, "png", optimize=True)
    return made.getvalue()
