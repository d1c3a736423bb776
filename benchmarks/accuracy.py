"""How many epochs a program needs to 99.0 %, on the validation images."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks import ours, programs
from benchmarks.summary import GOAL
from mnist_report import datasets, training
from mnist_report.common import settings, storage
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Batches
from mnist_report.training import loop, recipes

CACHE = "benchmark-accuracy.json"  # among the results: trained once, not at each measurement


def accuracy(name: str, train: bool = True, fresh: bool = False) -> dict[str, Any]:
    """Validation accuracy after each epoch.

    Args:
        name: a program; the published one trains as our recipe `original` does.
        train: whether to train what has not been trained; without it there may be no answer.
        fresh: train pytorch/examples again, even if that was done before.
    """
    if name == programs.EXAMPLES:
        return {"validation": _examples_once(train, fresh)}
    recipe = recipes.get("original" if name == programs.PUBLISHED else name)
    return {"validation": _recipe(recipe, train)}


def _recipe(recipe: recipes.Recipe, train: bool) -> list[float]:
    data = datasets.load()
    if train:
        run = training.train(recipe, 0, data=data, device=ours.CPU)
    else:
        run = training.finished_run(recipe, 0, training.run_fingerprint(recipe, data))
    return run.history["validation_accuracy"].tolist() if run else []


def _examples_once(train: bool, fresh: bool) -> list[float]:
    path = settings.results_dir() / CACHE
    if path.exists() and not fresh:
        stored = storage.read_json(path)
        if stored["torch"] == torch.__version__:
            return stored["validation"]
    if not train:
        return []
    reached = examples_accuracy(datasets.load())
    storage.write_json(path, {"torch": torch.__version__, "validation": reached})
    return reached


def examples_accuracy(data: Dataset, epochs: int = programs.EXAMPLES_EPOCHS) -> list[float]:
    """Train pytorch/examples on batches in memory until it reaches the goal, or to its end.

    The pixels and their order are those of its loader, less the validation images.
    """
    torch.manual_seed(1)  # its default
    split, pixels = ours.split_of(data), programs.EXAMPLES_NORMALISATION
    batches = Batches(*loop.on_device(data, split.train, ours.CPU), programs.EXAMPLES_BATCH, pixels)
    held_out = loop.on_device(data, split.validation, ours.CPU)
    model = programs.examples_network()
    optimiser = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=0.7)
    step, reached = programs.examples_step(model, optimiser), []
    while len(reached) < epochs and (not reached or reached[-1] < GOAL):
        model.train()
        for batch in batches:
            step(batch)
        reached.append(loop.validate(model, *held_out, pixels)["validation_accuracy"])
        schedule.step()
    return reached
