"""What the report's prose says of the recorded studies, and of the present run beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from mnist_report.reporting.tables.studies import found
from mnist_report.studies import ablation, comparison, scaling
from mnist_report.studies import run as studies
from mnist_report.training.runs import Run

NAMES = ("recipes", "ablation", "data-size", "faults")


def load() -> dict[str, dict[str, Any]]:
    """The records that `collect` tells of, by their studies' names.

    Raises:
        MissingStudyError: one has not been recorded.
    """
    return {name: studies.load(name) for name in NAMES}


def collect(
    records: Mapping[str, Mapping[str, Any]],
    run: Run,
    labels: ArrayLike,
    language: str | None = None,
) -> dict[str, Any]:
    """Values for prose, under the name `studies`.

    Args:
        records: as `load` gives them.
        run: the run that the report is about.
        labels: (N,) of the test images.
        language: of the names in lists.

    Returns:
        `ablation`, `scaling`, `faults`, `pairs` (of recorded recipes) and `own` (the run of the
        report beside a recorded one); `records`, when and where each was made.
    """
    recipes = records["recipes"]
    own = comparison.with_record(run, labels, recipes)
    return {
        "ablation": ablation.values(records["ablation"], language),
        "scaling": scaling.values(records["data-size"]),
        "faults": _faults(records["faults"]),
        "pairs": {
            "ours": _pair(recipes, "original", "standard"),
            "close": _pair(recipes, "standard", "best"),
        },
        "own": own | {"interval": _bounds(own["interval"])},
        "records": {name: _origin(record) for name, record in records.items()},
    }


def _pair(study: Mapping[str, Any], first: str, second: str) -> dict[str, Any]:
    """The first seed's paired comparison, and `over_seeds`, all of them."""
    one = next(p for p in study["pairs"] if (p["first"], p["second"]) == (first, second))
    pooled = comparison.pooled(study, first, second)
    return one | {
        "interval": _bounds(one["interval"]),
        "over_seeds": pooled | {"interval": pooled["interval"] and _bounds(pooled["interval"])},
    }


def _faults(study: Mapping[str, Any]) -> dict[str, Any]:
    gain = study["peeking"]["gain"]
    return {key: study[key] for key in ("device", "dropout", "loss", "normalisation")} | {
        "peeking": {
            "runs": len(study["peeking"]["best"]),
            "epochs": len(study["peeking"]["test"][0]),
            "mean": gain["mean"],
            "interval": gain["interval"] and _bounds(gain["interval"]),
            "images": gain["mean"] * study["recipes"][0]["test"]["images"],
        }
    }


def _origin(study: Mapping[str, Any]) -> dict[str, str]:
    keys = ("device_name", "torch", "git_commit")
    return {"date": study["time"][:10]} | {key: ", ".join(found(study, key)) for key in keys}


def _bounds(interval: tuple[float, float]) -> dict[str, float]:
    return dict(zip(("low", "high"), interval, strict=True))
