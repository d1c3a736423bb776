"""Opening a picture file of a kind that holds nothing but pixels."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from mnist_report.common.storage import refuse_odd

# EPS, for one, is a program, for which Pillow would start Ghostscript.
KINDS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "JPEG2000", "AVIF")
LARGEST = 80_000_000  # pixels; no camera makes more, and each may take 16 bytes on the way


@contextmanager
def opened(source: Path | str | BinaryIO) -> Iterator[Image.Image]:
    """Open a picture of one of `KINDS`; whatever Pillow raises, DecompressionBombError included."""
    if isinstance(source, Path | str):
        refuse_odd(Path(source))
    Image.init()
    kinds = [kind for kind in KINDS if kind in Image.OPEN]  # by this build of Pillow
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd details of files that can be read
        with Image.open(source, formats=kinds) as image:
            if image.width * image.height > LARGEST:
                raise Image.DecompressionBombError(f"more than {LARGEST:,} pixels")
            yield image
