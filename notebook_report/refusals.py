"""What Typst refuses: damaged pictures and odd formulas, found by setting them by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typst

ERRORS = (RuntimeError, ValueError, typst.TypstError)
PICTURES = {".png", ".jpg", ".gif", ".svg", ".webp"}


def without_refused(attempt: dict[str, Any], folder: Path) -> dict[str, Any] | None:
    """The settings of the next attempt at the document in ``folder``, None if there is none.

    Damaged pictures go first. Then the formulas are asked for one by one, as ``probes.json``, and
    then those that are refused go.
    """
    bad = {path.name: True for path in sorted((folder / "media").iterdir()) if damaged(path)}
    if bad != attempt["bad_images"]:
        return attempt | {"bad_images": bad}
    if "refused" not in attempt:
        return attempt | {"refused": {}}
    refused = attempt["refused"] | dict.fromkeys(refused_formulas(folder), True)
    return attempt | {"refused": refused} if refused != attempt["refused"] else None


def damaged(path: Path) -> bool:
    """Whether Typst cannot set a picture by itself."""
    if path.suffix not in PICTURES:
        return False
    return not compiles(f"#image({json.dumps(path.name)})", path.parent)


def refused_formulas(folder: Path) -> list[str]:
    """The sources of the formulas that Typst does not take."""
    probes = json.loads((folder / "probes.json").read_text(encoding="utf-8"))
    codes = {probe["source"]: probe["code"] for probe in probes}
    return failing(list(codes), lambda some: compiles("\n\n".join(map(codes.get, some)), folder))


def compiles(code: str, folder: Path) -> bool:
    """Whether Typst takes ``code`` as a document."""
    source = folder / "probe.typ"
    source.write_text(code, encoding="utf-8")
    try:
        typst.compile(str(source))
    except ERRORS:
        return False
    return True


def failing(items: list[str], works: Callable[[list[str]], bool]) -> list[str]:
    """The items that do not work, by trying halves until the rest is known to be well."""
    if not items or works(items):
        return []
    if len(items) == 1:
        return items
    half = len(items) // 2
    return [*failing(items[:half], works), *failing(items[half:], works)]
