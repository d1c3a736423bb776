"""Data sets of one's own: pictures in a folder a class, idx files, and tables (`formats`)."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from mnist_report.common import DataError, one_line, raised_as, read_bytes, settings
from mnist_report.datasets import formats
from mnist_report.datasets.dataset import About, Classes, Dataset
from mnist_report.datasets.preprocessing import stratified_split

SIZE = 28
TEST_SHARE = 7  # one picture in seven, as in MNIST, where the folder has no test pictures
NAMES = "classes.txt"  # beside idx files, one name a line
ROLES = {"train": "train", "training": "train", "test": "test", "testing": "test"}
ROLES |= dict.fromkeys(("val", "valid", "validation"), "val")
HEIC = " HEIC is not read: save these as JPEG (iPhone: Camera, Formats, Most Compatible)."
SYSTEM = {"__macosx", "thumbs.db", "desktop.ini"}
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}

Part = tuple[np.ndarray, np.ndarray]  # images (N, 28, 28), labels (N,)


def load(folder: str | Path) -> Dataset:
    """Read the data set in a folder, or in a single file NAME.csv or NAME.npz.

    Either MNIST's four idx files, also as NAME.gz, or tables, `formats.tables`, both with names of
    the classes in `classes.txt` if they have any; or pictures in `train/CLASS/`, `test/CLASS/` and
    perhaps `val/CLASS/`, or in `CLASS/` alone. Without a test set a stratified seventh, always the
    same, becomes one. Pictures are made grey, 28×28 pixels, and dark on light ones are inverted. A
    warning names what is left out. DataError if there is no data set, or a file is damaged.
    """
    folder = Path(folder).expanduser()
    if not folder.exists():
        known = f"give the path of a folder, or one of {', '.join(settings.DATASETS)}."
        raise DataError(f"There is no data set {folder}: {known}")
    kinds = (OSError, ValueError, MemoryError)
    with raised_as(lambda e: DataError(f"{folder} cannot be read: {one_line(e)}."), *kinds):
        root = _unwrapped(folder) if folder.is_dir() else folder
        if root.is_dir() and any(root.glob("train-images*")):
            return _from_idx(root, folder)
        return (_from_tables if _tables(root) else _from_pictures)(root, folder)


def _unwrapped(folder: Path) -> Path:
    """Go into a folder as long as a single folder is all it holds, as in an unpacked archive."""
    while len(inside := _folders(folder)) == 1 and not _tables(folder):
        deeper = _folders(inside[0]) or _tables(inside[0]) or [*inside[0].glob("train-images*")]
        if not deeper or any(folder.glob("train-images*")):
            break
        folder = inside[0]
    return folder


def _folders(folder: Path) -> list[Path]:
    return [path for path in _visible(folder) if path.is_dir()]


def _visible(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the files and folders in a folder without those that systems put there."""
    inside = sorted(folder.glob(pattern))
    parts = ((path, path.relative_to(folder).parts) for path in inside)
    return [p for p, names in parts if not any(n[0] == "." or n.lower() in SYSTEM for n in names)]


