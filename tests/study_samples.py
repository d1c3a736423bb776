"""A recorded study without training: runs whose errors are put in on purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import run_samples
import torch

from mnist_report.datasets.dataset import Dataset
from mnist_report.studies import comparison, definitions, published_program, record
from mnist_report.studies.definitions import Grid
from mnist_report.training import recipes
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import Run

IMAGES = 1000
LABELS = np.arange(IMAGES) % 10
PIXELS = torch.arange(10 * 28 * 28).remainder(256).to(torch.uint8).view(10, 28, 28)
DATA = Dataset(PIXELS, torch.arange(10), PIXELS, torch.from_numpy(LABELS))
PROVENANCE = {
    "git_commit": "0123456789ab",
    "python": "3.11.7",
    "torch": "2.6.0",
    "device": "cpu",
    "device_name": "Some CPU",
    "threads": 2,
}


def run_of(
    recipe: str | Recipe, seed: int, wrong: list[int], seconds: float = 60.0, **changes: Any
) -> Run:
    """A run that misreads these images, with little certainty, and reads all others right."""
    recipe = recipes.get(recipe) if isinstance(recipe, str) else recipe
    logits = 8 * np.eye(10, dtype=np.float32)[LABELS]
    logits[wrong, (LABELS[wrong] + 1) % 10] = 9
    time = {"time": f"2026-01-0{seed + 1}T03:04:05+00:00", "seed": seed}
    summary = run_samples.summary(
        recipe=recipe.name,
        seed=seed,
        settings=recipe.as_dict(),
        epochs=recipe.epochs,
        training_seconds=seconds + seed,
        validation={"accuracy": 0.99 - seed / 1000, "errors": 5 + seed, "images": 500},
        fingerprint=f"of {recipe.name}",
        provenance=PROVENANCE | time | changes,
    )
    empty = np.zeros((0, 10), np.float32)
    return Run(Path(), summary, pd.DataFrame(), np.zeros(0, int), empty, logits)


def study_of(errors: dict[str, list[list[int]]], **changes: Any) -> dict[str, Any]:
    """The record of recipes with one list of misread images a seed."""
    return record.make(grid_of(*errors), _runs(errors, **changes), LABELS)


def compared(errors: dict[str, list[list[int]]]) -> dict[str, Any]:
    """The same, with the recipes' comparison by pairs."""
    return study_of(errors) | comparison.measure(_runs(errors), DATA)


def _runs(errors: dict[str, list[list[int]]], **changes: Any) -> list[Run]:
    return [
        run_of(name, seed, wrong, **changes)
        for name, seeds in errors.items()
        for seed, wrong in enumerate(seeds)
    ]


def grid_of(*names: str, **settings: Any) -> Grid:
    """The study `recipes` with these recipes only."""
    return Grid("recipes", tuple(map(recipes.get, names)), **settings)


# Of three images that either recipe misreads in one run or more, 7 is misread in most.
TWO_RECIPES = {"fast": [[7, 8, 9, 10], [7, 8], [7, 11, 12]], "standard": [[7], [7, 8], []]}


def ablation(seeds: int = 3) -> dict[str, Any]:
    """Every rung misreads a tenth less than the one below it, but for two that change nothing."""
    grid, runs, errors = definitions.get("ablation"), [], 100.0
    for recipe in grid.recipes:
        part = recipe.name.split("-", 1)[1]
        if recipe.name.startswith("ladder") and part not in ("dropout", "logits"):
            errors *= 0.9
        count = round(errors) + (20 if recipe.name == "without-augmentation" else 0)
        runs += [run_of(recipe, seed, list(range(count + seed)), errors) for seed in range(seeds)]
    reading = {"images": 6000, "seconds": {"loader": 12.0, "tensors": 2.0}}
    return record.make(grid, runs, LABELS) | {"reading": reading}


def data_size(seeds: int = 3) -> dict[str, Any]:
    """Errors fall with the root of the images and of the width; a pass costs as many images."""
    grid, runs = definitions.get("data-size"), []
    for recipe in grid.recipes:
        share = recipe.images / 55_000
        passes = 1 if recipe.images * recipe.epochs == 55_000 else 4
        errors = min(900, round(10 * passes * (share * recipe.width / 12) ** -0.5))
        seconds = 1 + 10 * share * recipe.epochs * recipe.width / 12
        runs += [run_of(recipe, seed, list(range(errors)), seconds) for seed in range(seeds)]
    return record.make(grid, runs, LABELS)


def faulty(seeds: int = 2) -> dict[str, Any]:
    """Runs whose best epoch on the test set, the second, is not the best on validation."""
    grid = definitions.get("faults")
    history = pd.DataFrame(
        {
            "train_loss": [0.64, 0.5, 0.4],
            "validation_accuracy": [0.9, 0.92, 0.95],
            "test_accuracy": [0.9, 0.96, 0.94],
        }
    )
    runs = [
        replace(run_of(grid.recipes[0], seed, [1]), history=history + seed / 100)
        for seed in range(seeds)
    ]
    return record.make(grid, runs, LABELS) | published_program.examine(runs, DATA)


def records(seeds: int = 3) -> dict[str, dict[str, Any]]:
    """One record of each study that the report tells of."""
    names = ("original", "fast", "standard", "best")
    misread = {name: [[7, 8, k], [7], [9]][:seeds] for k, name in enumerate(names)}
    return {
        "recipes": compared(misread),
        "ablation": ablation(seeds),
        "data-size": data_size(seeds),
        "faults": faulty(seeds),
    }
