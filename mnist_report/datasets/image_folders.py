"""Data sets of one's own: a folder of four idx files, or a folder of pictures, a class a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from mnist_report.common import settings
from mnist_report.common.errors import DataError, raised_as
from mnist_report.datasets.dataset import About, Classes, Dataset
from mnist_report.datasets.downloads import SourceError, gunzip
from mnist_report.datasets.preprocessing import stratified_split

SIZE = 28
TEST_SHARE = 7  # one picture in seven, as in MNIST, where the folder has no test pictures
NAMES = "classes.txt"  # beside idx files, one name a line
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}

Part = tuple[np.ndarray, np.ndarray]  # images (N, 28, 28), labels (N,)


def load(folder: Path) -> Dataset:
    """Read the data set in a folder.

    Either `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same with `t10k`, each
    also as NAME.gz, with the names of the classes in `classes.txt` if they have any; or pictures
    in `train/CLASS/` and `test/CLASS/`, or in `CLASS/` alone, of which a stratified seventh, always
    the same, becomes the test set. Pictures are made grey, 28×28 pixels, and dark on light ones
    are inverted. DataError if the folder holds no such data set, or a file is damaged.
    """
    if not folder.is_dir():
        known = f"give the path of a folder, or one of {', '.join(settings.DATASETS)}."
        raise DataError(f"There is no data set {folder}: {known}")
    return (_from_idx if any(folder.glob("train-images*")) else _from_pictures)(folder)


def _from_idx(folder: Path) -> Dataset:
    parts = []
    for prefix in ("train", "t10k"):
        x = _idx(folder, f"{prefix}-images-idx3-ubyte", 3)  # (N, H, W)
        if x.shape[1:] != (SIZE, SIZE):
            x = np.stack([_fitted(Image.fromarray(image)) for image in x])
        y = _idx(folder, f"{prefix}-labels-idx1-ubyte", 1)
        if len(x) != len(y) or len(y) == 0:
            raise DataError(f"{folder}: {len(x)} images but {len(y)} labels in {prefix}.")
        parts.append((x, y))
    used = np.unique(np.concatenate([y for _, y in parts]))  # 1 … 26 in some files of letters
    parts = [(x, np.searchsorted(used, y)) for x, y in parts]
    return _dataset(folder, parts, _names(folder / NAMES, used.tolist()))


def _names(file: Path, used: Sequence[int]) -> list[str]:
    """Return the names of the classes that occur, by their number in the file, or these numbers."""
    if not file.is_file():
        return list(map(str, used))
    lines = file.read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    if len(names) <= max(used):
        raise DataError(f"{file} has {len(names)} names, but there is a class {max(used)}.")
    return [names[number] for number in used]


def _idx(folder: Path, name: str, dimensions: int) -> np.ndarray:
    """Read the array of bytes in an idx file, which may be compressed."""
    plain, packed = folder / name, folder / f"{name}.gz"
    with (
        raised_as(lambda _: DataError(f"{folder} has no file {name}, nor {name}.gz."), OSError),
        raised_as(lambda error: DataError(f"{packed} is {error}."), SourceError),
    ):
        raw = np.fromfile(plain, np.uint8) if plain.is_file() else gunzip(packed.read_bytes())
    header = 4 + 4 * dimensions
    shape = np.frombuffer(raw[4:header].tobytes(), ">u4").astype(int)
    # 0, 0, the type (8 is uint8), the number of dimensions; then the sizes.
    if raw[:4].tolist() != [0, 0, 8, dimensions] or len(raw) != header + np.prod(shape):
        raise DataError(f"{folder / name} is no idx file of bytes in {dimensions} dimensions.")
    return raw[header:].reshape(shape)


def _from_pictures(folder: Path) -> Dataset:
    places = [folder / "train", folder / "test"]
    if not all(place.is_dir() for place in places):
        places = [folder]
    inside = [path for place in places for path in place.iterdir()]
    names = sorted({path.name for path in inside if path.is_dir() and path.name[0] != "."})
    if not names:
        raise DataError(f"{folder} holds neither idx files nor folders of pictures, one a class.")
    parts = [_labelled([place / name for name in names]) for place in places]
    if _border(parts[0][0]).mean() > 127:  # dark on light: the ground must be 0
        parts = [(255 - x, y) for x, y in parts]
    if len(parts) == 1:  # nobody has divided them; always in the same way
        (x, y), count = parts[0], max(1, len(parts[0][1]) // TEST_SHARE)
        split = stratified_split(torch.from_numpy(y), count)
        parts = [(x[index], y[index]) for index in (split.train.numpy(), split.validation.numpy())]
    return _dataset(folder, parts, names)


def _labelled(folders: Sequence[Path]) -> Part:
    """Read the pictures in the folders of all classes."""
    files = [[p for p in sorted(folder.glob("*")) if _is_picture(p)] for folder in folders]
    for folder, found in zip(folders, files, strict=True):
        if not found:
            raise DataError(f"{folder} holds no picture; put some there, or remove it.")
    images = np.stack([read(file) for found in files for file in found])
    return images, np.repeat(np.arange(len(folders)), list(map(len, files)))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES and path.name[0] != "."


def read(file: Path) -> np.ndarray:
    """Read a picture of any size and colour as grey (28, 28) bytes, its proportions kept."""
    unread = f"{file} cannot be read as a picture; replace it or remove it."
    kinds = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
    with raised_as(lambda _: DataError(unread), *kinds), Image.open(file) as picture:
        return _fitted(_grey(ImageOps.exif_transpose(picture)))


def _grey(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":  # 16 bits a pixel
        return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))
    if picture.has_transparency_data:  # what is drawn on nothing is drawn on white paper
        drawn = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn)
    return picture.convert("L")


def _fitted(picture: Image.Image) -> np.ndarray:
    """Fit into (28, 28), with margins in the colour of the border where it is no square."""
    ground = int(np.median(_border(np.asarray(picture)[np.newaxis])))
    square = ImageOps.pad(picture, (SIZE, SIZE), Image.Resampling.LANCZOS, color=ground)
    return np.asarray(square)


def _border(images: np.ndarray) -> np.ndarray:
    """Return the outermost pixels of images (N, H, W)."""
    return np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])


def _dataset(folder: Path, parts: Sequence[Part], names: Sequence[str]) -> Dataset:
    about = About(settings.dataset_label(folder), folder.name, Classes(tuple(names)))
    types = (np.uint8, np.int64)
    arrays = (np.array(a, to) for part in parts for a, to in zip(part, types, strict=True))
    return Dataset(*map(torch.from_numpy, arrays), about)
