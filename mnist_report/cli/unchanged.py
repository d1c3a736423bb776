"""A report that is still what was made: nothing has to be computed, run or exported.

Files count as `make` takes them, by place, size and time of change: that is told without reading
them, before PyTorch is imported. Of what has changed, the steps find out what depends on it.
"""

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from stat import S_ISREG

from mnist_report.common import kept, settings
from mnist_report.common.errors import ResultsError, WriteError
from mnist_report.common.storage import Stored

BESIDE = {"__pycache__", ".ipynb_checkpoints"}  # what Python and Jupyter put beside the files


class Made(Stored):
    """A report as it was made: of what, when, its files, and what there was to say of them."""

    code: str  # as of `read`
    texts: str
    wrote: str  # as of `written`
    when: str
    files: list[str]
    warnings: list[str]


def last(code: str) -> Made | None:
    """Return what was made last with these settings by that code, if it is still there."""
    try:
        made = Made.read(_place())
    except ResultsError:  # there is none, or it is damaged
        return None
    return made if (made.code, made.wrote) == (code, written()) else None


def is_first() -> bool:
    """Tell whether no report is known that was made with these settings."""
    return not _place().exists()


def remember(code: str, texts: str, files: Iterable[Path], warnings: list[str]) -> None:
    """Store what was made of what was `read` before, unless the recipe is a file of its own."""
    if settings.recipe_name().endswith(".toml"):  # it may have others beside it
        return
    made = {"when": datetime.now().strftime("%Y-%m-%d %H:%M:%S"), "files": [*map(str, files)]}
    with suppress(WriteError):
        Made(code=code, texts=texts, wrote=written(), warnings=warnings, **made).write(_place())


def read() -> tuple[str, str]:
    """Sum up code, packages and data of one's own; and notebooks, records, covers and the like."""
    root, code, data = settings.project_root(), settings.PACKAGE, settings.dataset()
    own = [] if data in settings.DATASETS else [Path(data)]
    packages = Path(sysconfig.get_path("purelib")).stat()  # changed with each that is installed
    texts = [root / "notebooks", *(p for p in root.glob("report/*") if p.name != "build")]
    programs = _sum([code, code.parent / "notebook_report", *own])
    return f"{programs} {packages.st_mtime_ns} {sys.version}", _sum(texts)


def written() -> str:
    """Sum up what a build writes: fetched data, runs, executed notebooks and exported files."""
    runs = (path for path in settings.results_root().glob("*") if path != kept.folder())
    fetched = settings.data_dir().glob("*/raw")
    return _sum([*runs, *fetched, settings.project_root() / "report" / "build"])


def _place() -> Path:
    chosen = sorted((k, v) for k, v in os.environ.items() if k.startswith("MNIST_REPORT_"))
    words = f"{chosen} {settings.seed()} {settings.dataset()} {settings.project_root()}"
    return kept.folder() / f"build-{hashlib.sha256(words.encode()).hexdigest()[:32]}.json"


def _sum(places: Iterable[Path]) -> str:
    lines = []
    for place in places:
        walk = os.walk(place, followlinks=True)  # of a file it is empty
        for path in (place, *(Path(folder, name) for folder, _, names in walk for name in names)):
            with suppress(OSError):  # it is closed, or another build has just taken it away
                state = path.stat()
                if S_ISREG(state.st_mode) and BESIDE.isdisjoint(path.parts):
                    lines.append(f"{path} {state.st_size} {state.st_mtime_ns}\n")
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
