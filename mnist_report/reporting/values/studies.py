"""What the report's prose says of the recorded studies, and of the present run beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import PowerLaw, mean_difference, power_law
from mnist_report.studies import comparison
from mnist_report.studies.ablation import Row, ladder, leave_one_out
from mnist_report.studies.record import found
from mnist_report.studies.scaling import (
    Series,
    equal_steps,
    error_law,
    one_pass,
    seconds_line,
    widths,
)
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import Run


def of_studies(
    records: Mapping[str, Mapping[str, Any]],
    run: Run,
    labels: ArrayLike,
    language: str | None = None,
) -> dict[str, Any]:
    """Values for prose, under the name `studies`.

    Args:
        records: as `studies.load_all` gives them.
        run: the run that the report is about.
        labels: (N,) of the test images.
        language: of the names in lists.

    Returns:
        `ablation`, `scaling`, `faults`, `pairs` (of recorded recipes) and `own` (the run of the
        report beside a recorded one); `records`, when and where each was made.
    """
    recipes = records["recipes"]
    own = comparison.compare_with_record(run, labels, recipes)
    return {
        "ablation": of_ablation(records["ablation"], language),
        "scaling": of_scaling(records["data-size"]),
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


def of_recipe_study(study: Mapping[str, Any], chosen: Recipe) -> dict[str, Any]:
    """What the prose of the report may say of a study, under the name `study`.

    `study.current` is the chosen recipe's part, if the study holds that recipe with these very
    settings, else None: a recipe of one's own has not been studied.
    """
    recipes = {recipe["recipe"]: _recipe_values(recipe) for recipe in study["recipes"]}
    same = [r["recipe"] for r in study["recipes"] if r["settings"] == chosen.as_dict()]
    return {
        "seeds": len(study["seeds"]),
        "date": study["time"][:10],
        **{key: ", ".join(found(study, key)) for key in ("device_name", "torch", "git_commit")},
        "threads": [int(number) for number in found(study, "threads")],
        "recipes": recipes,
        "current": recipes[same[0]] if same else None,
        "best": max(recipes.values(), key=lambda recipe: recipe["mean"]),
    }


def _recipe_values(recipe: Mapping[str, Any]) -> dict[str, Any]:
    test = recipe["test"]
    low, high = test["interval"] or (None, None)
    return {
        "name": recipe["recipe"],
        "runs": recipe["runs"],
        **{key: test[key] for key in ("mean", "deviation", "min", "max", "errors")},
        "interval": {"low": low, "high": high},
        # What drawing other test images from the same source would do, for one given network.
        "sampling_deviation": (test["mean"] * (1 - test["mean"]) / test["images"]) ** 0.5,
        "average": {key: recipe["average"][key] for key in ("accuracy", "errors")},
    }


FALSE_DISCOVERIES = 0.05


def of_ablation(study: Mapping[str, Any], language: str | None = None) -> dict[str, Any]:
    """What prose may say of the study, with the names of changes and parts in a language.

    Which changes count is told by Welch's t-test on the runs of neighbouring rungs, for all of
    them together at a false-discovery rate of 5 % (Benjamini and Hochberg 1995).
    """
    w = words(language)
    rungs, parts = ladder(study)[1:], leave_one_out(study)
    steps = list(zip(rungs[1:], _differences(pairwise(rungs)), strict=True))
    removed = list(zip(parts[1:], _differences((parts[0], row) for row in parts[1:]), strict=True))
    first, last = ladder(study)[0], rungs[-1]

    def names(pairs: Sequence[tuple[Row, float]], sign: int) -> list[str]:
        return [w[f"change_{row.key}"] for row, effect in pairs if effect * sign > 0]

    largest = max(pairwise(rungs), key=lambda pair: pair[0].mean - pair[1].mean)
    return {
        "passes": study["recipes"][0]["epochs"],
        "seeds": len(study["seeds"]),
        "steps": len(steps),
        "false_discoveries": FALSE_DISCOVERIES,
        "published": {"error": first.mean, "seconds": first.seconds},
        "tensors_seconds": rungs[0].seconds,
        "standard": {"error": last.mean, "seconds": last.seconds},
        "factor": first.mean / last.mean,
        "speedup": first.seconds / last.seconds,
        "largest": {
            "name": w[f"change_{largest[1].key}"],
            "before": largest[0].mean,
            "after": largest[1].mean,
        },
        "better": names(steps, -1),
        "worse": names(steps, 1),
        "unclear": [w[f"change_{row.key}"] for row, effect in steps if effect == 0],
        "missed": names(removed, 1),
        "not_missed": names(removed, -1),
        "unclear_parts": [w[f"change_{row.key}"] for row, effect in removed if effect == 0],
    }


def _differences(pairs: Iterable[tuple[Row, Row]]) -> list[float]:
    """How much larger the second's error is, or 0 where that cannot be told from chance."""
    pairs = list(pairs)
    if any(len(row.errors) < 2 for pair in pairs for row in pair):
        return [0.0] * len(pairs)  # nothing can be told from single runs
    tests = [mean_difference(first.errors, second.errors) for first, second in pairs]
    rates = stats.false_discovery_control([test.p_value for test in tests])
    return [
        test.difference if rate <= FALSE_DISCOVERIES else 0.0
        for test, rate in zip(tests, rates, strict=True)
    ]


def of_scaling(study: Mapping[str, Any]) -> dict[str, Any]:
    """What prose may say of the study."""
    images, once, width = equal_steps(study), one_pass(study), widths(study)
    x, errors = images.means(images.error)
    wide, wide_errors = width.means(width.error)
    _, wide_seconds = width.means(width.seconds)
    upper = _from(images, float(np.median(x)))
    an_image, fixed = seconds_line(once)
    cost = power_law(width.x, width.seconds)
    return {
        "seeds": len(study["seeds"]),
        "fewest": {"images": int(x[0]), "error": float(errors[0])},
        "most": {"images": int(x[-1]), "error": float(errors[-1])},
        "law": _law(error_law(images)),
        "upper": {"images": int(upper.x[0]), **_law(error_law(upper))},
        "halving": float(2 ** (-1 / error_law(images).exponent)),
        "microseconds_an_image": 1e6 * an_image,
        "fixed_seconds": fixed,
        "narrowest": {"width": int(wide[0]), "error": float(wide_errors[0])},
        "widest": {"width": int(wide[-1]), "error": float(wide_errors[-1])},
        "best_width": int(wide[wide_errors.argmin()]),
        "width_law": _law(error_law(width)),
        "width_cost": _law(cost) | {"factor": float(wide_seconds[-1] / wide_seconds[0])},
    }


def _from(series: Series, least: float) -> Series:
    return Series(*(values[series.x >= least] for values in series))


def _law(law: PowerLaw) -> dict[str, float]:
    return {"exponent": law.exponent, "low": law.interval.low, "high": law.interval.high}
