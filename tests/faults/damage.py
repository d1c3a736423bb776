"""Bytes that are damaged by chance, and the small data set that is put in MNIST's place."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from dataset_samples import SMALL

NAMES = list(SMALL)


def flipped(data: bytes, rng: random.Random) -> bytes:
    spoilt = bytearray(data)
    spoilt[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def give(names: list[str]) -> dict[str, np.ndarray]:
    return {name: np.frombuffer(SMALL[name], np.uint8) for name in names}


def contents(root: Path) -> dict[str, bytes]:
    folder = root / "MNIST" / "raw"
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
