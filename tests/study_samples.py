"""A recorded study without training: runs whose errors are put in on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mnist_report import grids, recipes, study_record
from mnist_report.grids import Grid
from mnist_report.recipes import Recipe
from mnist_report.results import Run

IMAGES = 1000
LABELS = np.arange(IMAGES) % 10
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
    summary = {
        "recipe": recipe.name,
        "seed": seed,
        "settings": recipe.as_dict(),
        "parameters": 1234,
        "epochs": recipe.epochs,
        "training_seconds": seconds + seed,
        "validation": {"accuracy": 0.99 - seed / 1000, "errors": 5 + seed, "images": 500},
        "fingerprint": f"of {recipe.name}",
        "provenance": PROVENANCE | {"time": f"2026-01-0{seed + 1}T03:04:05+00:00", "seed": seed},
    }
    summary["provenance"] |= changes
    empty = np.zeros((0, 10), np.float32)
    return Run(Path(), summary, pd.DataFrame(), np.zeros(0, int), empty, logits)


def study_of(errors: dict[str, list[list[int]]], **changes: Any) -> dict[str, Any]:
    """The record of recipes with one list of misread images a seed."""
    runs = [
        run_of(name, seed, wrong, **changes)
        for name, seeds in errors.items()
        for seed, wrong in enumerate(seeds)
    ]
    return study_record.make(grid_of(*errors), runs, LABELS)


def grid_of(*names: str, **settings: Any) -> Grid:
    """The study `recipes` with these recipes only."""
    return Grid("recipes", tuple(map(recipes.get, names)), **settings)


# Of three images that either recipe misreads in one run or more, 7 is misread in most.
TWO_RECIPES = {"fast": [[7, 8, 9, 10], [7, 8], [7, 11, 12]], "standard": [[7], [7, 8], []]}


def ablation() -> dict[str, Any]:
    """Every rung misreads a tenth less than the one below it, but for two that change nothing."""
    grid, runs, errors = grids.get("ablation"), [], 100.0
    for recipe in grid.recipes:
        part = recipe.name.split("-", 1)[1]
        if recipe.name.startswith("ladder") and part not in ("dropout", "logits"):
            errors *= 0.9
        count = round(errors) + (20 if recipe.name == "without-augmentation" else 0)
        runs += [run_of(recipe, seed, list(range(count + seed)), errors) for seed in range(3)]
    reading = {"images": 6000, "seconds": {"loader": 12.0, "tensors": 2.0}}
    return study_record.make(grid, runs, LABELS) | {"reading": reading}


def data_size() -> dict[str, Any]:
    """Errors fall with the root of the images and of the width; a pass costs as many images."""
    grid, runs = grids.get("data-size"), []
    for recipe in grid.recipes:
        share = recipe.images / 55_000
        passes = 1 if recipe.images * recipe.epochs == 55_000 else 4
        errors = min(900, round(10 * passes * (share * recipe.width / 12) ** -0.5))
        seconds = 1 + 10 * share * recipe.epochs * recipe.width / 12
        runs += [run_of(recipe, seed, list(range(errors)), seconds) for seed in range(3)]
    return study_record.make(grid, runs, LABELS)
