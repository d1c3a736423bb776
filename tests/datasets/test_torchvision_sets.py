"""Data sets that have a name: torchvision reads files written by hand, and Debian's are taken."""

import gzip
import hashlib
import socket
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchvision

from mnist_report.cli import predict
from mnist_report.common import settings
from mnist_report.common.errors import DataError
from mnist_report.datasets import mnist
from mnist_report.datasets.dataset import NAMED

NAMES = {"train": (6, 0), "t10k": (3, 100)}


def idx(array: np.ndarray, code: int = 8) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.tobytes()


def files(prefixes=("train", "t10k"), qmnist=False) -> dict[str, bytes]:
    """Images whose pixel is 28·row + column + an offset, modulo 256."""
    made = {}
    for prefix, (count, offset) in zip(prefixes, NAMES.values(), strict=True):
        x = (np.arange(784).reshape(1, 28, 28) + offset).repeat(count, 0).astype(np.uint8)
        y = (np.arange(count) % 10).astype(np.uint8)
        made[f"{prefix}-images-idx3-ubyte"] = idx(x)
        if qmnist:
            # Seven more columns, and the first byte is the highest.
            table = np.stack([y] + [np.full(count, 99)] * 7, axis=1).astype(">i4")
            made[f"{prefix}-labels-idx2-int"] = idx(table, code=12)
        else:
            made[f"{prefix}-labels-idx1-ubyte"] = idx(y)
    return made


def put(folder, content, packed=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        place = folder / (f"{name}.gz" if packed else name)
        place.write_bytes(gzip.compress(data) if packed else data)


def test_the_names_are_those_of_the_settings():
    assert list(NAMED) == list(settings.DATASETS)
    for name, one in NAMED.items():
        assert one.name == name
        assert hasattr(torchvision.datasets, one.reader)
        assert set(one.source) == {"en", "zh-CN"}
        assert len(one.classes) == 10
    assert predict.DIGITS == ("mnist", "qmnist", "emnist-digits")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("fashion-mnist", files()),
        ("kmnist", files()),
        ("qmnist", files(("qmnist-train", "qmnist-test"), qmnist=True)),
        ("emnist-digits", files(("emnist-digits-train", "emnist-digits-test"))),
    ],
)
def test_files_on_disk_are_read(tmp_path, name, content):
    put(tmp_path / NAMED[name].reader / "raw", content)
    data = mnist.load_named(name, tmp_path)
    assert data.about is NAMED[name]
    assert data.train_labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.train_labels.dtype == torch.int64
    assert data.test_images.shape == (3, 28, 28)
    assert data.test_images.dtype == torch.uint8
    # EMNIST's files hold rows where others hold columns.
    assert data.train_images[0, 0, :3].tolist() == ([0, 28, 56] if "em" in name else [0, 1, 2])


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A system with the package of a small Fashion-MNIST, and no network."""
    content = files()
    sums = {name: hashlib.md5(data).hexdigest() for name, data in content.items()}  # noqa: S324
    small = replace(NAMED["fashion-mnist"], packaged=tmp_path / "package", sums=sums)
    monkeypatch.setitem(NAMED, "fashion-mnist", small)
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [])
    return tmp_path, content


def test_a_package_of_the_system_is_taken(packaged):
    root, content = packaged
    put(root / "package", content, packed=True)
    assert len(mnist.load_named("fashion-mnist", root / "data").train_images) == 6
    raw = root / "data" / "FashionMNIST" / "raw"
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == content


def test_gz_files_put_there_by_hand_are_taken(packaged):
    root, content = packaged
    put(root / "data" / "FashionMNIST" / "raw", content, packed=True)
    assert len(mnist.load_named("fashion-mnist", root / "data").test_images) == 3


@pytest.mark.parametrize("wrong", [b"something else", gzip.compress(b"something else")])
def test_files_with_other_sums_are_not_taken(packaged, wrong):
    root, content = packaged
    put(root / "package", content, packed=True)
    (root / "package" / "t10k-images-idx3-ubyte.gz").write_bytes(wrong)
    before = socket.getdefaulttimeout()
    with pytest.raises(DataError, match=r"Fashion-MNIST could not be .*FashionMNIST/raw by hand"):
        mnist.load_named("fashion-mnist", root / "data")
    assert socket.getdefaulttimeout() == before


def test_damaged_files_are_told_in_one_line(tmp_path):
    content = files()
    content["train-images-idx3-ubyte"] = content["train-images-idx3-ubyte"][:-5]
    put(tmp_path / "KMNIST" / "raw", content)
    with pytest.raises(DataError, match="Kuzushiji-MNIST could not be had") as caught:
        mnist.load_named("kmnist", tmp_path)
    assert "\n" not in str(caught.value)
