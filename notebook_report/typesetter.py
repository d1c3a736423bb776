"""Typst in a process of its own, within limits: it may be given anything to set."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Self

from . import limits
from .errors import ExportError, one_line

SERVER = Path(__file__).with_name("typst_server.py")


class RefusedError(Exception):
    """Typst does not take a document; the message is its reason, in one line."""


class Fonts(NamedTuple):
    """Places of fonts besides those that Typst has: the system's, and folders."""

    system: bool = False
    folders: tuple[str, ...] = ()


OWN = Fonts()


class Typesetter:
    """A context that holds one document at a time. ExportError where a limit is exceeded."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(  # noqa: S603 (a program of our own)
            limits.confined(sys.executable, "-P", str(SERVER)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def open(self, source: Path, fonts: Fonts) -> None:
        """Take a file for the document, whose pictures lie beside it. RefusedError."""
        self._call("open", (str(source), str(source.parent), *fonts))
        self.query("<pages>")  # only now it is set

    def query(self, selector: str, **words: str | bool) -> str:
        """Return what the document tells of its elements, in JSON. RefusedError."""
        return self._call("query", (), selector=selector, **words).decode()

    def pdf(self, timestamp: int, standards: list[str]) -> bytes:
        """Return the document as a PDF. RefusedError."""
        words = {"format": "pdf", "timestamp": timestamp, "pdf_standards": standards}
        return self._call("compile", (), **words)

    def takes(self, source: Path, fonts: Fonts = OWN, standards: tuple[str, ...] = ()) -> bool:
        """Try a file as a document by itself."""
        try:
            words = {"format": "pdf", "pdf_standards": standards}
            self._call("compile", (str(source), str(source.parent), *fonts), **words)
        except RefusedError:
            return False
        return True

    def _call(self, name: str, document: tuple, **words: object) -> bytes:
        try:
            self.process.stdin.write(json.dumps([name, document, words]).encode() + b"\n")
            self.process.stdin.flush()
            problem, size = json.loads(self.process.stdout.readline())
            made = self.process.stdout.read(size)
        except (OSError, ValueError) as error:  # it has ended
            raise ExportError(f"the typesetter stopped: {limits.exceeded()}") from error
        if problem:
            raise RefusedError(one_line(problem))
        return made
