"""Data sets of one's own from odd files: refused in one line, in bounded memory and time."""

from __future__ import annotations

import gzip
import io
import os
import random
import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from damage import cut, flipped
from PIL import Image
from tally import budget

from mnist_report.datasets import image_folders

MEMORY, SECONDS = 3 * 2**30, 20.0
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"


def idx(*sizes: int, kind: int = 8, data: bytes = b"") -> bytes:
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, kind, len(sizes), *sizes) + data


def right(folder: Path) -> None:
    """Five images of each of two classes, and as many for testing."""
    for prefix in ("train", "t10k"):
        names = (f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte")
        (folder / names[0]).write_bytes(idx(10, 28, 28, data=bytes(7840)))
        (folder / names[1]).write_bytes(idx(10, data=bytes(range(2)) * 5))


def instead(name: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    """The right files, but for one."""

    def spoil(folder: Path) -> None:
        right(folder)
        (folder / name.removesuffix(".gz")).unlink(missing_ok=True)
        make(folder / name)

    return spoil


def holding(name: str, data: bytes) -> Callable[[Path], None]:
    return instead(name, lambda path: path.write_bytes(data))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(idx(60_000, 28, 28))
        file.truncate(2**40)


def pictures(data: bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        for label in "ab":
            (folder / label).mkdir()
            for number in range(5):
                Image.new("L", (9, 9), number).save(folder / label / f"{number}.png")
        (folder / "a" / "0.png").write_bytes(data)

    return make


def archive(**arrays: np.ndarray) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        with zipfile.ZipFile(
            folder / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as packed:
            for name, array in arrays.items():
                with packed.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array)

    return make


def lying(folder: Path) -> None:
    """A few bytes whose header speaks of terabytes."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (2**40, 28, 28)}
    )
    with zipfile.ZipFile(folder / "a.npz", "w") as packed:
        packed.writestr("x_train.npy", header.getvalue())


ODD = {
    "pipe": instead(IMAGES, os.mkfifo),
    "packed pipe": instead(f"{IMAGES}.gz", os.mkfifo),
    "device": instead(LABELS, lambda path: path.symlink_to("/dev/zero")),
    "packed device": instead(f"{LABELS}.gz", lambda path: path.symlink_to("/dev/zero")),
    "folder": instead(IMAGES, Path.mkdir),
    "terabyte": instead(IMAGES, sparse),
    "packed terabyte": instead(f"{IMAGES}.gz", sparse),
    "packed bomb": holding(f"{IMAGES}.gz", gzip.compress(bytes(260 * 2**20), 1)),
    "no bytes": holding(IMAGES, b""),
    "half a header": holding(IMAGES, idx(10, 28)),
    "huge sizes": holding(IMAGES, idx(2**32 - 1, 2**32 - 1, 2**32 - 1, data=bytes(7840))),
    "sizes that multiply to nothing": holding(IMAGES, idx(2**31, 2**31, 4)),
    "zero width": holding(IMAGES, idx(10, 28, 0)),
    "another type": holding(IMAGES, idx(10, 28, 28, kind=13, data=bytes(7840))),
    "labels without images": holding(LABELS, idx(9, data=bytes(9))),
    "names in another code": holding("classes.txt", "甲\n乙".encode("gbk")),
    "names that are a device": instead("classes.txt", lambda path: path.symlink_to("/dev/zero")),
    "program as a picture": pictures(EPS),
    "huge picture": pictures(b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, -1, 2**31 - 1, 1, 24, 0)),
    "bomb of an archive": archive(x_train=np.zeros((2**20, 33, 33), np.uint8), y_train=np.zeros(2**20)),
    "archive of objects": archive(x_train=np.array([{}]), y_train=np.array([{}])),
    "archive of texts": archive(x_train=np.full((9, 28, 28), "x"), y_train=np.arange(9)),
    "archive of records": archive(x_train=np.zeros((9, 28, 28), "i4,f8"), y_train=np.arange(9)),
    "archive without width": archive(x_train=np.zeros((9, 28, 0)), y_train=np.arange(9) % 2),
    "archive of no numbers": archive(x_train=np.full((9, 28, 28), np.nan), y_train=np.arange(9) % 3),
    "archive that lies": lying,
    "table of texts": lambda folder: (folder / "train.csv").write_bytes(b"label,1\nx,y\nz,w\n" * 9),
    "table of zeros": lambda folder: (folder / "train.csv").write_bytes(bytes(9_000)),
    "table of one endless line": lambda folder: (folder / "train.csv").write_bytes(b"1," * 3_000_000),
    "table of the same names": lambda folder: (folder / "train.csv").write_bytes(b"x," * 69_000),
    "table that is a pipe": lambda folder: os.mkfifo(folder / "train.csv"),
    "table that is a device": lambda folder: (folder / "train.csv").symlink_to("/dev/zero"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ODD)
def test_odd_data_is_refused(tmp_path, tally, kind):
    ODD[kind](tmp_path)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with tally.fault("own data that is odd") as fault:
        found = fault.attempt(image_folders.load, tmp_path)
        assert fault.refusal or len(found.train_images)
        assert time.process_time() - started < SECONDS
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown * 1024 < MEMORY


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["train.csv", "a.npz", IMAGES, f"{LABELS}.gz", "classes.txt"])
def test_damaged_data_is_read_or_refused(tmp_path, tally, name):
    right(tmp_path)
    (tmp_path / "classes.txt").write_text("a\nb\n", encoding="utf-8")
    if name.endswith(".gz"):
        plain = tmp_path / LABELS
        (tmp_path / name).write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    elif "." in name and name != "classes.txt":
        for path in tmp_path.iterdir():
            path.unlink()
        np.savez(tmp_path / "a.npz", x_train=np.zeros((12, 5, 5)), y_train=np.arange(12) % 3)
        if name == "train.csv":
            (tmp_path / "a.npz").unlink()
            rows = [f"{n % 3},{n},9,9,200" for n in range(12)]
            (tmp_path / name).write_text("\n".join(rows), encoding="utf-8")
    whole, rng = (tmp_path / name).read_bytes(), random.Random(name)
    for number in range(budget(20, 1_000)):
        (tmp_path / name).write_bytes((flipped, cut)[number % 2](whole, rng))
        with tally.fault("own data, damaged", fuzzed=True) as fault:
            fault.attempt(image_folders.load, tmp_path)
