"""What a recorded study puts into report, README and terminal: a table, and values for prose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mnist_report.common.words import words
from mnist_report.reporting.tables.naming import named
from mnist_report.reporting.tables.run import NONE, text_table
from mnist_report.studies import comparison as paired
from mnist_report.studies.record import found


@named
def recipe_study(study: Mapping[str, Any], language: str | None = None) -> pd.DataFrame:
    """One row a recipe: size, accuracy ± standard deviation over seeds, errors, training time.

    The accuracy is that on the test set; in a study for selection it is that on validation. The
    average is the accuracy of the mean of the runs' probabilities. Times that do not compare stand
    apart, in the order of their threads; an accelerator stands in place of threads.
    """
    w = words(language)
    tested = "test" in study["recipes"][0]
    part = "test" if tested else "validation"
    rows = [
        (
            recipe["recipe"],
            f"{recipe['parameters']:,}",
            recipe["epochs"],
            _mean_deviation(recipe[part], 100, 2),
            f"{recipe[part]['errors']['mean']:.1f}",
            *([f"{100 * recipe['average']['accuracy']:.2f}"] if tested else []),
            "; ".join(_seconds(group["seconds"]) for group in recipe["training"]),
            "; ".join(_place(group) for group in recipe["training"]),
        )
        for recipe in study["recipes"]
    ]
    heads = [
        *("recipe", "parameters", "epochs", f"{part}_accuracy_percent", "mean_errors"),
        *(["average_of_runs"] if tested else []),
        *("training_time_s", "threads"),
    ]
    return text_table(rows, [w[head].format(len(study["seeds"])) for head in heads])


@named
def origins(records: Mapping[str, Mapping[str, Any]], language: str | None = None) -> pd.DataFrame:
    """One row a record: its runs, and when, with what and from which commit they were made."""
    w = words(language)
    keys = ("device_name", "torch", "git_commit")
    rows = [
        (
            name,
            str(len(study["runs"])),
            study["time"][:10],
            *(", ".join(found(study, key)) for key in keys),
        )
        for name, study in records.items()
    ]
    return text_table(
        rows,
        [w[head] for head in ("study", "runs", "date", "device")] + ["PyTorch", w["git_commit"]],
    )


@named
def comparison(study: Mapping[str, Any], language: str | None = None) -> pd.DataFrame:
    """One row a pair of recipes: images that only one of them reads, gain, test, images needed.

    Gains are in percentage points with their 95 % intervals: that of the first seed, on the same
    images, and that of the means over all seeds. The images needed are as many as let McNemar's
    test find such a difference four times in five.

    Args:
        study: the record of `recipes`.
        language: of the heads.
    """
    w = words(language)
    rows = []
    for pair in study["pairs"]:
        if pair["seed"] != study["seeds"][0]:
            continue
        all_seeds = paired.pooled(study, pair["first"], pair["second"])
        rows.append((
            f"{pair['first']} → {pair['second']}",
            str(pair["only_first"]),
            str(pair["only_second"]),
            _points(pair["difference"], pair["interval"]),
            _p_value(pair["p_value"]),
            _points(all_seeds["difference"], all_seeds["interval"]),
            f"{all_seeds['images_needed']:,}" if all_seeds["images_needed"] else NONE,
        ))  # fmt: skip
    heads = [
        *("pair_of_recipes", "only_first_right", "only_second_right", "gain_points", "mcnemar_p"),
        *("gain_over_seeds", "images_needed"),
    ]
    return text_table(rows, [w[head].format(len(study["seeds"])) for head in heads])


def _points(difference: float | None, interval: Sequence[float] | None) -> str:
    if difference is None:
        return NONE
    low, high = (f"{100 * bound:+.2f}" for bound in interval)
    return f"{100 * difference:+.2f} [{low}, {high}]".replace("-", "−")


def _p_value(p: float) -> str:
    """0.23, or 1.1 × 10⁻²⁶ with the exponent raised."""
    if p >= 0.001:
        return f"{p:.3f}"
    mantissa, exponent = f"{p:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{raised}"


def _mean_deviation(spread: Mapping[str, Any], scale: float, digits: int) -> str:
    mean, deviation = spread["mean"], spread["deviation"]
    text = f"{scale * mean:.{digits}f}"
    return text if deviation is None else f"{text} ± {scale * deviation:.{digits}f}"


def _seconds(spread: Mapping[str, Any]) -> str:
    return _mean_deviation(spread, 1, 0 if spread["mean"] >= 20 else 1)


def _place(group: Mapping[str, Any]) -> str:
    return str(group["threads"]) if group["device"] == "cpu" else group["device"].upper()
