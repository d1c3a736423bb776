"""Picture files of every usual kind → grey, upright, of a bounded size."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_report.common.errors import ReportError
from mnist_report.datasets import formats

LARGEST = 1600  # pixels of the longer side; a photo of a page needs no more


class ImageError(ReportError):
    """A file is no picture that can be read."""


def read(source: Path | str | BinaryIO) -> np.ndarray:
    """Read a picture file, or an open one, as (H, W) float32 from 0 (black) to 1 (white).

    The first picture of several is taken, it is turned as its camera says, laid on paper where it
    is transparent, and made smaller to `LARGEST` pixels. Colours become grey by their luminance.

    Raises:
        ImageError: there is no such file, it is no picture, it is damaged, or it has more pixels
            than `formats.LARGEST`.
    """
    name = str(source) if isinstance(source, Path | str) else getattr(source, "name", "The upload")
    try:
        with formats.opened_picture(source) as image:
            return grey(ImageOps.exif_transpose(_smaller(image)))
    except UnidentifiedImageError as error:
        raise ImageError(f"{name} is no picture; give a JPEG, PNG, WebP, GIF or TIFF.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} has too many pixels; make the picture smaller.") from error
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {name}.") from error
    except Exception as error:  # Pillow's readers raise anything at damaged files
        full = isinstance(error, MemoryError)
        odd = "it takes too much memory" if full else "it is damaged, or of an unusual kind"
        reason = getattr(error, "strerror", None) or odd
        raise ImageError(f"{name} cannot be read: {reason}.") from error


def grey(image: Image.Image) -> np.ndarray:
    """Turn a picture of any mode into grey (H, W), float32 from 0 to 1.

    What is transparent becomes white, or black under a drawing that is light itself.
    """
    if image.mode.startswith(("I", "F")):
        return _deep(np.asarray(image))
    if image.has_transparency_data:
        return _on_paper(np.asarray(image.convert("RGBA"), dtype=np.float32) / 255)
    return _luminance(np.asarray(image.convert("RGB"), dtype=np.float32) / 255)


def _smaller(image: Image.Image) -> Image.Image:
    if max(image.size) <= LARGEST:
        return image
    image.draft(None, (LARGEST, LARGEST))  # a JPEG is decoded at half or a quarter of its size
    image.load()  # only now is the size certain
    factor = min(1.0, LARGEST / max(image.size))
    size = tuple(max(1, round(side * factor)) for side in image.size)
    if image.mode in ("P", "1"):  # their numbers are no colours that could be averaged
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode.startswith("I"):
        image = image.convert("F")
    return image.resize(size, Image.Resampling.BOX)


def _deep(values: np.ndarray) -> np.ndarray:
    """Scale grey of more than 8 bits: of 16 if it is whole numbers, else what is there."""
    values = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low, high = values.min(), values.max()
    if low >= 0 and high <= 65_535:
        low, high = 0, 65_535 if high > 255 else (255 if high > 1 else 1)
    return ((values - low) / max(high - low, 1e-12)).astype(np.float32)


def _on_paper(rgba: np.ndarray) -> np.ndarray:
    opacity, tone = rgba[..., 3], _luminance(rgba[..., :3])
    drawn = float(opacity.sum())
    paper = 0.0 if drawn and (opacity * tone).sum() > 0.5 * drawn and opacity.mean() < 0.9 else 1.0
    return tone * opacity + paper * (1 - opacity)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    """Rec. 601, as Pillow's own grey, without its rounding."""
    return (rgb @ np.array([0.299, 0.587, 0.114], dtype=np.float32)).clip(0, 1)
