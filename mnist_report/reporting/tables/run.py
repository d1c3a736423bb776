"""Tables of data, network and run: one function a table, localised, rounded, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mnist_report.common.provenance import Provenance
from mnist_report.common.words import words
from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.datasets.preprocessing import HALF
from mnist_report.reporting.tables.naming import NONE, Rows, table
from mnist_report.training.layers import layer_name
from mnist_report.training.runs import Summary

if TYPE_CHECKING:
    from mnist_report.datasets.augmentation import Augmentation
    from mnist_report.datasets.preprocessing import Normalisation
    from mnist_report.training.layers import LayerSummary
    from mnist_report.training.recipes import Recipe

VERSIONS = {"python": "Python", "torch": "PyTorch", "torchvision": "torchvision", "numpy": "NumPy"}
VERSIONS |= {"scikit-learn": "scikit-learn", "scipy": "SciPy", "mnist_report": "mnist_report"}


@table("file", "content", "MD5")
def data_files(checksums: Mapping[str, str], language: str | None = None) -> Rows:
    """The data files, what each holds, and its MD5 sum, from `mnist.checksums`."""
    w = words(language)
    for name, md5 in checksums.items():
        part = w["training" if name.startswith("train") else "test"]
        yield name, w["images_of" if "images" in name else "labels_of"].format(part), md5


@table()
def class_counts(
    counts: pd.DataFrame, language: str | None = None, classes: Classes = DIGITS
) -> Rows:
    """Images of each class (rows) in each set (columns "training", "validation", "test")."""
    w, names = classes.words(language), classes.names(language)
    yield w["digit"], *(w[name] for name in counts.columns)
    for k, *row in counts.itertuples():
        yield names[k], *(f"{n:,}" for n in row)
    yield w["total"], *(f"{n:,}" for n in counts.sum())


@table("digit", "pixel_mean", "pixel_deviation", "empty_share")
def pixel_statistics(statistics: pd.DataFrame, language: str | None = None) -> Rows:
    """Mean, deviation and empty pixels of each digit, from `exploration.pixel_statistics`."""
    for digit, row in statistics.iterrows():
        name = words(language)["all_digits"] if digit == "all" else digit
        yield name, f"{row['mean']:.4f}", f"{row['deviation']:.4f}", f"{100 * row['empty']:.1f}"


@table("digit", "ink_percent", "slant_degrees", "stroke_pixels", "centre_row", "centre_column")
def shapes(measured: pd.DataFrame, language: str | None = None) -> Rows:
    """The mean shape of each digit, from `exploration.digit_shapes`."""
    for digit, *row in measured.groupby("digit").mean().itertuples():
        yield digit, *(f"{value:z.1f}" for value in row)


@table("normalisation", "mean", "deviation")
def normalisations(measured: Normalisation, language: str | None = None) -> Rows:
    """Mean and deviation of pixels with these statistics, and after either normalisation."""
    after = {"raw_pixels": measured, "half_normalised": measured.under(HALF)}
    after["measured_normalised"] = measured.under(measured)
    for name, pixels in after.items():
        numbers = (f"{number:.4f}".replace("-", "−") for number in (pixels.mean, pixels.std))
        yield words(language)[name], *numbers


@table("layer", "output_shape", "parameters", "multiply_adds")
def network(layers: Sequence[LayerSummary], language: str | None = None) -> Rows:
    """Layer, output shape, parameters and multiply-adds an image, with totals."""
    w, totals = words(language), (0, 0)
    yield w["input"], "1 × 28 × 28", NONE, NONE
    for layer in layers:
        numbers = layer.parameters, layer.multiply_adds
        name, output = layer_name(layer, language), " × ".join(map(str, layer.output_shape))
        yield name, output, *(f"{number:,}" if number else NONE for number in numbers)
        totals = np.add(totals, numbers)
    yield w["total"], "", *(f"{total:,}" for total in totals)


@table("setting", "value")
def recipe(chosen: Recipe, language: str | None = None) -> Rows:
    """The settings that decide how the network is trained."""
    w, moved = words(language), chosen.augmentation
    bounds = moved and (moved.degrees, f"{moved.zoom:.0%}", moved.shear, moved.shift)
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
        **({"augmentation_steps": _steps(moved, w)} if moved and moved.steps else {}),
        "test_time_augmentation": _or_none(chosen.views),
    }


def _steps(augmentation: Augmentation, w: Mapping[str, str]) -> str:
    found = (f"{w[f'step_{s.kind}']} {s.share:.0%} (≤ {s.bound:g})" for s in augmentation.steps)
    return ", ".join(found)


@table("setting", "value")
def run(summary: Summary, language: str | None = None) -> Rows:
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
def environment(provenance: Provenance, language: str | None = None) -> Rows:
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
