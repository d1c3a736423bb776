"""The programs that are compared: two from elsewhere, and our recipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from benchmarks import ours
from benchmarks.pace import timed
from benchmarks.process import peak_bytes
from mnist_report.common import settings
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.studies import published_program as published
from mnist_report.training import networks, recipes

PUBLISHED, EXAMPLES = "published program", "pytorch/examples"
PUBLISHED_EPOCHS, EXAMPLES_EPOCHS = 10, 14
EXAMPLES_NORMALISATION = Normalisation(0.1307, 0.3081)
EXAMPLES_BATCH = 64


def names() -> list[str]:
    """All programs, in the order of their turns."""
    return [PUBLISHED, EXAMPLES, *recipes.RECIPES]


def program(name: str, budget: float) -> dict[str, Any]:
    """Measure training and evaluation for about `budget` seconds each; and the memory it took."""
    elsewhere = {PUBLISHED: published_program, EXAMPLES: examples_program}
    if name in elsewhere:
        measured = elsewhere[name](budget)
    else:
        measured = ours.measure(recipes.get(name), budget)
    return measured | {"peak_bytes": peak_bytes()}


def published_program(
    budget: float, train: DataLoader | None = None, test: DataLoader | None = None
) -> dict[str, Any]:
    """The published program's loop: SGD, one image after the other from its loader.

    It reads the loss after each step, and evaluates the test images after each epoch.
    """
    train, test = train or published.loader(), test or published.loader(train=False)
    model = networks.original()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)

    def train_step(batch: Any) -> None:
        x, y = batch
        optimiser.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimiser.step()
        loss.item()

    @torch.no_grad()
    def test_step(batch: Any) -> None:
        x, y = batch
        scores = model(x)
        F.cross_entropy(scores, y).item()
        (scores.argmax(1) == y).sum().item()

    measured = _epoch(model, train, train_step, test, test_step, budget)
    return measured | {"epochs": PUBLISHED_EPOCHS}


def examples_program(
    budget: float, train: DataLoader | None = None, test: DataLoader | None = None
) -> dict[str, Any]:
    """The MNIST program of github.com/pytorch/examples on a CPU: Adadelta, its own loader."""
    train = train or examples_loader(True, EXAMPLES_BATCH)
    test = test or examples_loader(False, 1000)
    model = examples_network()
    optimiser = torch.optim.Adadelta(model.parameters(), lr=1.0)

    @torch.no_grad()
    def test_step(batch: Any) -> None:
        x, y = batch
        scores = model(x)
        F.nll_loss(scores, y, reduction="sum").item()
        (scores.argmax(1) == y).sum().item()

    train_step = examples_step(model, optimiser)
    measured = _epoch(model, train, train_step, test, test_step, budget)
    return measured | {"epochs": EXAMPLES_EPOCHS}


def examples_network() -> nn.Sequential:
    """Its network: the published program's but for dropout of single values."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
        nn.LogSoftmax(dim=1),
    )


def examples_step(model: nn.Module, optimiser: torch.optim.Optimizer) -> Callable[[Any], None]:
    """Its training step; it prints the loss every tenth step, which is left out."""

    def step(batch: Any) -> None:
        x, y = batch
        optimiser.zero_grad()
        F.nll_loss(model(x), y).backward()
        optimiser.step()

    return step


def examples_loader(train: bool, batch_size: int) -> DataLoader:
    """Its loader: image by image, and, on a CPU, in the files' order."""
    mean, std = EXAMPLES_NORMALISATION.mean, EXAMPLES_NORMALISATION.std
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))])
    images = datasets.MNIST(settings.data_dir(), train=train, transform=steps)
    return DataLoader(images, batch_size=batch_size)


def _epoch(
    model: nn.Module,
    train: DataLoader,
    train_step: Callable[[Any], None],
    test: DataLoader,
    test_step: Callable[[Any], None],
    budget: float,
) -> dict[str, Any]:
    model.train()
    training = timed(train, train_step, len(train), budget)
    model.eval()
    evaluation = timed(test, test_step, len(test), budget)
    return {
        "train": training.as_dict(),
        "evaluation": evaluation.as_dict(),
        "images": len(train.dataset),
        "batch_size": train.batch_size,
    }
