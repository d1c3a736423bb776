"""The tests of what has changed, for `make quick`: in a minute, without what is marked slow.

A module's tests are the files in the folder of its room that name it. What has changed differs from
the branch `main`, or on that branch from the last commit.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tools import ROOT

ALWAYS = ("tests/test_layout.py", "tests/test_names.py")


def changed(root: Path = ROOT) -> list[str]:
    """Return the files that differ from `main`, or are not in git yet."""
    base = _git(root, "merge-base", "HEAD", "main") or ["HEAD"]
    new = _git(root, "ls-files", "--others", "--exclude-standard")
    return [*_git(root, "diff", "--name-only", base[0]), *new]


def _git(root: Path, *words: str) -> list[str]:
    call = ["git", "-C", str(root), *words]
    done = subprocess.run(  # noqa: S603 (words of our own)
        call, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout.split() if done.returncode == 0 else []


def tests_of(files: Iterable[str], root: Path = ROOT) -> list[str]:
    """Return the test files of these files, and those that are always run."""
    found = dict.fromkeys(ALWAYS)
    for path in map(PurePosixPath, files):
        found |= dict.fromkeys(_tests_of(path, root))
    return [name for name in found if (root / name).is_file()]


def _tests_of(path: PurePosixPath, root: Path) -> list[str]:
    if path.name.startswith("test_"):
        return [str(path)]
    if path.suffix == ".md":
        return ["tests/documents/test_documents.py"]
    top, *rest = path.parts
    folder = root / "tests" / (rest[0] if top == "mnist_report" and len(rest) > 1 else top)
    names = re.compile(rf"\b{re.escape(path.stem)}\b")
    there = sorted(folder.glob("test_*.py"))
    naming = [test for test in there if names.search(test.read_text(encoding="utf-8"))]
    return [test.relative_to(root).as_posix() for test in naming]


def main() -> list[str]:
    """Return the test files of what has changed."""
    return tests_of(changed())
