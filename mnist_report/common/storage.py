"""JSON files, whole or absent; a seal tells whether one was changed since it was stored."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from mnist_report.common.errors import ResultsError
from mnist_report.common.files import replacing

FORMAT = 1  # of what is sealed; 0 is from before there were seals


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with the sum of its content."""
    write(path, {**content, "sum": _content_sum(content)})


def read_sealed(path: Path) -> dict[str, Any]:
    """Read JSON that was written with the sum of its content, which is left out.

    Raises:
        ResultsError: the file is missing or damaged, was changed by hand, or is of a newer version.
    """
    content = read(path)
    if not isinstance(content, dict):
        raise ResultsError(f"{path} holds no results: delete it and run again.")
    version, stored = content.get("format", 0), content.pop("sum", None)
    if not isinstance(version, int) or version > FORMAT:
        raise ResultsError(f"{path} is of a newer version of this project: update, and run again.")
    if stored != (_content_sum(content) if stored or version else None):
        raise ResultsError(f"{path} was changed after it was stored: delete it and run again.")
    return content


def _content_sum(content: dict[str, Any]) -> str:
    return checksum(json.dumps(content, sort_keys=True).encode())


def checksum(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all, in UTF-8."""
    with replacing(path) as temporary:
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Read JSON.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(f"{path} cannot be read ({error}): delete it and run again.") from error
