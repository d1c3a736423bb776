"""A recorded study without training: runs whose errors are put in on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from mnist_report.datasets.dataset import Dataset
from mnist_report.studies import definitions, record
from mnist_report.studies.ablation import AblationStudy, Loading, LoadingSeconds
from mnist_report.studies.comparison import RecipeStudy
from mnist_report.studies.definitions import Definition
from mnist_report.studies.published_program import FaultStudy
from mnist_report.studies.record import Study
from mnist_report.studies.run import Records
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
    """A run that misclassifies these images, with little certainty, and no others."""
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


def study_of(errors: dict[str, list[list[int]]], **changes: Any) -> Study:
    """The record of recipes with one list of misclassified images a seed."""
    return made(study_with(*errors), _runs(errors, **changes))


def compared(errors: dict[str, list[list[int]]]) -> RecipeStudy:
    """The same, with the recipes' comparison by pairs."""
    return RecipeStudy.of(study_of(errors), _runs(errors), DATA)


def made(study: Definition, runs: Iterable[Run]) -> Study:
    """The record of these runs, without what this kind of study measures besides."""
    labels = None if study.selection else LABELS
    return record.make(study.name, [recipe.name for recipe in study.recipes], runs, labels)


def _runs(errors: dict[str, list[list[int]]], **changes: Any) -> list[Run]:
    return [
        run_of(name, seed, wrong, **changes)
        for name, seeds in errors.items()
        for seed, wrong in enumerate(seeds)
    ]


def study_with(*names: str, **settings: Any) -> Definition:
    """The study `recipes` with these recipes only."""
    return Definition("recipes", tuple(map(recipes.get, names)), **settings)


# Of three images that either recipe misclassifies in a run or more, 7 is so in most.
TWO_RECIPES = {"fast": [[7, 8, 9, 10], [7, 8], [7, 11, 12]], "standard": [[7], [7, 8], []]}


def ablation(seeds: int = 3) -> AblationStudy:
    """Every step has a tenth less errors than the one before, but for two that change nothing."""
    study, runs, errors = definitions.get("ablation"), [], 100.0
    for recipe in study.recipes:
        part = recipe.name.split("-", 1)[1]
        if recipe.name.startswith("ladder") and part not in ("dropout", "logits"):
            errors *= 0.9
        count = round(errors) + (20 if recipe.name == "without-augmentation" else 0)
        runs += [run_of(recipe, seed, list(range(count + seed)), errors) for seed in range(seeds)]
    reading = Loading(images=6000, seconds=LoadingSeconds(loader=12.0, tensors=2.0))
    return AblationStudy(**dict(made(study, runs)), reading=reading)


def data_size(seeds: int = 3) -> Study:
    """Errors fall with the root of the images and of the width; a pass costs as many images."""
    study, runs = definitions.get("data-size"), []
    for recipe in study.recipes:
        share = recipe.images / 55_000
        passes = 1 if recipe.images * recipe.epochs == 55_000 else 4
        errors = min(900, round(10 * passes * (share * recipe.width / 12) ** -0.5))
        seconds = 1 + 10 * share * recipe.epochs * recipe.width / 12
        runs += [run_of(recipe, seed, list(range(errors)), seconds) for seed in range(seeds)]
    return made(study, runs)


def faulty(seeds: int = 2) -> FaultStudy:
    """Runs whose best epoch on the test set, the second, is not the best on validation."""
    study = definitions.get("faults")
    history = pd.DataFrame(
        {
            "train_loss": [0.64, 0.5, 0.4],
            "validation_accuracy": [0.9, 0.92, 0.95],
            "test_accuracy": [0.9, 0.96, 0.94],
        }
    )
    runs = [
        replace(run_of(study.recipes[0], seed, [1]), history=history + seed / 100)
        for seed in range(seeds)
    ]
    return FaultStudy.of(made(study, runs), runs, DATA)


def records(seeds: int = 3) -> Records:
    """One record of each study that the report tells of."""
    names = ("original", "fast", "standard", "best")
    wrong = {name: [[7, 8, k], [7], [9]][:seeds] for k, name in enumerate(names)}
    return Records(compared(wrong), ablation(seeds), data_size(seeds), faulty(seeds))
