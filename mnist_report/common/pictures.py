"""Opening a picture file of a kind that holds nothing but pixels."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from mnist_report.common.storage import read_bytes

# EPS, for one, is a program, for which Pillow would start Ghostscript.
KINDS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "JPEG2000", "AVIF")
LARGEST = 80_000_000  # pixels; no camera makes more, and each may take 16 bytes on the way
LARGEST_PPM = 5_000_000  # of its many forms Pillow reads some number by number
LARGEST_FILE = 500_000_000  # bytes
SCANS = 100  # of a progressive JPEG, each over all pixels; programs write ten


@contextmanager
def opened(source: Path | str | BinaryIO) -> Iterator[Image.Image]:
    """Open a picture of one of `KINDS`; whatever Pillow raises, DecompressionBombError included."""
    data = (
        read_bytes(Path(source), LARGEST_FILE) if isinstance(source, Path | str) else source.read()
    )
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > SCANS:
        raise Image.DecompressionBombError(f"more than {SCANS} scans")
    Image.init()
    kinds = [kind for kind in KINDS if kind in Image.OPEN]  # by this build of Pillow
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd details of files that can be read
        with Image.open(io.BytesIO(data), formats=kinds) as image:
            most = LARGEST_PPM if image.format == "PPM" else LARGEST
            if image.width * image.height > most:
                raise Image.DecompressionBombError(f"more than {most:,} pixels")
            yield image
