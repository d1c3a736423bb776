"""A small data set in the form of MNIST's files, and as the package has it."""

import numpy as np


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
