"""Pictures of any bytes and sizes: an answer or one clear line, in bounded memory and time."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from tally import Tally, budget

from mnist_report.datasets.preprocessing import HALF
from mnist_report.handwriting import image_files
from mnist_report.handwriting.recognition import Recogniser
from mnist_report.training import networks

SECONDS = 20.0  # of processor time, for one picture
MEMORY = 3 * 2**30  # bytes, on top of what the program takes anyway


def samples() -> dict[str, bytes]:
    """One small picture of each kind and depth."""
    rng = np.random.default_rng(0)
    grey = Image.fromarray(rng.integers(0, 256, (24, 32), np.uint8))
    colours = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8))
    deep = Image.fromarray(rng.integers(0, 65_536, (24, 32), np.uint16))
    exif = Image.Exif()
    exif[0x0112] = 6
    made = {
        "png": (grey, "PNG", {}), "deep.png": (deep, "PNG", {}),
        "palette.png": (colours.quantize(16), "PNG", {"transparency": 0}),
        "alpha.png": (colours.convert("RGBA"), "PNG", {}),
        "frames.png": (grey, "PNG", {"save_all": True, "append_images": [grey]}),
        "jpg": (colours, "JPEG", {"exif": exif}), "cmyk.jpg": (colours.convert("CMYK"), "JPEG", {}),
        "progressive.jpg": (colours, "JPEG", {"progressive": True}),
        "webp": (colours, "WEBP", {}), "lossless.webp": (grey.convert("RGBA"), "WEBP", {"lossless": True}),
        "gif": (colours.quantize(8), "GIF", {"save_all": True, "append_images": [grey]}),
        "tif": (deep, "TIFF", {}), "lzw.tif": (colours, "TIFF", {"compression": "tiff_lzw"}),
        "fax.tif": (grey.convert("1"), "TIFF", {"compression": "group4"}),
        "bmp": (colours, "BMP", {}), "ppm": (grey, "PPM", {}),
    }  # fmt: skip
    found = {}
    for name, (image, kind, options) in made.items():
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        found[name] = stream.getvalue()
    return found


SAMPLES = samples()


def looked_at(fault, data: bytes) -> None:
    grey = fault.attempt(image_files.read, io.BytesIO(data))
    if grey is not None:
        assert grey.dtype == np.float32
        assert grey.ndim == 2
        assert 1 <= min(grey.shape) <= max(grey.shape) <= image_files.LARGEST
        assert np.isfinite(grey).all()
        assert 0 <= grey.min() <= grey.max() <= 1


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fuzzed_picture_is_read_or_refused(tally: Tally, name):
    whole, rng = SAMPLES[name], random.Random(name)
    for number in range(budget(15, 300)):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 5)):
            # The beginning tells sizes and kinds: half of the changes go there.
            place = rng.randrange(min(len(data), (60, len(data))[number % 2]))
            data[place] = rng.randrange(256)
        if number % 5 == 0:
            del data[rng.randrange(len(data)) :]
        with tally.fault("fuzzed picture", fuzzed=True) as fault:
            looked_at(fault, bytes(data))


@hypothesis_settings(max_examples=budget(50, 500))
@given(st.sampled_from(sorted(SAMPLES)), st.integers(4, 40), st.binary(max_size=300))
def test_a_picture_that_goes_on_as_something_else(tally, name, kept, rest):
    with tally.fault("picture with a head only", fuzzed=True) as fault:
        looked_at(fault, SAMPLES[name][:kept] + rest)


def png(width: int, height: int, bits: int = 8, colour: int = 0) -> bytes:
    """A PNG of nothing but zeros, written row by row: it may be far larger than memory."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    row = bytes(1 + (width * channels * bits + 7) // 8)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(6)) if colour == 3 else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + chunk(b"IDAT", body)
            + chunk(b"IEND", b""))  # fmt: skip


SIZES = [
    (1, 1, 8, 0), (1, 1, 16, 0), (1, 1, 1, 3), (1, 5000, 8, 6), (60_000, 1, 8, 0), (3000, 3000, 16, 2),
    *([(20_000, 20_000, 1, 0), (13_000, 13_000, 8, 0), (9_000, 9_000, 8, 6)] if budget(0, 1) else []),
]  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_any_size_takes_bounded_memory_and_time(tally, tmp_path, size):
    import resource

    (tmp_path / "size.png").write_bytes(png(*size))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.process_time()
    with tally.fault("picture of an unusual size") as fault:
        looked_at(fault, (tmp_path / "size.png").read_bytes())
        assert time.process_time() - started < SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < MEMORY


