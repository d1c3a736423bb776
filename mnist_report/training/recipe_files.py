"""Settings of recipes that are not in the package: of a TOML file, or of a finished run."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from mnist_report.common import settings
from mnist_report.common.errors import RecipeError
from mnist_report.training import own_network


def of_file(path: Path) -> dict[str, Any]:
    """What a TOML file gives, with the code of a network of one's own where it names one.

    Args:
        path: a relative path starts at the working directory, or else at the project.

    Raises:
        RecipeError: the file is missing, or is not TOML, or its network's code cannot be read.
    """
    found = path if path.exists() else settings.project_root() / path
    try:
        own = tomllib.loads(found.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"There is no recipe file {path}.") from error
    except ValueError as error:
        raise RecipeError(f"{path} is not TOML in UTF-8: {error}.") from error
    if ":" in str(own.get("network")):
        own["network"], own["source"] = own_network.read(own["network"], found.parent)
    return own


def of_run(name: str) -> dict[str, Any] | None:
    """The settings of a finished run of that name, the one with the lowest seed; None without."""
    runs = settings.results_dir().glob(f"{name}-s*/run.json")
    for run in sorted(runs, key=lambda path: (len(path.parent.name), path.parent.name)):
        try:
            return json.loads(run.read_text(encoding="utf-8"))["settings"]
        except (OSError, ValueError, LookupError):
            continue
    return None
