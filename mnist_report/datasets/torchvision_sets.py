"""Data sets of MNIST's form that have a name, read and fetched by torchvision's own classes."""

import socket
from contextlib import ExitStack, suppress
from itertools import product
from pathlib import Path

import torch

from mnist_report.common.errors import DataError, raised_as
from mnist_report.common.storage import read_bytes, replacing
from mnist_report.datasets.dataset import NAMED, Dataset, Named
from mnist_report.datasets.downloads import TIME_OUT, SourceError, gunzip, md5, reason


def load(name: str, root: Path) -> Dataset:
    """Read a data set of `NAMED`; fetch it where neither `root` nor a package of the system has it.

    DataError, which says what to do, if it cannot be fetched, or its files are damaged.
    """
    one = NAMED[name]
    folder = root / one.reader / "raw"
    mend = (
        f"Check the network, or put torchvision's files for {one.reader} into {folder} by hand, "
        "and run again."
    )
    kinds = (OSError, RuntimeError, ValueError, TypeError, AssertionError)
    with raised_as(
        lambda error: DataError(f"{one.title} could not be had ({reason(error)}). {mend}"), *kinds
    ):
        _take_packaged(one, folder)
        with ExitStack() as stack:  # no connection that answers nothing goes on for ever
            stack.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
            socket.setdefaulttimeout(TIME_OUT)
            train, test = (_read(one, root, train) for train in (True, False))
    return Dataset(*train, *test, one)


def _read(one: Named, root: Path, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    from torchvision import datasets  # which takes seconds to import

    found = getattr(datasets, one.reader)(root, train=train, download=True, **one.options)
    images = found.data if one.upright else found.data.transpose(1, 2).contiguous()
    # QMNIST's labels are (N, 8): the class, the writer, the place on the form, and so on.
    labels = found.targets if found.targets.ndim == 1 else found.targets[:, 0]
    return images, labels.to(torch.int64)  # (N, 28, 28) uint8, (N,)


def _take_packaged(one: Named, folder: Path) -> None:
    """Decode the files NAME.gz, put there by hand or by a package, that have the known sums."""
    absent = [name for name in one.sums if not (folder / name).is_file()]
    for name, place in product(absent, filter(None, (one.packaged, folder))):
        with suppress(OSError, SourceError):  # there is none, or a damaged one
            data = gunzip(read_bytes(place / f"{name}.gz"))
            if md5(data) == one.sums[name]:
                with replacing(folder / name) as temporary:
                    temporary.write_bytes(data)
