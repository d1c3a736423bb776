"""After any fault there are the four right files of the data set, or none, and one clear line."""

from __future__ import annotations

import gzip
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import victims
from damage import NAMES, contents, cut, flipped
from dataset_samples import SMALL
from tally import Tally, budget

from mnist_report import datasets
from mnist_report.datasets import mnist

pytestmark = pytest.mark.usefixtures("small_set")


def put(root: Path, files: dict[str, bytes]) -> None:
    (root / "MNIST" / "raw").mkdir(parents=True)
    for name, data in files.items():
        (root / "MNIST" / "raw" / name).write_bytes(data)


# --- files on the disk ------------------------------------------------------------------------


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut short": cut,
    "one bit flipped": flipped,
    "bytes added": lambda data, rng: data + rng.randbytes(rng.randrange(1, 50)),
    "another magic number": lambda data, rng: rng.randbytes(4) + data[4:],
    "another count": lambda data, rng: data[:4] + rng.randbytes(4) + data[8:],
    "another file": lambda data, rng: SMALL[rng.choice([n for n in NAMES if SMALL[n] != data])],
    "a gzip bomb": lambda data, rng: gzip.compress(bytes(rng.randrange(10**5, 10**7))),
    "random bytes": lambda data, rng: rng.randbytes(rng.randrange(200)),
}


@pytest.mark.parametrize("packed", [False, True], ids=["idx", "gz"])
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path, tally: Tally, kind, packed):
    rng = random.Random(kind)
    for number in range(budget(10, 100)):
        name, root = rng.choice(NAMES), tmp_path / str(number)
        if packed:
            whole = gzip.compress(SMALL[name], mtime=0)
            files = {f"{name}.gz": DAMAGE[kind](whole, rng)}
        else:
            files = {**SMALL, name: DAMAGE[kind](SMALL[name], rng)}
        put(root, files)
        with tally.fault(f"data file: {kind}") as fault:
            folder = fault.attempt(mnist.fetch, root)
            if folder is None:
                assert name in fault.refusal
                assert contents(root) == files
            else:  # of a packed file some bits mean nothing
                assert {n: (folder / n).read_bytes() for n in NAMES} == SMALL


def test_a_file_far_too_large_is_not_read(tmp_path, tally):
    put(tmp_path, SMALL)
    for name in (NAMES[0], f"{NAMES[1]}.gz"):
        path = tmp_path / "MNIST" / "raw" / name
        path.unlink(missing_ok=True)
        (tmp_path / "MNIST" / "raw" / NAMES[1]).unlink(missing_ok=True)
        with path.open("wb") as file:
            file.truncate(2**40)  # a sparse file: it takes no space, and no memory could hold it
        with tally.fault("data file: a terabyte") as fault:
            fault.attempt(mnist.fetch, tmp_path)
            assert f"{name}: it is far too large" in fault.refusal
        path.unlink()
        (tmp_path / "MNIST" / "raw" / NAMES[0]).write_bytes(SMALL[NAMES[0]])


@pytest.mark.parametrize("what", ["folder", "dangling link", "link to itself", "pipe"])
def test_something_else_in_the_place_of_a_file(tmp_path, tally, what):
    put(tmp_path, {name: SMALL[name] for name in NAMES[1:]})
    path = tmp_path / "MNIST" / "raw" / NAMES[0]
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nowhere" if "dangling" in what else path)
    with tally.fault(f"data file: a {what} instead") as fault:
        if fault.attempt(mnist.fetch, tmp_path):
            assert contents(tmp_path) == SMALL
        else:
            assert "Cannot write" in fault.refusal
            assert path.is_dir() or path.is_fifo()


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder, and no right to go round its permissions, which root has."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.getuid() == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        yield folder
        if os.getuid() == 0:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("mode", [0o555, 0o444, 0o000])
def test_a_folder_without_permissions(unprivileged, tally, mode):
    put(unprivileged, {})
    closed = unprivileged / "MNIST"
    places = (closed / "raw", closed, unprivileged)
    for folder in places if mode != 0o555 else places[:1]:  # to read the others is enough
        folder.chmod(mode)
        with tally.fault("data folder without permission") as fault:
            fault.attempt(mnist.fetch, unprivileged)
            assert "MNIST_REPORT_DATA" in fault.refusal
        folder.chmod(0o755)
    assert contents(unprivileged) == {}


def test_a_folder_that_may_only_be_read_is_enough_for_reading(unprivileged, tally):
    put(unprivileged, SMALL)
    for folder in (unprivileged / "MNIST" / "raw", unprivileged):
        folder.chmod(0o555)
    with tally.fault("read-only data folder with all files"):
        assert datasets.load(unprivileged).train_images.shape == (7, 28, 28)
    for folder in (unprivileged, unprivileged / "MNIST" / "raw"):
        folder.chmod(0o755)


def test_a_name_that_no_disk_takes(tmp_path, tally):
    with tally.fault("data folder with a name too long") as fault:
        fault.attempt(mnist.fetch, tmp_path / ("n" * 300))
        assert "MNIST_REPORT_DATA" in fault.refusal


# --- a full disk, a kill, and several processes -----------------------------------------------

LARGER = {name: data + bytes(300_000) for name, data in SMALL.items()}
forks = pytest.mark.skipif(not victims.FORKS, reason="this system does not fork")


@forks
def test_a_full_disk_leaves_no_file(tmp_path, tally):
    rng = random.Random(1)
    sizes = [0, 1, 4096, 300_000, *(rng.randrange(300_000) for _ in range(budget(2, 40)))]
    for number, space in enumerate(sizes):
        folder = tmp_path / str(number)
        folder.mkdir()
        with tally.fault("disk full while fetching") as fault:
            code = victims.end(victims.start(folder, victims.fetch, LARGER, space=space))
            assert code == victims.REFUSED
            fault.refusal = (folder / "said.txt").read_text(encoding="utf-8")
            assert "Cannot write to" in fault.refusal
            assert "None" not in fault.refusal
            assert contents(folder / "data") == {}


@forks
def test_a_kill_leaves_right_files_only_and_the_next_fetch_cleans_up(tmp_path, tally):
    whole = tmp_path / "whole"
    whole.mkdir()
    assert victims.end(victims.start(whole, victims.fetch, LARGER, line=0)) == 0
    lines = int((whole / "lines.txt").read_text(encoding="utf-8"))
    assert lines > 40
    rng = random.Random(2)
    for number, line in enumerate(rng.sample(range(1, lines + 1), budget(8, min(lines, 80)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with tally.fault("killed while fetching"):
            assert victims.end(victims.start(folder, victims.fetch, LARGER, line=line)) == -9
            found = contents(folder / "data")
            assert {n: d for n, d in found.items() if n in LARGER and d != LARGER[n]} == {}
            assert victims.end(victims.start(folder, victims.fetch, LARGER)) == 0
            assert contents(folder / "data") == LARGER


@forks
@pytest.mark.parametrize("count", [2, 8])
def test_processes_that_fetch_at_once_fetch_once(tmp_path, tally, count):
    for number in range(budget(1, 10)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with tally.fault(f"{count} processes fetch at once"):
            together = [victims.start(folder, victims.fetch, LARGER, 1) for _ in range(count)]
            assert [victims.end(process) for process in together] == [0] * count
            assert contents(folder / "data") == LARGER
            assert len(list(folder.glob("*.asked"))) == 1
