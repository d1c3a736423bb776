"""Tables of data, network, run and studies: localised, rounded, ready to be shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from mnist_report.common.provenance import Provenance
from mnist_report.datasets.dataset import Words
from mnist_report.datasets.preprocessing import HALF, Normalisation
from mnist_report.evaluation.statistics import Interval
from mnist_report.reporting.tables.naming import NONE, Rows, table
from mnist_report.studies.comparison import RecipeStudy, pooled
from mnist_report.studies.record import Spread, Study
from mnist_report.training.layers import LayerSummary, layer_name
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import Summary

VERSIONS = {"python": "Python", "torch": "PyTorch", "torchvision": "torchvision", "numpy": "NumPy"}
VERSIONS |= {"scikit-learn": "scikit-learn", "scipy": "SciPy", "mnist_report": "mnist_report"}


@table("file", "content", "MD5")
def data_files(w: Words, checksums: Mapping[str, str]) -> Rows:
    """The data files, what each holds, and its MD5 sum, from `mnist.checksums`."""
    for name, md5 in checksums.items():
        part = w["training" if name.startswith("train") else "test"]
        yield name, w["images_of" if "images" in name else "labels_of"].format(part), md5


@table()
def class_counts(w: Words, counts: pd.DataFrame) -> Rows:
    """Images of each class (rows) in each set (columns "training", "validation", "test")."""
    yield w["digit"], *(w[name] for name in counts.columns)
    for k, *row in counts.itertuples():
        yield w.names[k], *(f"{n:,}" for n in row)
    yield w["total"], *(f"{n:,}" for n in counts.sum())


@table("digit", "pixel_mean", "pixel_deviation", "empty_share")
def pixel_statistics(w: Words, statistics: pd.DataFrame) -> Rows:
    """Mean, deviation and empty pixels of each digit, from `exploration.pixel_statistics`."""
    for digit, row in statistics.iterrows():
        name = w["all_digits"] if digit == "all" else digit
        yield name, f"{row['mean']:.4f}", f"{row['deviation']:.4f}", f"{100 * row['empty']:.1f}"


@table("digit", "ink_percent", "slant_degrees", "stroke_pixels", "centre_row", "centre_column")
def shapes(w: Words, measured: pd.DataFrame) -> Rows:
    """The mean shape of each digit, from `exploration.digit_shapes`."""
    for digit, *row in measured.groupby("digit").mean().itertuples():
        yield digit, *(f"{value:z.1f}" for value in row)


@table("normalisation", "mean", "deviation")
def normalisations(w: Words, measured: Normalisation) -> Rows:
    """Mean and deviation of pixels with these statistics, and after either normalisation."""
    after = {"raw_pixels": measured, "half_normalised": measured.under(HALF)}
    after["measured_normalised"] = measured.under(measured)
    for name, pixels in after.items():
        numbers = (f"{number:.4f}".replace("-", "−") for number in (pixels.mean, pixels.std))
        yield w[name], *numbers


@table("layer", "output_shape", "parameters", "multiply_adds")
def network(w: Words, layers: Sequence[LayerSummary]) -> Rows:
    """Layer, output shape, parameters and multiply-adds an image, with totals."""
    totals = 0, 0
    yield w["input"], "1 × 28 × 28", NONE, NONE
    for layer in layers:
        numbers = layer.parameters, layer.multiply_adds
        name, output = layer_name(layer, w.language), " × ".join(map(str, layer.output_shape))
        yield name, output, *(f"{number:,}" if number else NONE for number in numbers)
        totals = np.add(totals, numbers)
    yield w["total"], "", *(f"{total:,}" for total in totals)


@table("setting", "value")
def recipe(w: Words, chosen: Recipe) -> Rows:
    """The settings that decide how the network is trained."""
    moved = chosen.augmentation
    bounds = moved and (moved.degrees, f"{moved.zoom:.0%}", moved.shear, moved.shift)
    steps = moved.steps if moved else ()
    drawn = [f"{w[f'step_{step.kind}']} {step.share:.0%} (≤ {step.bound:g})" for step in steps]
    schedule = w[f"schedule_{chosen.schedule}".replace("-", "_")]
    return {
        "recipe": chosen.name,
        # What a network of one's own makes of the width is its own affair.
        "network": chosen.network + ("" if chosen.source else f", {w['width']} {chosen.width}"),
        "epochs": chosen.epochs,
        "batch_size": chosen.batch_size,
        "optimiser": w[f"optimiser_{chosen.optimiser}"],
        "betas": NONE if chosen.optimiser == "sgd" else "{:g}, {:g}".format(*chosen.betas),
        "peak_learning_rate": f"{chosen.learning_rate:g}",
        "schedule": schedule.format(f"{chosen.warmup:.0%}"),
        "weight_decay": _or_none(chosen.weight_decay),
        "label_smoothing": _or_none(chosen.label_smoothing),
        "ema_of_the_weights": _or_none(chosen.weight_average),
        "normalisation": w[f"{chosen.normalisation}_normalised"],
        "augmentation": w["augmentation_bounds"].format(*bounds) if bounds else NONE,
        **({"augmentation_steps": ", ".join(drawn)} if drawn else {}),
        "test_time_augmentation": _or_none(chosen.views),
    }


@table("setting", "value")
def run(w: Words, summary: Summary) -> Rows:
    """Recipe, size, time, validation accuracy and machine of a run, from its `summary`."""
    return {
        "recipe": summary.recipe,
        "seed": summary.seed,
        "parameters": f"{summary.parameters:,}",
        "epochs": summary.epochs,
        "training_time": f"{summary.training_seconds:.1f} s",
        "validation_accuracy": f"{summary.validation.accuracy:.2%}",
        **_place(summary.provenance),
    }


@table("item", "value")
def environment(w: Words, provenance: Provenance) -> Rows:
    """Versions, machine, commit and seed: what one needs to repeat the run."""
    stored, place = provenance.as_json(), _place(provenance)
    return {
        **{name: stored[key] for key, name in VERSIONS.items() if key in stored},
        "operating_system": provenance.platform,
        **{key: place[key] for key in ("device", "threads")},
        "git_commit": provenance.git_commit or NONE,
        "finished": place["finished"],
        "seed": provenance.seed,
    }


def _or_none(number: float) -> str:
    return f"{number:g}" if number else NONE


def _place(source: Provenance) -> Mapping[str, object]:
    kind, name = source.device.upper(), source.device_name
    return {
        "device": kind if name.upper() == kind else f"{kind} ({name})",
        "threads": source.threads,
        "finished": f"{datetime.fromisoformat(source.time):%Y-%m-%d %H:%M} UTC",
    }


@table()
def recipe_study(w: Words, study: Study) -> Rows:
    """One row a recipe: size, accuracy ± standard deviation over seeds, errors, training time.

    The accuracy is that on the test set; in a study for selection it is that on validation. The
    average is the accuracy of the mean of the runs' probabilities. Times that do not compare stand
    apart, in the order of their threads; an accelerator stands in place of threads.
    """
    tested = study.recipes[0].test is not None
    accuracy = "test_accuracy_percent" if tested else "validation_accuracy_percent"
    heads = ["recipe", "parameters", "epochs", accuracy, "mean_errors", "average_of_runs"]
    heads = [*heads[: 6 if tested else 5], "training_time_s", "threads"]
    yield [w[head].format(len(study.seeds)) for head in heads]
    for one in study.recipes:
        reached, average, made = one.test or one.validation, one.average, one.training
        yield [
            *(one.recipe, f"{one.parameters:,}", one.epochs),
            *(_mean_deviation(reached, 2, 100), f"{reached.errors.mean:.1f}"),
            *([f"{100 * average.accuracy:.2f}"] if average else []),
            "; ".join(_mean_deviation(t.seconds, int(t.seconds.mean < 20)) for t in made),
            "; ".join(str(t.threads) if t.device == "cpu" else t.device.upper() for t in made),
        ]


@table("study", "runs", "date", "device", "PyTorch", "git_commit")
def origins(w: Words, records: Iterable[Study]) -> Rows:
    """One row a record: its runs, and when, with what and from which commit they were made."""
    return [(study.study, len(study.runs), *study.made) for study in records]


@table()
def comparison(w: Words, study: RecipeStudy) -> Rows:
    """One row a pair of recipes: images that only one classifies, gain, test, images needed.

    Gains are in percentage points with their 95 % intervals: that of the first seed, on the same
    images, and that of the means over all seeds. The images needed are as many as let McNemar's
    test find such a difference four times in five.
    """
    heads = ["pair_of_recipes", "only_first_right", "only_second_right", "gain_points"]
    heads += ["mcnemar_p", "gain_over_seeds", "images_needed"]
    yield [w[head].format(len(study.seeds)) for head in heads]
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
