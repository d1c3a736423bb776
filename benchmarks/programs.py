"""The programs that are compared: the published one, and our recipes by the package's own code."""

import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch.utils.data import DataLoader

from benchmarks.process import Pace, peak_bytes, repeated, timed
from mnist_report import datasets, training
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Split
from mnist_report.studies import published_program as published
from mnist_report.training import loop, networks, recipes
from mnist_report.training.recipes import Recipe

PUBLISHED, PUBLISHED_EPOCHS = "published program", 10
CPU = torch.device("cpu")  # all targets are for a CPU, whatever else the machine has
PROBE = 8  # steps, to learn how many the budget allows
VALIDATED = 500  # images; few, so that hardly more than training is measured with them


def program(name: str, budget: float) -> dict[str, Any]:
    """Measure training and evaluation for about `budget` seconds each; and the memory it took."""
    published = name == PUBLISHED
    row = published_program(budget) if published else measure(recipes.get(name), budget)
    return row | {"peak_bytes": peak_bytes()}


def published_program(
    budget: float,
    train: DataLoader | None = None,
    test: DataLoader | None = None,
    device: str = "cpu",
) -> dict[str, Any]:
    """Measure the published loop: SGD, image by image, looking at each loss; then the test set."""
    train, test = train or published.loader(), test or published.loader(train=False)
    model = networks.original().to(device)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)

    def step(batch: Any) -> None:
        x, y = (part.to(device) for part in batch)  # which the program itself does not do
        scores = model(x)
        loss = F.cross_entropy(scores, y)
        if model.training:
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        else:
            (scores.argmax(1) == y).sum().item()
        loss.item()

    training = timed(train, step, len(train), budget)
    model.eval()
    with torch.no_grad():
        evaluation = timed(test, step, len(test), budget)
    return {
        "train": training._asdict(),
        "evaluation": evaluation._asdict(),
        "images": len(train.dataset),
        "batch_size": train.batch_size,
        "epochs": PUBLISHED_EPOCHS,
    }


def measure(recipe: Recipe, budget: float, data: Dataset | None = None) -> dict[str, Any]:
    """Training and validation time of an epoch; `start` is what the process's first one adds."""
    data = data or datasets.load()
    split = training.split_for(recipe, 0, data)
    total = len(split.train) // recipe.batch_size
    least = min(PROBE, total)
    start, probe, _ = _epoch(recipe, data, split, least)
    steps = affordable(budget, probe / least, least, total)
    _, seconds, fitted = _epoch(recipe, data, split, steps)
    return {
        "train": Pace(steps, seconds, total)._asdict(),
        "evaluation": Pace(1, _validation(fitted, data, split.validation), 1)._asdict(),
        "images": total * recipe.batch_size,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "start": start,
    }


def affordable(budget: float, per_step: float, least: int, total: int) -> int:
    """Return how many steps fit into the budget: at least `least`, at most the epoch's."""
    return min(total, max(least, int(budget / per_step)))


def _epoch(
    recipe: Recipe, data: Dataset, split: Split, steps: int
) -> tuple[float, float, loop.Fitted]:
    # Two epochs in `loop.fit`, shortened to so many steps: the first warms up, which in a run
    # of a single epoch is to be counted; the second, less its validation, is what is measured.
    short = Split(split.train[: steps * recipe.batch_size], split.validation[:VALIDATED])
    with tempfile.TemporaryDirectory() as folder:
        two, checkpoint = replace(recipe, epochs=2), Path(folder) / "checkpoint"
        fitted = loop.fit(two, 0, data, short, CPU, checkpoint, "benchmark")
    first, both = (row["seconds"] for row in fitted.history)
    second = both - first
    validation = _validation(fitted, data, short.validation)
    return max(first - second, 0.0), max(second - validation, 1e-9), fitted


def _validation(fitted: loop.Fitted, data: Dataset, index: torch.Tensor) -> float:
    given = fitted.model, *loop.on_device(data, index, CPU), fitted.normalisation
    return median(repeated(lambda: loop.validate(*given), 3))
