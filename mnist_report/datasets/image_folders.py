"""Data sets of one's own: a folder of four idx files, or a folder of pictures, a class a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from mnist_report.common import settings
from mnist_report.common.errors import DataError
from mnist_report.datasets.dataset import About, Classes, Dataset
from mnist_report.datasets.downloads import SourceError, gunzip
from mnist_report.datasets.preprocessing import stratified_split

SIZE = 28
TEST_SHARE = 7  # one picture in seven, as in MNIST, where the folder has no test pictures
NAMES = "classes.txt"  # beside idx files, one name a line
IDX = {"train": "train", "test": "t10k"}  # part: how its files begin
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


def load(folder: Path) -> Dataset:
    """The data set in a folder.

    Either `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same with `t10k`, each
    also as NAME.gz, with the names of the classes in `classes.txt` if they have any; or pictures
    in `train/CLASS/` and `test/CLASS/`, or in `CLASS/` alone, of which a stratified seventh, always
    the same, becomes the test set. Pictures are made grey, 28×28 pixels, and dark on light ones
    are inverted.

    Raises:
        DataError: the folder holds no such data set, or a file is damaged.
    """
    if not folder.is_dir():
        raise DataError(
            f"There is no data set {folder}: give the path of a folder, or one of "
            f"{', '.join(settings.DATASETS)}."
        )
    if any(folder.glob(f"{IDX['train']}-images*")):
        return _from_idx(folder)
    return _from_pictures(folder)


def _from_idx(folder: Path) -> Dataset:
    images, labels = {}, {}
    for part, prefix in IDX.items():
        images[part] = _as_squares(_idx(folder, f"{prefix}-images-idx3-ubyte", 3))
        labels[part] = _idx(folder, f"{prefix}-labels-idx1-ubyte", 1)
        if len(images[part]) != len(labels[part]) or len(labels[part]) == 0:
            raise DataError(
                f"{folder}: {len(images[part])} images but {len(labels[part])} labels in {prefix}."
            )
    used = np.unique(np.concatenate(list(labels.values())))  # 1 … 26 in some files of letters
    labels = {part: np.searchsorted(used, found) for part, found in labels.items()}
    return _made(folder, images, labels, Classes(_names(folder / NAMES, used.tolist())))


def _names(file: Path, used: Sequence[int]) -> tuple[str, ...]:
    """The names of the classes that occur, by their number in the file, or these numbers."""
    if not file.is_file():
        return tuple(map(str, used))
    lines = file.read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    if len(names) <= max(used):
        raise DataError(f"{file} has {len(names)} names, but there is a class {max(used)}.")
    return tuple(names[number] for number in used)


def _idx(folder: Path, name: str, dimensions: int) -> np.ndarray:
    """The array of bytes in an idx file, which may be compressed."""
    plain, packed = folder / name, folder / f"{name}.gz"
    try:
        raw = np.fromfile(plain, np.uint8) if plain.is_file() else gunzip(packed.read_bytes())
    except OSError as error:
        raise DataError(f"{folder} has no file {name}, nor {name}.gz.") from error
    except SourceError as error:
        raise DataError(f"{packed} is {error}.") from error
    header = 4 + 4 * dimensions
    shape = np.frombuffer(raw[4:header].tobytes(), ">u4").astype(int)
    # 0, 0, the type (8 is uint8), the number of dimensions; then the sizes.
    if raw[:4].tolist() != [0, 0, 8, dimensions] or len(raw) != header + np.prod(shape):
        raise DataError(f"{folder / name} is no idx file of bytes in {dimensions} dimensions.")
    return raw[header:].reshape(shape)


def _as_squares(images: np.ndarray) -> np.ndarray:
    """Images (N, H, W) as (N, 28, 28)."""
    if images.shape[1:] == (SIZE, SIZE):
        return images
    return np.stack([_fitted(Image.fromarray(image)) for image in images])


def _from_pictures(folder: Path) -> Dataset:
    split = (folder / "train").is_dir() and (folder / "test").is_dir()
    parts = {part: folder / part for part in IDX} if split else {"train": folder}
    names = tuple(sorted({name for part in parts.values() for name in _class_folders(part)}))
    if not names:
        raise DataError(f"{folder} holds neither idx files nor folders of pictures, one a class.")
    images, labels = {}, {}
    for part, place in parts.items():
        files = [_pictures(place / name) for name in names]
        for name, found in zip(names, files, strict=True):
            if not found:
                raise DataError(f"{place / name} holds no picture; put some there, or remove it.")
        images[part] = np.stack([read(file) for found in files for file in found])
        labels[part] = np.repeat(np.arange(len(names)), list(map(len, files)))
    if _border(images["train"]).mean() > 127:  # dark on light: the ground must be 0
        images = {part: 255 - found for part, found in images.items()}
    if not split:
        images, labels = _divided(images["train"], labels["train"])
    return _made(folder, images, labels, Classes(names))


def _class_folders(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]


def _pictures(folder: Path) -> list[Path]:
    found = folder.glob("*")
    return sorted(p for p in found if p.suffix.lower() in PICTURES and p.name[0] != ".")


def read(file: Path) -> np.ndarray:
    """A picture of any size and colour as grey (28, 28) bytes, its proportions kept.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with Image.open(file) as picture:
            return _fitted(_grey(ImageOps.exif_transpose(picture)))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{file} cannot be read as a picture; replace it or remove it.") from error


def _grey(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":  # 16 bits a pixel
        return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))
    if picture.has_transparency_data:  # what is drawn on nothing is drawn on white paper
        drawn = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn)
    return picture.convert("L")


def _fitted(picture: Image.Image) -> np.ndarray:
    """(28, 28), with margins in the colour of the picture's border where it is no square."""
    ground = int(np.median(_border(np.asarray(picture)[np.newaxis])))
    square = ImageOps.pad(picture, (SIZE, SIZE), Image.Resampling.LANCZOS, color=ground)
    return np.asarray(square)


def _border(images: np.ndarray) -> np.ndarray:
    """The outermost pixels of images (N, H, W)."""
    ends = images[:, [0, -1]], images[:, :, [0, -1]]
    return np.concatenate([end.reshape(-1) for end in ends])


def _divided(
    images: np.ndarray, labels: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Training and test part of pictures that nobody has divided; always in the same way."""
    split = stratified_split(torch.from_numpy(labels), max(1, len(labels) // TEST_SHARE))
    index = {"train": split.train.numpy(), "test": split.validation.numpy()}
    return tuple({part: all_[index[part]] for part in IDX} for all_ in (images, labels))


def _made(
    folder: Path, images: dict[str, np.ndarray], labels: dict[str, np.ndarray], named: Classes
) -> Dataset:
    about = About(settings.dataset_label(folder), folder.name, named)
    return Dataset(*(t for part in IDX for t in _tensors(images[part], labels[part])), about)


def _tensors(images: Sequence, labels: Sequence) -> tuple[Tensor, Tensor]:
    x, y = np.array(images, np.uint8), np.array(labels, np.int64)
    return torch.from_numpy(x), torch.from_numpy(y)