def natural(text: str) -> list[str | int]:
    """Return a key that sorts as people count, 2 before 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text)]


def _tables(place: Path) -> list[Path]:
    found = _visible(place) if place.is_dir() else [place]
    return [file for file in found if file.suffix.lower() in (".csv", ".npz")]


def _from_tables(root: Path, folder: Path) -> Dataset:
    found, left = formats.tables(_tables(root))
    if "train" not in found:
        raise DataError(f"{folder} has no table of training images with labels; see own-data.md.")
    _say_left_out(folder, left)
    used = sorted({label for _, labels in found.values() for label in labels}, key=natural)
    names = used
    if all(map(str.isdecimal, used)):
        names = _names((root if root.is_dir() else root.parent) / NAMES, list(map(int, used)))
    parts, number = {}, {label: k for k, label in enumerate(used)}
    for part, (x, y) in found.items():
        images = np.stack([_fitted(_grey(Image.fromarray(image))) for image in x])
        parts[part] = images, np.array([number[label] for label in y])
    return _divided(folder, parts, names)


def _from_idx(folder: Path, named: Path) -> Dataset:
    parts = []
    for prefix in ("train", "t10k"):
        x = formats.idx(folder, f"{prefix}-images-idx3-ubyte", 3)  # (N, H, W)
        if x.shape[1:] != (SIZE, SIZE):
            x = np.stack([_fitted(Image.fromarray(image)) for image in x])
        y = formats.idx(folder, f"{prefix}-labels-idx1-ubyte", 1)
        if len(x) != len(y) or len(y) == 0:
            raise DataError(f"{folder}: {len(x)} images but {len(y)} labels in {prefix}.")
        parts.append((x, y))
    used = np.unique(np.concatenate([y for _, y in parts]))  # 1 … 26 in some files of letters
    parts = [(x, np.searchsorted(used, y)) for x, y in parts]
    return _dataset(named, parts, _names(folder / NAMES, used.tolist()))


def _names(file: Path, used: Sequence[int]) -> list[str]:
    """Return the names of the classes that occur, by their number in the file, or these numbers."""
    if not file.is_file():
        return list(map(str, used))
    names = [name for line in read_bytes(file).decode().splitlines() if (name := line.strip())]
    if len(names) <= max(used):
        raise DataError(f"{file} has {len(names)} names, but there is a class {max(used)}.")
    return [names[number] for number in used]


def _from_pictures(root: Path, folder: Path) -> Dataset:
    """Read folders of pictures; those in folders within the folder of a class are of it, too."""
    places = {ROLES.get(path.name.lower(), ""): path for path in _folders(root)}
    if "train" in places:
        if not _folders(places.get("test", root)):
            places.pop("test")  # pictures without labels
        places.pop("", None)
    elif len(places) > 1 and "" not in places:
        raise DataError(f"{root} has no folder train beside {_listed(_folders(root))}.")
    else:
        places = {"train": root}
    inside = {path.name for place in places.values() for path in _folders(place)}
    if not (names := sorted(inside, key=natural)):
        raise DataError(
            f"{folder} holds neither idx files nor folders of pictures, one a class, nor tables "
            "(train.csv, NAME.npz)."
        )
    classes = Classes(tuple(names))  # before thousands of pictures are read
    files = {part: [_pictures(place / name) for name in names] for part, place in places.items()}
    for part, found in files.items():
        for name, of_class in zip(names, found, strict=True):
            if not of_class and part != "val":
                others = _listed(_visible(places[part] / name, "**/*"))
                why = f": {others} cannot be read.{HEIC if '.hei' in others.lower() else ''}"
                missing = f"{places[part] / name} holds no picture"
                raise DataError(missing + (why if others else "; put some there, or remove it."))
    taken = {file for found in files.values() for of_class in found for file in of_class}
    left = [p for p in _visible(root, "**/*") if p.is_file() and p not in taken]
    _say_left_out(folder, left)
    parts = {}
    for part, found in files.items():
        images = [read(file) for of_class in found for file in of_class]
        labels = np.repeat(np.arange(len(names)), list(map(len, found)))
        parts[part] = np.array(images, np.uint8).reshape(-1, SIZE, SIZE), labels
    return _divided(folder, parts, classes.english)


def _pictures(folder: Path) -> list[Path]:
    return [p for p in _visible(folder, "**/*") if p.suffix.lower() in PICTURES and p.is_file()]


def _listed(paths: Sequence[Path | str]) -> str:
    """Name up to five files."""
    names = [path if isinstance(path, str) else path.name for path in paths]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _say_left_out(folder: Path, left: Sequence[Path | str]) -> None:
    """Warn of files, or what else a text names, that are not part of the data set."""
    if left:
        text = _listed(left)
        count = f"{len(left)} of its files {'is' if len(left) == 1 else 'are'} left out"
        hint = HEIC if any(".hei" in str(path).lower() for path in left) else ""
        warnings.warn(f"{folder}: {count}: {text}.{hint}", stacklevel=2)


def _divided(folder: Path, parts: dict[str, Part], names: Sequence[str]) -> Dataset:
    """Invert dark on light, and set test images aside where nobody has."""
    if _border(parts["train"][0]).mean() > 127:  # dark on light: the ground must be 0
        parts = {part: (255 - x, y) for part, (x, y) in parts.items()}
    x, y = parts["train"]
    counts = np.bincount(y, minlength=len(names))  # of each class
    least = 1 if "test" in parts else 3
    if len(names) > 1 and counts.min() < least:
        few = f"{names[counts.argmin()]} has {counts.min()} pictures to train with"
        raise DataError(f"{folder}: {few}; a class needs {least}, to train, validate and test.")
    if "test" not in parts:  # always in the same way
        count = max(len(names), len(y) // TEST_SHARE)
        split = stratified_split(torch.from_numpy(y), count)
        parts |= {"train": (x[split.train], y[split.train])}
        parts |= {"test": (x[split.validation], y[split.validation])}
    tested = np.bincount(parts["test"][1], minlength=len(names))
    rare = np.flatnonzero(tested < tested.max() / 10)
    if few := ", ".join(f"{names[k]} {tested[k]}" for k in rare):
        text = f"{folder}: few test pictures ({few}, others up to {tested.max()})"
        warnings.warn(f"{text}: precision, recall and F1 of these say little.", stacklevel=2)
    apart = parts.get("val", (x[:0], y[:0]))
    joined = tuple(np.concatenate(both) for both in zip(parts["train"], apart, strict=True))
    return _dataset(folder, [joined, parts["test"]], names, len(apart[1]))


def read(file: Path) -> np.ndarray:
    """Read a picture of any size and colour as grey (28, 28) bytes, its proportions kept."""
    unread = f"{file} cannot be read as a picture; replace it or remove it."
    anything = raised_as(lambda _: DataError(unread), Exception)  # as Pillow raises
    with anything, formats.opened_picture(file) as picture:
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


def _dataset(
    folder: Path, parts: Sequence[Part], names: Sequence[str], validation: int = 0
) -> Dataset:
    about = About(settings.dataset_label(folder), folder.name, Classes(tuple(names)))
    types = (np.uint8, np.int64)
    arrays = (np.array(a, to) for part in parts for a, to in zip(part, types, strict=True))
    return Dataset(*map(torch.from_numpy, arrays), about, validation)
