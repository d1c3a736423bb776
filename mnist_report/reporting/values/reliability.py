"""Values for the report's prose on reliability: how far the run can be trusted, and what it costs.

Like `report_values`, whose values these join. Names of kinds of damage and of methods are words in
the language of the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_report.common.words import words
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import label_errors
from mnist_report.training.runs import Run

WORST = 3  # kinds of damage named in the text
GEOMETRY = ("shear", "scale", "rotate", "translate")  # what augmentation imitates
IN_THE_LAST = ("confidence", "favourite", "favourite_share")  # severity
FOUND_AT = 1  # the place of `label_audit.DEPTHS` that the text speaks of


def of_reliability(
    evaluation: Mapping[str, Any],
    robustness: Mapping[str, Mapping[str, Any]],
    runs: Sequence[Run],
    data: Dataset,
    language: str | None = None,
) -> dict[str, Any]:
    """The values of an evaluation with all its parts.

    Args:
        evaluation: of the run that the report is about, with `baselines` and `second_hand`.
        robustness: of `robustness.beside_original`; the run comes last.
        runs: all finished runs, by which the audit knows what no network reads as labelled.
        data: the data set.
        language: of names.
    """
    w = words(language)
    return {
        **probabilities(evaluation),
        "audit": _audit(evaluation["label_audit"], runs, data),
        "robustness": _robustness(robustness, w),
        "second_hand": _second_hand(evaluation),
        "baselines": _baselines(evaluation["baselines"], w),
    }


def probabilities(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The values of calibration and reject option, which every evaluation has."""
    return {
        "calibration": _numbers(evaluation["calibration"]),
        "reject": _reject(evaluation["reject"]),
    }


def _numbers(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part without its tables and curves, its interval by name."""
    plain = {key: value for key, value in part.items() if not isinstance(value, list)}
    for key in ("error_ci95", "accuracy_ci95"):
        if key in part:
            plain["interval"] = dict(zip(("low", "high"), part[key], strict=True))
    return plain


def _reject(part: Mapping[str, Any]) -> dict[str, Any]:
    return {**_numbers(part), "left": 1 - part["coverage"]}


def _audit(part: Mapping[str, Any], runs: Sequence[Run], data: Dataset) -> dict[str, Any]:
    never = label_errors.never_right([run.test_logits for run in runs], data.test_labels.numpy())
    return {
        "known": part["known"],
        "found": part["found"],
        "depth": part["depths"][FOUND_AT],
        "recall": part["recall"][FOUND_AT],
        "recall_with_ambiguous": part["recall_with_ambiguous"][FOUND_AT],
        **{name: _numbers(row) for name, row in part["accuracy"].items()},
        "runs": len(runs),
        "never": {
            "images": len(never),
            "known": len(label_errors.DOUBTFUL_LABELS & set(never.tolist())),
        },
    }


def _robustness(parts: Mapping[str, Mapping[str, Any]], w: Mapping[str, str]) -> dict[str, Any]:
    """Of the last of the parts, and of an earlier one, that of `original`, if there is any."""
    *others, part = parts.values()
    means = {kind: _mean(rows) for kind, rows in part["kinds"].items()}
    worst = sorted(means, key=means.__getitem__)[:WORST]
    return {
        **_overall(part),
        "images": part["images"],
        "kinds": len(means),
        "worst": [
            {
                "name": w[f"kind_{kind}"],
                "mean": means[kind],
                "last": part["kinds"][kind][-1]["accuracy"],
                **{key: part["kinds"][kind][-1][key] for key in IN_THE_LAST},
            }
            for kind in worst
        ],
        "original": _overall(others[0]) if others else None,
    }


def _overall(part: Mapping[str, Any]) -> dict[str, float]:
    """Mean accuracies, of all kinds, of those that move the strokes, and of all the others."""
    moved = {kind: kind in GEOMETRY for kind in part["kinds"]}
    means = {
        name: float(np.mean([_mean(part["kinds"][k]) for k, yes in moved.items() if yes is wanted]))
        for name, wanted in (("geometry", True), ("others", False))
    }
    return {"clean": part["clean"]["accuracy"], "mean": part["mean"], **means}


def _mean(rows: Sequence[Mapping[str, Any]]) -> float:
    return float(np.mean([row["accuracy"] for row in rows]))


def _second_hand(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The drop in two steps: by the resolution, which MNIST's own digits show, and by the hands."""
    part = evaluation["second_hand"]
    wrong = np.array(part["confusion_matrix"])
    np.fill_diagonal(wrong, 0)
    true, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    coarse = part["coarse"]["accuracy"]
    return {
        **{key: part[key] for key in ("images", "accuracy", "errors")},
        "coarse": coarse,
        "by_resolution": evaluation["test"]["accuracy"] - coarse,
        "by_hands": coarse - part["accuracy"],
        "largest": {
            "true": int(true),
            "predicted": int(predicted),
            "count": int(wrong.max()),
            "support": part["per_class"][int(true)]["support"],
        },
    }


def _baselines(part: Sequence[Mapping[str, Any]], w: Mapping[str, str]) -> dict[str, Any]:
    """By name; `network` is the run's, `best` the most accurate of the others.

    `ratio` is how many times the errors of the network that one makes.
    """
    *others, network = part
    best = max(others, key=lambda row: row["accuracy"])
    rows = {row["name"]: row for row in others} | {"best": best, "network": network}
    named = {
        key: {**_numbers(row), "name": w.get(f"baseline_{row['name']}", row["name"])}
        for key, row in rows.items()
    }
    return named | {"ratio": best["errors"] / max(network["errors"], 1)}
