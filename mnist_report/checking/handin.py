"""A handed-in project as a folder of untrusted files."""

import shutil
import stat
import zipfile
import zlib
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mnist_report.checking.verdict import UnfitFileError
from mnist_report.common.errors import raised_as
from mnist_report.common.settings import LANGUAGES, PACKAGE, seed_of
from notebook_report.errors import ExportError
from notebook_report.metadata import LEFT_OPEN, Metadata, load

MEGABYTE = 1_000_000
LARGEST = 100 * MEGABYTE  # of a file, and of what is packed in one
MOST = 40  # files of a kind that are looked at
NAME, NUMBER = ("姓名", "Name"), ("学号", "Student number")  # on the cover
SIGNS = ("results", "notebooks", "report")  # a folder with one of these is a project
REPORTS = (".docx", ".pdf")
DEEPEST = 4  # folders and archives within each other
ENTRIES, UNPACKED = 20_000, 500 * MEGABYTE  # of an archive
WANTED = (".bib", ".csv", ".ipynb", ".json", ".npz", ".py", ".safetensors", ".yml", *REPORTS)
SYSTEM = ("__MACOSX", "Thumbs.db", "desktop.ini")  # put there by no student


@dataclass(frozen=True)
class HandIn:
    """A hand-in: its folder, and report files that came apart from it."""

    root: Path
    apart: tuple[Path, ...] = ()

    def file(self, name: str) -> Path | None:
        """Find a file by its path from the folder, if there is one; refuse links that lead out."""
        path = self.root / name
        if not path.exists():
            return None
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise UnfitFileError(f"{name} is a link that leads out of the hand-in.")
        return bounded(path)

    def files(self, pattern: str) -> list[Path]:
        """Find the files whose path from the folder matches; refuse more than `MOST`."""
        found = sorted(self.root.glob(pattern))
        if len(found) > MOST:
            raise UnfitFileError(f"There are {len(found)} files {pattern}; {MOST} is the limit.")
        return [path for one in found if (path := self.file(self.name(one)))]

    def name(self, path: Path) -> str:
        """Name a file as findings do."""
        within = path.is_relative_to(self.root)
        return path.relative_to(self.root).as_posix() if within else path.name

    def changed(self) -> list[str]:
        """Name the files of our package that a hand-in with a package has otherwise, or not."""
        if not (self.root / PACKAGE.name).is_dir():
            return []
        ours = {path.relative_to(PACKAGE.parent).as_posix(): path for path in PACKAGE.rglob("*.py")}
        theirs = {name: self.file(name) for name in ours}
        return [n for n, p in theirs.items() if p is None or p.read_bytes() != ours[n].read_bytes()]

    def author(self) -> tuple[str, str]:
        """Find name and student number in report/metadata.yml; empty if they are not filled in."""
        blocks = self._metadata()
        told = [(label, text) for block in blocks for label, text in block.cover]
        told += [(NAME[0], name) for block in blocks for name in block.author]
        filled = [(label, text) for label, text in told if text not in LEFT_OPEN]
        name, number = (
            next((text for label, text in filled if label in known), "") for known in (NAME, NUMBER)
        )
        return name, number

    def seed(self) -> int | None:
        """Return the seed that the runs must have, if it is to be that of the student number."""
        numbers = [one.values.get("number", "") for one in self._metadata() if one.seed]
        return seed_of(numbers[0]) if numbers else None

    def _metadata(self) -> list[Metadata]:
        with suppress(ExportError, UnfitFileError, RecursionError):
            if path := self.file("report/metadata.yml"):
                return [load(path, tag) for tag in LANGUAGES[::-1]]
        return []


def bounded(path: Path) -> Path:
    """Return the path of a regular file of bearable size, packed and unpacked; refuse others."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise UnfitFileError(f"{path.name} is not a regular file.")
    size = about.st_size
    if zipfile.is_zipfile(path):
        with damaged_archives(path), zipfile.ZipFile(path) as archive:
            size = max(size, sum(entry.file_size for entry in archive.infolist()))
    if size > LARGEST:
        limit = f"{LARGEST / MEGABYTE:.0f} is the limit"
        raise UnfitFileError(f"{path.name} holds {size / MEGABYTE:.0f} MB; {limit}.")
    return path


def damaged_archives(path: Path) -> AbstractContextManager[None]:
    """Refuse what the reader of archives stumbles over."""
    kinds = (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, OSError, EOFError)
    return raised_as(lambda e: UnfitFileError(f"{path.name} cannot be unpacked ({e})."), *kinds)


def is_project(path: Path) -> bool:
    """Tell the folder of a project by what lies in it."""
    return any((path / sign).is_dir() for sign in SIGNS)


def visible(folder: Path) -> list[Path]:
    """List a folder without what systems hide in it."""
    return [p for p in folder.iterdir() if not p.name.startswith(".") and p.name not in SYSTEM]


def located(path: Path, apart: tuple[Path, ...], private: Path) -> HandIn:
    """Find the project in a folder, an archive, or the only one that either holds.

    What is packed is unpacked below a `private` folder; reports that lie on the way are `apart`.
    """
    for depth in range(DEEPEST):
        if path.is_symlink():
            raise UnfitFileError(f"{path.name} is a link.")
        if path.suffix.lower() in REPORTS and path.is_file():
            return HandIn(private, (path, *apart))
        if path.is_file():
            path = unpacked(path, private / str(depth))
        inner = [p for p in visible(path) if p.is_dir() or p.suffix.lower() == ".zip"]
        if is_project(path) or not inner:
            return HandIn(path, apart)
        if len(inner) > 1:
            raise UnfitFileError(f"It holds {len(inner)} folders and archives, and no project.")
        apart += tuple(p for p in visible(path) if p.suffix.lower() in REPORTS)
        path = inner[0]
    raise UnfitFileError(f"There is no project in it, {DEEPEST} folders deep.")


def unpacked(path: Path, folder: Path) -> Path:
    """Unpack what is looked at from an archive into a new folder; refuse unbearable ones."""
    if path.suffix.lower() != ".zip":
        raise UnfitFileError(f"{path.name} is no folder, zip archive, Word or PDF file.")
    folder.mkdir(parents=True)
    with damaged_archives(path), _opened(path) as archive:
        entries = archive.infolist()
        wanted = [one for one in entries if _is_wanted(one.filename)]
        size = sum(one.file_size for one in wanted)
        if len(entries) > ENTRIES or size > UNPACKED:
            raise UnfitFileError(f"{path.name} holds {len(entries)} files, {size:,} bytes.")
        for one in wanted:
            target = folder / one.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(one) as packed, target.open("xb") as out:  # links as plain files
                shutil.copyfileobj(packed, out)
    return folder


def _opened(path: Path) -> zipfile.ZipFile:
    # Names without a mark are in UTF-8 or, as Windows in China has it, in GBK; CP437 takes any.
    for encoding in ("utf-8", "gbk"):
        with suppress(UnicodeDecodeError):
            return zipfile.ZipFile(path, metadata_encoding=encoding)
    return zipfile.ZipFile(path)


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in name or "\\" in name:
        raise ValueError(f"{name!r} leads out of it")
    hidden = any(part.startswith(".") or part in SYSTEM for part in path.parts)
    return not hidden and path.suffix.lower() in WANTED and not name.endswith("/")
