"""The numbers in the report's prose: gathered from a run, published as the output of one cell.

The exporter puts them in place of `{{ test.accuracy | percent(2) }}`, so that no number in the text
is ever typed. Everything here is a plain value that JSON can hold; shares are from 0 to 1.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import display
from torch import nn

from mnist_report.datasets.dataset import About, Dataset
from mnist_report.datasets.preprocessing import HALF, Split, pixel_statistics
from mnist_report.evaluation import confusable_pairs, metrics, statistics
from mnist_report.evaluation.confusable_pairs import Resampled
from mnist_report.evaluation.label_errors import DOUBTFUL_LABELS
from mnist_report.evaluation.logits import probabilities
from mnist_report.training import layers as network_layers
from mnist_report.training import networks
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import Run

TOP = 5  # pairs named in the text


def of_run(
    run: Run,
    evaluation: dict[str, Any],
    data: Dataset,
    split: Split,
    guess: pd.DataFrame | None,
    found: Resampled,
) -> dict[str, Any]:
    """All values that the prose of the report may name.

    Args:
        run: the run that the report is about.
        evaluation: what `evaluation.evaluate` says of it.
        data: the data set it was trained on.
        split: the division of the training images it was trained with.
        guess: the guess made from the pixels, of `exploration.confusability_guess`, if any.
        found: the pairs that were confused, of `evaluation.confusable_pairs`.
    """
    labels = data.test_labels.numpy()
    test, ranking = evaluation["test"], confusable_pairs.ranking(found)
    return {
        "data": _data(data, split),
        "split": {"train": len(split.train), "validation": len(split.validation)},
        "half": _half(data, split),
        "recipe": run.recipe.as_dict(),
        "network": describe_network(run.model()),
        "run": _run(run),
        "validation": _validation(run, test["accuracy_ci95"]),
        "test": _test(test),
        "pooled": found.runs,
        "pairs": [_pair(row) for row in ranking[:TOP]],
        "guess": None if guess is None else _guess(guess, found, ranking),
        "hardest": _hardest(run.test_logits, labels),
        "environment": dict(run.summary["provenance"]),
    }


def names(about: About, language: str = "en") -> dict[str, Any]:
    """What the prose calls a data set and its classes: `classes[data.most.digit]` is a name."""
    return {
        "dataset": about.title,
        "source": about.source.get(language),
        "digits": about.classes.digits,
        "classes": list(about.classes.names(language)),
    }


def hand_over(values: dict[str, Any]) -> None:
    """Show the values as the cell's JSON output, where the exporter finds them."""
    display({"application/json": values}, raw=True)


def pair_name(pair: tuple[int, int]) -> str:
    """How the text and the figures write a pair of digits: 4–9."""
    return "{}–{}".format(*sorted(pair))


def network_source(recipe: Recipe) -> str:
    """The Python code that defines the recipe's network, with the functions it uses."""
    if recipe.source is not None:
        return recipe.source
    return "\n\n".join(map(inspect.getsource, _with_used(networks.NETWORKS[recipe.network])))


def _with_used(function: FunctionType) -> list[FunctionType]:
    """A function, and those of its module that it calls, directly or through others."""
    used = (vars(inspect.getmodule(function)).get(name) for name in function.__code__.co_names)
    helpers = [each for each in used if isinstance(each, FunctionType)]
    return list(dict.fromkeys([function, *(f for each in helpers for f in _with_used(each))]))


def _data(data: Dataset, split: Split) -> dict[str, Any]:
    images, labels = data.train_images.numpy(), data.train_labels.numpy()
    classes = len(data.about.classes)
    counts = np.bincount(labels, minlength=classes)
    ink = np.array([images[labels == k].mean() for k in range(classes)]) / 255
    test_counts = np.bincount(data.test_labels.numpy(), minlength=classes)
    val_counts = np.bincount(labels[split.validation], minlength=classes)
    measured = pixel_statistics(data.train_images[split.train])
    return {
        "train_images": len(images),
        "test_images": len(data.test_images),
        "most": {"digit": int(counts.argmax()), "count": int(counts.max())},
        "fewest": {"digit": int(counts.argmin()), "count": int(counts.min())},
        "imbalance": float(counts.max() / counts.min()),
        "majority": float(counts.max() / counts.sum()),
        "uniformity": statistics.uniformity_test(counts)._asdict(),
        "balance": statistics.homogeneity_test(
            [counts - val_counts, val_counts, test_counts]
        )._asdict(),
        "test_balance": statistics.homogeneity_test([counts, test_counts])._asdict(),
        "mean": measured.mean,
        "deviation": measured.std,
        "empty": float((images == 0).mean()),
        "heaviest": {"digit": int(ink.argmax()), "mean": float(ink.max())},
        "lightest": {"digit": int(ink.argmin()), "mean": float(ink.min())},
        "megabytes": (data.train_images.nbytes + data.test_images.nbytes) / 1e6,
    }


