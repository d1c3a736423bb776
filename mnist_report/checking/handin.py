"""A handed-in project as a folder of untrusted files."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mnist_report.common.errors import ReportError
from mnist_report.common.settings import LANGUAGES
from notebook_report.errors import ExportError
from notebook_report.metadata import load

MEGABYTE = 1_000_000
LARGEST = 100 * MEGABYTE  # of a file, and of what is packed in one
MOST = 40  # files of a kind that are looked at
NAME, NUMBER = ("姓名", "Name"), ("学号", "Student number")  # on the cover
LEFT_OPEN = ("", "（请填写）", "(fill in)")


class UnfitFileError(ReportError):
    """A file that is not looked into: outside the hand-in, too large, or no file at all."""


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

    def author(self) -> tuple[str, str]:
        """Find name and student number in report/metadata.yml; empty if they are not filled in."""
        try:
            path = self.file("report/metadata.yml")
            blocks = [load(path, tag) for tag in LANGUAGES[::-1]] if path else []
        except (ExportError, UnfitFileError, RecursionError):
            return "", ""
        told = []
        for block in blocks:
            told += [*block.cover, *((NAME[0], name) for name in block.author)]
        filled = [(label, text) for label, text in told if text not in LEFT_OPEN]
        name, number = ([t for label, t in filled if label in known] for known in (NAME, NUMBER))
        return "".join(name[:1]), "".join(number[:1])


def bounded(path: Path) -> Path:
    """Return the path of a regular file of bearable size, packed and unpacked; refuse others."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise UnfitFileError(f"{path.name} is not a regular file.")
    size = about.st_size
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                size = max(size, sum(entry.file_size for entry in archive.infolist()))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise UnfitFileError(f"{path.name} is a damaged archive ({error}).") from error
    if size > LARGEST:
        raise UnfitFileError(
            f"{path.name} holds {size / MEGABYTE:.0f} MB; {LARGEST / MEGABYTE:.0f} is the limit."
        )
    return path
