"""Data sets of MNIST's form that have a name, read and fetched by torchvision's own classes."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from mnist_report.common.errors import DataError
from mnist_report.common.storage import replacing
from mnist_report.datasets.dataset import DIGITS, About, Classes, Dataset
from mnist_report.datasets.downloads import TIME_OUT, SourceError, gunzip, reason


@dataclass(frozen=True)
class Named:
    """A data set, and how torchvision calls it.

    Attributes:
        about: what it is.
        reader: torchvision's class; its mirrors and MD5 sums are those that files are held to.
        options: of that class.
        upright: whether images stand as they are stored; else rows and columns are exchanged.
        packaged: where a package of the system puts NAME.gz.
        sums: MD5 sums of the decoded files, by which such files are known.
    """

    about: About
    reader: str
    options: Mapping[str, Any] = field(default_factory=dict)
    upright: bool = True
    packaged: Path | None = None
    sums: Mapping[str, str] = field(default_factory=dict)


_CLOTHES = Classes(
    (
        *("T-shirt", "trousers", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    ("T恤", "裤子", "套头衫", "连衣裙", "外套", "凉鞋", "衬衫", "运动鞋", "包", "短靴"),
)
_HIRAGANA = Classes(
    ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"),
)

NAMED = {
    one.about.name: one
    for one in (
        Named(
            About(
                "fashion-mnist",
                "Fashion-MNIST",
                _CLOTHES,
                {
                    "en": "Fashion-MNIST was made by Xiao, Rasul and Vollgraf [@xiao2017] from the "
                    "product photographs of an online shop: each was reduced to 28×28 grey pixels, "
                    "on a ground that is 0, and labelled with one of ten kinds of clothing.",
                    "zh-CN": "Fashion-MNIST由Xiao、Rasul与Vollgraf[@xiao2017]用网上商店的商品照片"
                    "制成：每张照片缩小为28×28的灰度图像，背景为0，并标注为十类服饰之一。",
                },
            ),
            "FashionMNIST",
            packaged=Path("/usr/share/datasets/fashion-mnist"),  # Debian: dataset-fashion-mnist
            sums={
                "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
                "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
                "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
            },
        ),
        Named(
            About(
                "kmnist",
                "Kuzushiji-MNIST",
                _HIRAGANA,
                {
                    "en": "Kuzushiji-MNIST holds ten hiragana in the cursive hand of old Japanese "
                    "books, cut out and labelled by Clanuwat et al. [@clanuwat2018].",
                    "zh-CN": "Kuzushiji-MNIST收录了日本古籍中的十个草书平假名，"
                    "由Clanuwat等[@clanuwat2018]切分并标注。",
                },
            ),
            "KMNIST",
        ),
        Named(
            About(
                "qmnist",
                "QMNIST",
                DIGITS,
                {
                    "en": "QMNIST is the reconstruction of MNIST by Yadav and Bottou [@yadav2019], "
                    "with all the test images that MNIST leaves out.",
                    "zh-CN": "QMNIST是Yadav与Bottou[@yadav2019]对MNIST的重建，"
                    "包含MNIST未收录的全部测试图像。",
                },
            ),
            "QMNIST",
        ),
        Named(
            About(
                "emnist-digits",
                "EMNIST Digits",
                DIGITS,
                {
                    "en": "EMNIST was made by Cohen et al. [@cohen2017] from NIST's Special "
                    "Database 19; this is its part of digits.",
                    "zh-CN": "EMNIST由Cohen等[@cohen2017]用NIST的专门数据库19制成，"
                    "这里使用其中的数字部分。",
                },
            ),
            "EMNIST",
            {"split": "digits"},
            upright=False,
        ),
    )
}


def load(name: str, root: Path) -> Dataset:
    """A data set of `NAMED`, fetched when it is not in `root` and no package of the system has it.

    Raises:
        DataError: it cannot be fetched, or its files are damaged; the message says what to do.
    """
    one = NAMED[name]
    folder = root / one.reader / "raw"
    try:
        _take_packaged(one, folder)
        with _connections_end():
            train, test = (_read(one, root, train) for train in (True, False))
    except (OSError, RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise DataError(
            f"{one.about.title} could not be had ({reason(error)}). Check the network, or put "
            f"torchvision's files for {one.reader} into {folder} by hand, and run again."
        ) from error
    return Dataset(*train, *test, one.about)


def _read(one: Named, root: Path, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, 28, 28) uint8 and labels (N,) int64."""
    from torchvision import datasets

    found = getattr(datasets, one.reader)(root, train=train, download=True, **one.options)
    images = found.data if one.upright else found.data.transpose(1, 2).contiguous()
    # QMNIST's labels have more columns: writer, place on the form, and so on.
    labels = found.targets if found.targets.ndim == 1 else found.targets[:, 0]
    return images, labels.to(torch.int64)


def _take_packaged(one: Named, folder: Path) -> None:
    """Decode the files NAME.gz, put there by hand or by a package, that have the known sums."""
    for name, md5 in one.sums.items():
        if (folder / name).is_file():
            continue
        for place in (folder, one.packaged):
            data = _decoded(place / f"{name}.gz") if place else b""
            if hashlib.md5(data, usedforsecurity=False).hexdigest() == md5:
                with replacing(folder / name) as temporary:
                    temporary.write_bytes(data)
                break


def _decoded(path: Path) -> bytes:
    """The content of a gzip file; nothing where there is none, or a damaged one."""
    try:
        return gunzip(path.read_bytes()).tobytes()
    except (OSError, SourceError):
        return b""


@contextmanager
def _connections_end() -> Iterator[None]:
    """torchvision waits for ever on a connection that answers nothing."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIME_OUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
