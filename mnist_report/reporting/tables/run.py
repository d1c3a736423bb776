"""Tables of notebooks and report: one function a table, localised, rounded, ready to be shown.

Each returns a `DataFrame` of text. Its index is the first column of the table and its columns'
name that column's heading, which makes pandas write a single header row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from mnist_report.common.provenance import Provenance
from mnist_report.common.words import words
from mnist_report.datasets.dataset import DIGITS, Classes
from mnist_report.datasets.preprocessing import HALF
from mnist_report.reporting.tables.naming import named
from mnist_report.training.layers import layer_name
from mnist_report.training.runs import Summary

if TYPE_CHECKING:
    from mnist_report.datasets.preprocessing import Augmentation, Normalisation
    from mnist_report.evaluation.metrics import Scores
    from mnist_report.training.layers import LayerSummary
    from mnist_report.training.recipes import Recipe

NONE = "–"


@named
def data_files(checksums: Mapping[str, str], language: str | None = None) -> pd.DataFrame:
    """The data files, what each holds, and its MD5 sum, from `mnist.checksums`."""
    w = words(language)
    part, kind = ("test", "training"), ("labels_of", "images_of")
    rows = [
        (name, w[kind["images" in name]].format(w[part[name.startswith("train")]]), md5)
        for name, md5 in checksums.items()
    ]
    return text_table(rows, (w["file"], w["content"], "MD5"))


@named
def class_counts(
    counts: pd.DataFrame, language: str | None = None, classes: Classes = DIGITS
) -> pd.DataFrame:
    """Images of each class (rows) in each set (columns "training", "validation", "test")."""
    w, names = classes.words(language), classes.names(language)
    rows = [(names[k], *(f"{n:,}" for n in row)) for k, *row in counts.itertuples()]
    rows.append((w["total"], *(f"{n:,}" for n in counts.sum())))
    return text_table(rows, (w["digit"], *(w[name] for name in counts.columns)))


@named
def normalisations(measured: Normalisation, language: str | None = None) -> pd.DataFrame:
    """Mean and deviation of pixels with these statistics, and after either normalisation."""
    w = words(language)
    rows = [
        (w[name], _signed(pixels.mean), _signed(pixels.std))
        for name, pixels in (
            ("raw_pixels", measured),
            ("half_normalised", measured.under(HALF)),
            ("measured_normalised", measured.under(measured)),
        )
    ]
    return text_table(rows, (w["normalisation"], w["mean"], w["deviation"]))


@named
def network(layers: Sequence[LayerSummary], language: str | None = None) -> pd.DataFrame:
    """Layer, output shape, parameters and multiply-adds an image, with totals."""
    w = words(language)
    shape, rows = (1, 28, 28), [(w["input"], "1 × 28 × 28", NONE, NONE)]
    for layer in layers:
        numbers = (f"{n:,}" if n else NONE for n in (layer.parameters, layer.multiply_adds))
        output = " × ".join(map(str, layer.output_shape))
        rows.append((layer_name(layer, shape, language), output, *numbers))
        shape = layer.output_shape
    totals = (sum(x.parameters for x in layers), sum(x.multiply_adds for x in layers))
    rows.append((w["total"], "", *(f"{n:,}" for n in totals)))
    return text_table(rows, (w["layer"], w["output_shape"], w["parameters"], w["multiply_adds"]))


@named
def recipe(chosen: Recipe, language: str | None = None) -> pd.DataFrame:
    """The settings that decide how the network is trained."""
    w = words(language)
    adam, schedule = chosen.optimiser != "sgd", f"schedule_{chosen.schedule}".replace("-", "_")
    values = {
        "recipe": chosen.name,
        # What a network of one's own makes of the width is its own affair.
        "network": chosen.network + ("" if chosen.source else f", {w['width']} {chosen.width}"),
        "epochs": chosen.epochs,
        "batch_size": chosen.batch_size,
        "optimiser": w[f"optimiser_{chosen.optimiser}"],
        "betas": ", ".join(f"{beta:g}" for beta in chosen.betas) if adam else NONE,
        "peak_learning_rate": f"{chosen.learning_rate:g}",
        "schedule": w[schedule].format(f"{chosen.warmup:.0%}"),
        "weight_decay": _or_none(chosen.weight_decay),
        "label_smoothing": _or_none(chosen.label_smoothing),
        "ema_of_the_weights": _or_none(chosen.weight_average),
        "normalisation": w[f"{chosen.normalisation}_normalised"],
        "augmentation": _augmentation(chosen.augmentation, w["augmentation_bounds"]),
        "test_time_augmentation": _or_none(chosen.views),
    }
    return in_words(values, w, "setting")


@named
def run(summary: Summary, language: str | None = None) -> pd.DataFrame:
    """Recipe, size, time, validation accuracy and machine of a run, from its `summary`."""
    w = words(language)
    source = summary.provenance
    values = {
        "recipe": summary.recipe,
        "seed": summary.seed,
        "parameters": f"{summary.parameters:,}",
        "epochs": summary.epochs,
        "training_time": f"{summary.training_seconds:.1f} s",
        "validation_accuracy": f"{summary.validation.accuracy:.2%}",
        "device": _device(source),
        "threads": source.threads,
        "finished": _time(source.time),
    }
    return in_words(values, w, "setting")


@named
def environment(provenance: Provenance, language: str | None = None) -> pd.DataFrame:
    """Versions, machine, commit and seed: what one needs to repeat the run."""
    w = words(language)
    versions = ("python", "torch", "torchvision", "numpy", "scikit-learn", "scipy", "mnist_report")
    names = {"python": "Python", "torch": "PyTorch", "numpy": "NumPy", "scipy": "SciPy"}
    stored = provenance.as_json()
    rows = [(names.get(key, key), stored[key]) for key in versions if key in stored]
    values = {
        "operating_system": provenance.platform,
        "device": _device(provenance),
        "threads": provenance.threads,
        "git_commit": provenance.git_commit or NONE,
        "finished": _time(provenance.time),
        "seed": provenance.seed,
    }
    return text_table([*rows, *((w[k], v) for k, v in values.items())], (w["item"], w["value"]))


@named
def scores(test: Scores, language: str | None = None) -> pd.DataFrame:
    """The headline figures of the test set: `evaluation.test`."""
    w, (low, high) = words(language), test.interval
    values = {
        "number_of_images": f"{test.images:,}",
        "errors": f"{test.errors:,}",
        "accuracy": f"{test.accuracy:.2%}",
        "interval_95": f"{low:.2%} – {high:.2%}",
        "macro_precision": f"{test.macro.precision:.2%}",
        "macro_recall": f"{test.macro.recall:.2%}",
        "macro_f1": f"{test.macro.f1:.2%}",
        "nll": f"{test.nll:.4f}",
    }
    return in_words(values, w, "measure")


@named
def per_class(test: Scores, language: str | None = None, classes: Classes = DIGITS) -> pd.DataFrame:
    """Precision, recall, F1 (%) and images of each class, and their means: `evaluation.test`."""
    w, names = classes.words(language), classes.names(language)
    metrics = ("precision", "recall", "f1")
    heads = [*(names[row.digit] for row in test.per_class), w["mean"]]
    images = [*(row.support for row in test.per_class), test.images]
    rows = [
        (head, *(f"{100 * getattr(row, s):.2f}" for s in metrics), f"{n:,}")
        for head, row, n in zip(heads, [*test.per_class, test.macro], images, strict=True)
    ]
    return text_table(rows, (w["digit"], *(f"{w[s]} (%)" for s in metrics), w["images"]))


def text_table(rows: Iterable[Sequence[Any]], heads: Sequence[str]) -> pd.DataFrame:
    """Rows as text under their heads, the first column as the index."""
    text = [[str(cell) for cell in row] for row in rows]
    index = pd.Index([row[0] for row in text], dtype=object)
    table = pd.DataFrame([row[1:] for row in text], index=index, columns=list(heads[1:]))
    return table.rename_axis(columns=heads[0])


def in_words(values: Mapping[str, object], w: Mapping[str, str], head: str) -> pd.DataFrame:
    """Return a table of values by the words of their keys, below the word of `head`."""
    return text_table([(w[key], value) for key, value in values.items()], (w[head], w["value"]))


def _signed(number: float) -> str:
    return f"{number:.4f}".replace("-", "−")


def _or_none(number: float) -> str:
    return f"{number:g}" if number else NONE


def _augmentation(bounds: Augmentation | None, text: str) -> str:
    if bounds is None:
        return NONE
    return text.format(bounds.degrees, f"{bounds.zoom:.0%}", bounds.shear, bounds.shift)


def _device(provenance: Provenance) -> str:
    kind, name = provenance.device.upper(), provenance.device_name
    return kind if name.upper() == kind else f"{kind} ({name})"


def _time(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp):%Y-%m-%d %H:%M} UTC"
