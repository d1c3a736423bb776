"""`docs/values.md`: every name that the report's prose may use, with an example of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnist_report.cli.commands import flat
from mnist_report.common.storage import replacing
from mnist_report.reporting.notebooks import files
from notebook_report.cells import values_handed_over
from tools import ROOT

PAGE = Path("docs", "values.md")
LATER = re.compile(r"\[[1-9]\d*\]")  # all places of a list but the first
HEAD = """\
# The values that prose may use

Made by `python -m tools values` from the report that was run last. A value is written
`{{{{ test.accuracy | percent(2) }}}}`, a condition on one `{{% if test.errors %}}…{{% endif %}}`
([filters and more](exporting.md#in-a-notebook)); shares are from 0 to 1, lists
begin with `[0]`. `mnist-report values` lists all names with their present values; the examples are
of the run `{run}` of {day}. A recipe without augmentation, say, has no names below
`recipe.augmentation`.
"""
ABOUT = {
    "data": "the data set: classes, tests of their balance, pixels",
    "split": "images for training and validation",
    "half": "pixels of the training part, normalised by 0.5 and 0.5",
    "recipe": "the recipe's fields",
    "network": "size and kinds of layers",
    "run": "the run: its seed, time, last epoch",
    "validation": "scores on the validation images",
    "test": "scores on the test set",
    "pooled": "stored runs of the recipe, pooled for the pairs",
    "pairs": "the most confused pairs of digits, the first one first (`mass`: expected confusions)",
    "guess": "the hypothesis on confusions, and what became of it",
    "hardest": "the test image whose label got the least probability",
    "environment": "machine and versions",
    "calibration": "temperature, calibration errors before and after",
    "reject": "the reject option: thresholds, and what they give",
    "audit": "known label errors, and what the network makes of them",
    "robustness": "corrupted images",
    "second_hand": "the external test set",
    "baselines": "simpler methods beside the network",
    "study": "the record of recipes over several seeds",
    "studies": "all recorded studies",
}


def refresh(root: Path = ROOT) -> Path:
    """Write the page anew, and return its path."""
    copy = files.executed_copy(files.report_notebook("en"))
    path = root / PAGE
    with replacing(path) as temporary:
        temporary.write_text(page(values_handed_over(files.read(copy))), encoding="utf-8")
    return path


def page(values: Mapping[str, Any]) -> str:
    """Return the page on these values."""
    run = f"{values['recipe']['name']}-s{values['run']['seed']}"
    parts = [HEAD.format(run=run, day=values["environment"]["time"][:10])]
    for part, about in ABOUT.items():
        rows = [f"| `{name}` | {_cell(value)} |" for name, value in names(part, values[part])]
        parts.append(
            "\n".join([f"## `{part}`: {about}\n", "| name | example |", "|---|---|", *rows])
        )
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def names(part: str, value: object) -> list[tuple[str, str]]:
    """Return the names of a part with their values; of a list's entries those of the first."""
    return [(name, shown) for name, shown in flat(part, value) if not LATER.search(name)]


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
