"""Files of images: CSV as on Kaggle, a row an image, Keras's NAME.npz, MNIST's idx, pictures."""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isqrt, prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from PIL import Image

from mnist_report.common.errors import DataError, one_line, raised_as
from mnist_report.common.storage import opened_arrays, read_bytes
from mnist_report.datasets.downloads import SourceError, gunzip

PARTS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
WIDEST = 70_000  # columns: of images of 256 × 256 pixels, and a few more
ALIKE = 2_000  # names of columns that are repeated; pandas takes the square of their number
IMAGES, LABELS = {"x", "images", "imgs", "data"}, {"y", "label", "labels", "class", "target"}

# EPS, for one, is a program, for which Pillow would start Ghostscript.
KINDS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "JPEG2000", "AVIF")
LARGEST = 80_000_000  # pixels; no camera makes more, and each may take 16 bytes on the way
LARGEST_PPM = 5_000_000  # of its many forms Pillow reads some number by number
LARGEST_FILE = 500_000_000  # bytes
SCANS = 100  # of a progressive JPEG, each over all pixels; programs write ten

Table = tuple[np.ndarray, list[str]]  # images (N, H, W) or (N, H, W, 3) bytes, labels
Found = dict[str, tuple[np.ndarray, np.ndarray | None]]  # the same by parts, as they are stored


def tables(files: Sequence[Path]) -> tuple[dict[str, Table], list[str]]:
    """Read the parts train, val and test that there are, and name what is left out.

    The name of a CSV file tells its part, `train.csv`, `mnist_test.csv`; a single one is the
    training set. Its pixels are columns, beside `label` or else a first one before a square
    number of them. An archive has arrays such as `x_train`, `y_train`, or `test_images`,
    `test_labels`. What has no labels is left out. DataError for a damaged file.
    """
    found: dict[str, Table] = {}
    left: list[str] = []
    for file in files:
        # Whatever NumPy, pandas and zipfile raise at a damaged file.
        with raised_as(lambda error, file=file: DataError(f"{file}: {one_line(error)}"), Exception):
            archive = file.suffix.lower() == ".npz"
            tables = _archive(file) if archive else _csv(file, len(files) == 1)
        for part, (x, y) in tables.items():
            if y is None or part in found:
                images = f"{len(x):,} images " + ("without labels" if y is None else f"of {part}")
                left.append(f"{file.name} ({images})" if len(x) else file.name)
            else:
                found[part] = _bytes(x), _texts(y, len(x), file)
    return found, left


def idx(folder: Path, name: str, dimensions: int) -> np.ndarray:
    """Read the array of bytes in an idx file, which may be compressed."""
    plain, packed = folder / name, folder / f"{name}.gz"
    none = f"{folder} has no file {name}, nor {name}.gz."
    with (
        raised_as(lambda _: DataError(none), FileNotFoundError),
        raised_as(lambda error: DataError(f"{packed} is {error}."), SourceError),
    ):
        unpack = packed.exists() and not plain.exists()
        raw = gunzip(read_bytes(packed)) if unpack else np.frombuffer(read_bytes(plain), np.uint8)
    header = 4 + 4 * dimensions
    shape = np.frombuffer(raw[4:header].tobytes(), ">u4").tolist()
    # 0, 0, the type (8 is uint8), the number of dimensions; then the sizes.
    if raw[:4].tolist() != [0, 0, 8, dimensions] or len(raw) != header + prod(shape) or 0 in shape:
        raise DataError(f"{folder / name} is no idx file of bytes in {dimensions} dimensions.")
    return raw[header:].reshape(shape)


def _part(name: str) -> str | None:
    words = re.split(r"[\W_]+", name.lower())
    return next((PARTS[word] for word in words if word in PARTS), None)


def _csv(file: Path, alone: bool) -> Found:
    """Read a CSV file, {} of images if it is none of images."""
    if (part := _part(file.stem) or ("train" if alone else None)) is None:
        return {file.stem: (np.empty((0, 1, 1)), None)}
    text = read_bytes(file)
    first = text.partition(b"\n")[0].decode("utf-8-sig").strip().split(",")
    if len(first) > WIDEST:
        raise ValueError(f"{len(first):,} columns are more than {WIDEST:,}.")
    named = not all(re.fullmatch(r"[\d.]+", value.strip()) for value in first)
    if named and len(first) - len(set(first)) > ALIKE:
        raise ValueError("its columns have the same names.")
    frame = pd.read_csv(io.BytesIO(text), header=0 if named else None, encoding="utf-8-sig")
    frame = frame.drop(columns=[c for c in frame if str(c).lower() == "id"])
    labels = next((c for c in frame if str(c).strip().lower() in LABELS), None)
    if labels is None and isqrt(frame.shape[1]) ** 2 != frame.shape[1]:
        labels = frame.columns[0]
    y = None if labels is None else frame.pop(labels).to_numpy()
    side = isqrt(frame.shape[1])
    if side**2 != frame.shape[1]:
        raise ValueError(f"{frame.shape[1]} columns of pixels are no square image.")
    return {part: (frame.to_numpy(float).reshape(-1, side, side), y)}


def _archive(file: Path) -> Found:
    arrays: dict[tuple[str, bool], np.ndarray] = {}
    with opened_arrays(file) as archive:
        for name in archive:
            words = set(re.split(r"[\W_]+", name.lower()))
            if words & (IMAGES | LABELS):
                arrays[_part(name) or "train", bool(words & IMAGES)] = archive[name]
    found = {part: (x, arrays.get((part, False))) for (part, of_x), x in arrays.items() if of_x}
    if not found:
        raise ValueError("no arrays such as x_train, y_train are in it.")
    return found


def _bytes(x: np.ndarray) -> np.ndarray:
    """Bring pixels from 0 to 1, or to 255, to bytes (N, H, W), or with three colours."""
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if not (x.ndim == 3 or (x.ndim == 4 and x.shape[3] == 3)):
        raise DataError(f"Images have the shape {x.shape}, not (N, H, W) or (N, H, W, 3).")
    if x.dtype.kind not in "uifb":
        raise DataError(f"Images are of the type {x.dtype}, not numbers.")
    scale = 255 if x.dtype.kind == "f" and len(x) and x.max() <= 1 else 1
    return (x * scale).round().clip(0, 255).astype(np.uint8)


def _texts(y: np.ndarray, images: int, file: Path) -> list[str]:
    """Return the labels as texts, one an image, also of one-hot rows."""
    y = y.argmax(1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()
    if len(y) != images:
        raise DataError(f"{file}: {images} images but {len(y)} labels.")
    return [str(int(label)) if y.dtype.kind == "f" else str(label) for label in y]


@contextmanager
def opened_picture(source: Path | str | BinaryIO) -> Iterator[Image.Image]:
    """Open a picture of one of `KINDS`; whatever Pillow raises, DecompressionBombError included."""
    named = isinstance(source, Path | str)
    data = read_bytes(Path(source), LARGEST_FILE) if named else source.read()
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
