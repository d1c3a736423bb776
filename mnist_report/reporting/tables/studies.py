"""Tables of the recorded studies, for report, README and terminal."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import Interval
from mnist_report.reporting.tables.naming import named
from mnist_report.reporting.tables.run import NONE, text_table
from mnist_report.studies import comparison as paired
from mnist_report.studies.comparison import RecipeStudy
from mnist_report.studies.record import RecipeSummary, Study, Timing


@named
def recipe_study(study: Study, language: str | None = None) -> pd.DataFrame:
    """One row a recipe: size, accuracy ± standard deviation over seeds, errors, training time.

    The accuracy is that on the test set; in a study for selection it is that on validation. The
    average is the accuracy of the mean of the runs' probabilities. Times that do not compare stand
    apart, in the order of their threads; an accelerator stands in place of threads.
    """
    w = words(language)
    tested = study.recipes[0].test is not None
    heads = [
        *("recipe", "parameters", "epochs"),
        *("test_accuracy_percent" if tested else "validation_accuracy_percent", "mean_errors"),
        *(["average_of_runs"] if tested else []),
        *("training_time_s", "threads"),
    ]
    rows = [_recipe(recipe) for recipe in study.recipes]
    return text_table(rows, [w[head].format(len(study.seeds)) for head in heads])


def _recipe(recipe: RecipeSummary) -> tuple[object, ...]:
    scores, average = recipe.test or recipe.validation, recipe.average
    return (
        recipe.recipe,
        f"{recipe.parameters:,}",
        recipe.epochs,
        _mean_deviation(100 * scores.mean, scores.deviation and 100 * scores.deviation, 2),
        f"{scores.errors.mean:.1f}",
        *([f"{100 * average.accuracy:.2f}"] if average else []),
        "; ".join(_seconds(timing) for timing in recipe.training),
        "; ".join(
            str(t.threads) if t.device == "cpu" else t.device.upper() for t in recipe.training
        ),
    )


@named
def origins(records: Iterable[Study], language: str | None = None) -> pd.DataFrame:
    """One row a record: its runs, and when, with what and from which commit they were made."""
    w = words(language)
    rows = [(study.study, str(len(study.runs)), *study.made) for study in records]
    heads = [w[head] for head in ("study", "runs", "date", "device")] + ["PyTorch", w["git_commit"]]
    return text_table(rows, heads)


@named
def comparison(study: RecipeStudy, language: str | None = None) -> pd.DataFrame:
    """One row a pair of recipes: images that only one classifies, gain, test, images needed.

    Gains are in percentage points with their 95 % intervals: that of the first seed, on the same
    images, and that of the means over all seeds. The images needed are as many as let McNemar's
    test find such a difference four times in five.
    """
    w = words(language)
    rows = []
    for pair in study.pairs:
        if pair.seed != study.seeds[0]:
            continue
        all_seeds = paired.pooled(study, pair.first, pair.second)
        rows.append((
            f"{pair.first} → {pair.second}",
            str(pair.only_first),
            str(pair.only_second),
            _points(pair.difference, pair.interval),
            _p_value(pair.p_value),
            _points(all_seeds.difference, all_seeds.interval),
            f"{all_seeds.images_needed:,}" if all_seeds.images_needed else NONE,
        ))  # fmt: skip
    heads = [
        *("pair_of_recipes", "only_first_right", "only_second_right", "gain_points", "mcnemar_p"),
        *("gain_over_seeds", "images_needed"),
    ]
    return text_table(rows, [w[head].format(len(study.seeds)) for head in heads])


def _points(difference: float | None, interval: Interval | None) -> str:
    if difference is None:
        return NONE
    numbers = 100 * difference, 100 * interval.low, 100 * interval.high
    return "{:+.2f} [{:+.2f}, {:+.2f}]".format(*numbers).replace("-", "−")


def _p_value(p: float) -> str:
    """0.23, or 1.1 × 10⁻²⁶ with the exponent raised."""
    if p >= 0.001:
        return f"{p:.3f}"
    mantissa, exponent = f"{p:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{raised}"


def _mean_deviation(mean: float, deviation: float | None, digits: int) -> str:
    text = f"{mean:.{digits}f}"
    return text if deviation is None else f"{text} ± {deviation:.{digits}f}"


def _seconds(timing: Timing) -> str:
    spread = timing.seconds
    return _mean_deviation(spread.mean, spread.deviation, 0 if spread.mean >= 20 else 1)