BOMB = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 20_000, 20_000) + b"\x08\0\0\0\0"
FALSE = {
    "text": b"7\n" * 1000,
    "html": b"<html><img src='7.png'></html>",
    "a program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
    "a picture of a program": b"\xc5\xd0\xd3\xc6" + bytes(60),
    "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "an archive": b"PK\x03\x04" + bytes(60),
    "a PDF": b"%PDF-1.4\n",
    "20,000 × 20,000": BOMB + struct.pack(">I", zlib.crc32(BOMB[12:])) + b"\0\0\0\0IDAT",
    "4,000,000,000 × 4,000,000,000": b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, -1, 2**31 - 1, 1, 24, 0) + bytes(40),
    "nothing": b"",
    "80,000,000 grey numbers": b"P5 8000 8000 254\n" + bytes(99),
}  # fmt: skip


@pytest.mark.parametrize("kind", FALSE)
def test_what_is_no_picture_is_refused(tally, tmp_path, kind):
    path = tmp_path / "7.png"
    path.write_bytes(FALSE[kind])
    with tally.fault("no picture, or a bomb") as fault:
        assert fault.attempt(image_files.read, path) is None
        assert str(path) in fault.refusal


@pytest.fixture(scope="module")
def reader() -> Recogniser:
    torch.manual_seed(0)
    return Recogniser(networks.build("convolutional", 2), HALF)


def canvases(rng: np.random.Generator, number: int) -> np.ndarray:
    """Grey that no page has: noise, stripes, grids, dots, one colour, at any size."""
    height, width = (int(rng.choice([1, 2, 28, 90, 300])) for _ in range(2))
    canvas = np.ones((height, width), np.float32)
    kind = number % 6
    if kind == 0:
        return rng.random((height, width), dtype=np.float32)
    if kind == 1:
        canvas[:: int(rng.integers(1, 9))] = 0
    elif kind == 2:
        canvas[:, :: int(rng.integers(1, 9))] = rng.random()
    elif kind == 3:
        canvas[rng.random((height, width)) < 0.02] = 0
    elif kind == 4:
        canvas[:] = rng.random()
    else:
        canvas[height // 3 :, width // 3 :] = 0
    return canvas


def test_any_grey_is_read(tally, reader):
    rng = np.random.default_rng(9)
    for number in range(budget(24, 150)):
        with tally.fault("grey that is no page", fuzzed=True):
            reading = reader.recognise(canvases(rng, number))
            for digit in reading.digits:
                assert digit.probabilities.sum() == pytest.approx(1)
                assert digit.image.shape == (28, 28)


@pytest.mark.parametrize("step", [12, 16, 24] if budget(0, 1) else [16])
def test_a_crowded_page_is_read_in_bounded_time(tally, reader, step):
    """As a printed page has thousands of letters."""
    page = np.ones((image_files.LARGEST, image_files.LARGEST), np.float32)
    for row in range(80, 1_500, step):
        for column in range(80, 1_500, step):
            page[row : row + step - 3, column : column + step // 3] = 0
    started = time.process_time()
    with tally.fault("crowded page"):
        reader.recognise(page)
        assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("scans", [3, 20_000])
def test_a_progressive_picture_has_bounded_scans(tally, scans):
    whole = SAMPLES["progressive.jpg"]
    start = whole.rindex(b"\xff\xda")
    with tally.fault("no picture, or a bomb") as fault:
        fault.attempt(
            image_files.read, io.BytesIO(whole[:-2] + whole[start:-2] * scans + whole[-2:])
        )
        assert bool(fault.refusal) == (scans > 100)


@pytest.mark.skipif(not budget(0, 1), reason="takes half a minute: make test-faults")
def test_the_largest_page_of_noise_is_read_in_bounded_time(tally, reader):
    rng = np.random.default_rng(10)
    page = np.where(rng.random((image_files.LARGEST, image_files.LARGEST)) < 0.03, 0, 1).astype(
        np.float32
    )
    started = time.process_time()
    with tally.fault("page of noise"):
        reader.recognise(page)
        assert time.process_time() - started < 60


def test_the_samples_are_whole():
    for name, data in SAMPLES.items():
        assert image_files.read(io.BytesIO(data)).shape in {(24, 32), (32, 24)}, name


def test_a_program_is_not_opened(tally, tmp_path):
    """Pillow has EPS files run by Ghostscript."""
    path = tmp_path / "7.eps"
    Image.new("L", (9, 9)).save(path)
    with tally.fault("program that passes for a picture") as fault:
        fault.attempt(image_files.read, path)
        assert "is no picture" in fault.refusal
