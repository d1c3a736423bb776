"""Training on an accelerator: whole runs, the published program, and steps that are compiled."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import torch

from benchmarks.pace import WARM_UP, in_turn, repeated, spread
from benchmarks.programs import published_program
from benchmarks.steps import AUGMENTED, READY, Trainee
from mnist_report import datasets, training
from mnist_report.common import settings
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import recipes

SEEDS = {"fast": 5, "standard": 3, "best": 1}  # few: a whole run each
# How `torch.compile` is asked: the second way replays a step's kernels as one CUDA graph.
COMPILED = {"torch.compile": "default", "torch.compile, CUDA graphs": "reduce-overhead"}
COMPILED_RECIPE = "standard"


def run(name: str, seed: int, data: Dataset | None = None) -> dict[str, Any]:
    """Train a recipe anew on the chosen device: seconds of all epochs, errors on the test set."""
    data = data or datasets.load()
    started = time.perf_counter()
    finished = training.train(recipes.get(name), seed, fresh=True, data=data)
    predicted = finished.test_logits.argmax(1)
    return {
        "seconds": finished.summary.training_seconds,
        "whole_seconds": time.perf_counter() - started,
        "errors": int((predicted != data.test_labels.numpy()).sum()),
        "images": len(predicted),
        "peak_bytes": torch.accelerator.max_memory_allocated() if _has_memory() else 0,
    }


def published(budget: float) -> dict[str, Any]:
    """Time the published program with its crash mended: batches are moved to the device."""
    return published_program(budget, device=settings.device())


def step(name: str, rounds: int, data: Dataset | None = None) -> dict[str, Any]:
    """Seconds of a step: on a ready batch, augmented, and the network compiled in two ways."""
    eager = Trainee(name, data, settings.device())
    sources = {READY: eager.ready_batches(), AUGMENTED: eager.batches(eager.recipe.augmentation)}
    steps = {kind: partial(eager.train, source) for kind, source in sources.items()}
    first = {}
    for label, mode in COMPILED.items() if _has_memory() else ():
        trainee = Trainee(name, data, settings.device())
        trainee.parts[0].compile(mode=mode)
        steps[label] = partial(trainee.train, trainee.ready_batches())
        first[label] = repeated(steps[label], 1)[0]
    in_turn(steps, WARM_UP)
    found = {kind: spread(times) for kind, times in in_turn(steps, rounds).items()}
    return {"steps": found, "first": first}


def _has_memory() -> bool:
    """Say if the device is a card with memory, and a compiler, of its own."""
    return settings.device().type in ("cuda", "xpu")
