"""Tables of the recorded studies, for report, README and terminal."""

from collections.abc import Iterable

from mnist_report.common.words import words
from mnist_report.evaluation.statistics import Interval
from mnist_report.reporting.tables.naming import NONE, Rows, table
from mnist_report.studies.comparison import RecipeStudy, pooled
from mnist_report.studies.record import RecipeSummary, Spread, Study


@table()
def recipe_study(study: Study, language: str | None = None) -> Rows:
    """One row a recipe: size, accuracy ± standard deviation over seeds, errors, training time.

    The accuracy is that on the test set; in a study for selection it is that on validation. The
    average is the accuracy of the mean of the runs' probabilities. Times that do not compare stand
    apart, in the order of their threads; an accelerator stands in place of threads.
    """
    w, tested = words(language), study.recipes[0].test is not None
    accuracy = "test_accuracy_percent" if tested else "validation_accuracy_percent"
    heads = ["recipe", "parameters", "epochs", accuracy, "mean_errors", "average_of_runs"]
    heads = [*heads[: 6 if tested else 5], "training_time_s", "threads"]
    yield [w[head].format(len(study.seeds)) for head in heads]
    yield from map(_recipe, study.recipes)


def _recipe(recipe: RecipeSummary) -> list[object]:
    reached, average = recipe.test or recipe.validation, recipe.average
    places = (str(t.threads) if t.device == "cpu" else t.device.upper() for t in recipe.training)
    return [
        *(recipe.recipe, f"{recipe.parameters:,}", recipe.epochs),
        *(_mean_deviation(reached, 2, 100), f"{reached.errors.mean:.1f}"),
        *([f"{100 * average.accuracy:.2f}"] if average else []),
        "; ".join(_mean_deviation(t.seconds, int(t.seconds.mean < 20)) for t in recipe.training),
        "; ".join(places),
    ]


@table("study", "runs", "date", "device", "PyTorch", "git_commit")
def origins(records: Iterable[Study], language: str | None = None) -> Rows:
    """One row a record: its runs, and when, with what and from which commit they were made."""
    return [(study.study, len(study.runs), *study.made) for study in records]


@table()
def comparison(study: RecipeStudy, language: str | None = None) -> Rows:
    """One row a pair of recipes: images that only one classifies, gain, test, images needed.

    Gains are in percentage points with their 95 % intervals: that of the first seed, on the same
    images, and that of the means over all seeds. The images needed are as many as let McNemar's
    test find such a difference four times in five.
    """
    heads = ["pair_of_recipes", "only_first_right", "only_second_right", "gain_points"]
    heads += ["mcnemar_p", "gain_over_seeds", "images_needed"]
    yield [words(language)[head].format(len(study.seeds)) for head in heads]
    for pair in study.pairs:
        if pair.seed == study.seeds[0]:
            together = pooled(study, pair.first, pair.second)
            yield (
                f"{pair.first} → {pair.second}",
                *(pair.only_first, pair.only_second),
                *(_points(pair.difference, pair.interval), _p_value(pair.p_value)),
                _points(together.difference, together.interval),
                f"{together.images_needed:,}" if together.images_needed else NONE,
            )


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


def _mean_deviation(spread: Spread, digits: int, scale: float = 1) -> str:
    text = f"{scale * spread.mean:.{digits}f}"
    more = "" if spread.deviation is None else f" ± {scale * spread.deviation:.{digits}f}"
    return text + more
