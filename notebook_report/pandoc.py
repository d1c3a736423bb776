"""The one pandoc call: prepared notebook in, document or typesetter's source out."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from . import limits
from .document import Attempt, Document
from .errors import ExportError, one_line

FILTERS = Path(__file__).parent / "filters"
HEAP = {"GHCRTS": "-A64m"}  # bytes that are written before Haskell looks for garbage
TIMEOUT = 120  # seconds; pandoc takes for ever over a dozen brackets within each other
WARNING = "report: "  # how our filters mark their lines among pandoc's own


@cache
def program() -> str:
    """Pandoc from its wheel, else the system's own."""
    spec = find_spec("pypandoc")
    folder = Path(spec.origin).parent / "files" if spec and spec.origin else Path()
    for name in ("pandoc", "pandoc.exe"):
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which("pandoc")
    if not found:
        raise ExportError("pandoc is not there: run `pip install pypandoc-binary`")
    return found


def convert(
    document: Document,
    to: str,
    folder: Path,
    attempt: Attempt | None = None,
    arguments: Iterable[str] = (),
) -> tuple[Path, list[str]]:
    """Run pandoc in ``folder``; give the file it wrote and the warnings, one line each."""
    (folder / "media").mkdir(exist_ok=True)
    settings = document.settings(to, attempt or Attempt())
    # Of paths that Python could not decode, where only ASCII is known, the bytes are kept.
    (folder / "settings.json").write_text(settings, encoding="utf-8", errors="surrogateescape")
    out = folder / f"out.{to}"
    try:
        done = subprocess.run(  # noqa: S603  (pandoc from its wheel, arguments of our own making)
            limits.confined(*command(document, to, out.name), *arguments),
            input=document.source.encode("ascii"),
            capture_output=True,
            check=False,
            cwd=folder,
            env=HEAP | dict(os.environ) | {"SOURCE_DATE_EPOCH": str(document.timestamp)},
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        reason = "does a Markdown cell have many brackets within each other?"
        raise ExportError(f"pandoc has not finished in {TIMEOUT} seconds: {reason}") from error
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    if done.returncode:
        said = limits.exceeded() if done.returncode < 0 else one_line(" ".join(lines))
        raise ExportError(f"pandoc stopped: {said}")
    # Pandoc's own lines are of no use to authors.
    return out, [line.removeprefix(WARNING) for line in lines if line.startswith(WARNING)]


def command(document: Document, to: str, out: str) -> list[str]:
    """Pandoc's command line: our filters before and after its own for citations."""
    style = str(document.csl())  # refused where it is none, needed or not
    cited = ("--citeproc", "--csl", style) if document.metadata.bibliography else ()
    return [
        *(program(), "--from", "ipynb+raw_markdown", "--ipynb-output=all"),
        *("--to", "typst-citations" if to == "typst" else to, "--output", out),
        *("--lua-filter", str(FILTERS / "notebook.lua"), *cited),
        *("--metadata", "link-citations=true", "--metadata", f"lang={document.language.tag}"),
        *("--lua-filter", str(FILTERS / f"{to}.lua")),
        *(f"--bibliography={document.find(name)}" for name in document.metadata.bibliography),
    ]