def _half(data: Dataset, split: Split) -> dict[str, float]:
    """Mean and deviation of the training pixels after (x − 0.5) / 0.5."""
    measured = pixel_statistics(data.train_images[split.train])
    return {
        "mean": (measured.mean - HALF.mean) / HALF.std,
        "deviation": measured.std / HALF.std,
    }


def describe_network(model: nn.Module) -> dict[str, Any]:
    """Size and kinds of layers of a network, for the prose that depends on them."""
    layers = network_layers.summarise(model)
    kinds = [layer.kind for layer in layers]
    total = network_layers.count_parameters(model)
    largest = max(layers, key=lambda layer: layer.parameters)
    return {
        "parameters": total,
        "multiply_adds": sum(layer.multiply_adds for layer in layers),
        "convolutions": kinds.count("Conv2d"),
        "linear": kinds.count("Linear"),
        "batch_norm": "BatchNorm2d" in kinds,
        "dropout": any(kind.startswith("Dropout") for kind in kinds),
        "log_softmax": "LogSoftmax" in kinds,
        "largest": {"kind": largest.kind, "share": largest.parameters / total},
    }


def _run(run: Run) -> dict[str, Any]:
    history = run.history
    return {
        "seed": run.summary["seed"],
        "epochs": run.summary["epochs"],
        "training_seconds": run.summary["training_seconds"],
        "seconds_per_epoch": run.summary["training_seconds"] / run.summary["epochs"],
        "train_accuracy": float(history["train_accuracy"].iloc[-1]),
        "train_loss": float(history["train_loss"].iloc[-1]),
    }


def _validation(run: Run, test_interval: tuple[float, float]) -> dict[str, Any]:
    history, summary = run.history, run.summary["validation"]
    accuracy = history["validation_accuracy"]
    low, high = test_interval
    return {
        **summary,
        "first_accuracy": float(accuracy.iloc[0]),
        "best_accuracy": float(accuracy.max()),
        "best_epoch": int(history["epoch"].iloc[accuracy.argmax()]),
        "inside_test_interval": low <= summary["accuracy"] <= high,
    }


def _test(test: dict[str, Any]) -> dict[str, Any]:
    classes, matrix = test["per_class"], np.array(test["confusion_matrix"])
    wrong = matrix - np.diag(matrix.diagonal())
    true, predicted = (int(k) for k in np.unravel_index(wrong.argmax(), wrong.shape))
    best, worst = (pick(classes, key=lambda c: c["f1"]) for pick in (max, min))
    missed = min(classes, key=lambda c: c["recall"])
    intruded = min(classes, key=lambda c: c["precision"])
    low, high = test["accuracy_ci95"]
    errors_by_pair = np.sort(np.triu(wrong + wrong.T), axis=None)
    return {
        **{key: test[key] for key in ("images", "accuracy", "errors", "nll", "macro")},
        "interval": {"low": low, "high": high},
        "six_digits": test["accuracy"] ** 6,
        "best": best,
        "worst": worst,
        "spread": best["f1"] - worst["f1"],
        "missed": {**missed, "count": int(wrong[missed["digit"]].sum())},
        "intruded": {**intruded, "count": int(wrong[:, intruded["digit"]].sum())},
        "cells": int((wrong > 0).sum()),
        "largest_cell": {"true": true, "predicted": predicted, "count": int(wrong.max())},
        "top_pairs_share": int(errors_by_pair[-TOP:].sum()) / max(test["errors"], 1),
    }


def _pair(row: dict[str, Any]) -> dict[str, Any]:
    intervals = {key: row[f"{key}_interval"] for key in ("errors", "mass", "rank")}
    return {
        "name": pair_name(row["pair"]),
        "pair": sorted(row["pair"]),
        "errors": row["errors"],
        "mass": row["mass"],
        **{f"{key}_interval": {"low": a, "high": b} for key, (a, b) in intervals.items()},
    }


def _guess(guess: pd.DataFrame, found: Resampled, ranking: list[dict[str, Any]]) -> dict[str, Any]:
    """How the guessed ranking of the pairs compares with that by probability mass."""
    guessed = [tuple(pair) for pair in guess["pair"]]
    actual = [tuple(row["pair"]) for row in ranking]
    agreed = confusable_pairs.agreement(found, dict(zip(guessed, guess["score"], strict=True)))
    low, high = agreed["interval"]
    return {
        "top": [pair_name(pair) for pair in guessed[:TOP]],
        "actual": [pair_name(pair) for pair in actual[:TOP]],
        "hits": len(set(guessed[:TOP]) & set(actual[:TOP])),
        "correlation": agreed["rho"],
        "interval": {"low": low, "high": high},
        "p_value": agreed["p_value"],
    }


def _hardest(logits: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    index = int(metrics.hardest(logits, labels, 1)[0])
    row = probabilities(logits[index : index + 1])[0]
    return {
        "index": index,
        "label": int(labels[index]),
        "prediction": int(row.argmax()),
        "probability": float(row[labels[index]]),
        "doubtful": index in DOUBTFUL_LABELS,
    }
