"""What else could have been chosen for a training step, and what it would cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor, nn

from benchmarks.ours import CPU, Trainee
from benchmarks.pace import in_turn, spread
from mnist_report.common import devices
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import layers, networks, recipes
from mnist_report.training.optimisation import make_optimiser, weight_average

BATCH_SIZES = (32, 64, 128, 256, 512)
WARM_UP = 2


@dataclass(frozen=True)
class Choice:
    """How a step is taken; the defaults are what the package does.

    Attributes:
        label: its name in the table.
        batch_size: images a step; 0 for the recipe's.
        layout: of weights and images in memory.
        update: "fused", "foreach" or "one by one": how the optimiser goes through the weights.
        in_place: whether activations overwrite their input.
        threads: of PyTorch; 0 for its default.
        precision: of convolutions and products; None for the one that suits the processor.
        compiled: by `torch.compile`.
        pixels: a side of the images; the first linear layer is made to fit.
    """

    label: str
    batch_size: int = 0
    layout: torch.memory_format = torch.channels_last
    update: str = "fused"
    in_place: bool = True
    threads: int = 0
    precision: torch.dtype | None = None
    compiled: bool = False
    pixels: int = 28


USUAL = Choice("as the package does it")
CHOICES = (
    USUAL,
    Choice("default memory layout", layout=torch.contiguous_format),
    Choice("optimiser: foreach", update="foreach"),
    Choice("optimiser: one weight after the other", update="one by one"),
    Choice("activations not in place", in_place=False),
    Choice("one thread", threads=1),
    Choice("in float32", precision=torch.float32),
    Choice("in bfloat16", precision=torch.bfloat16),
    Choice("torch.compile", compiled=True),
    *(Choice(f"images of {side}×{side}", pixels=side) for side in (24, 20)),
    *(Choice(f"batch of {size}", batch_size=size) for size in BATCH_SIZES),
)


def choices(
    name: str,
    rounds: int,
    budget: float,
    compiling: bool = True,
    data: Dataset | None = None,
) -> dict[str, Any]:
    """Seconds of a step on a ready batch for each choice, in turn within one process.

    Returns:
        Label → `spread` of seconds, `batch_size`, and `first`, the first step's seconds; or → the
        `failure`, where the network or the machine cannot do it.
    """
    recipe = recipes.get(name)
    trainee = Trainee(recipe, data)
    steps, answers = {}, {}
    for choice in _offered(recipe, compiling):
        size = choice.batch_size or recipe.batch_size
        try:
            step = _step(choice, recipe, *_ready(trainee, size))
            answers[choice.label] = {"batch_size": size, "first": _warm_up(step)}
            steps[choice.label] = step
        except Exception as error:  # a compiler may fail in any way
            answers[choice.label] = {"failure": f"{type(error).__name__}: {error}".split("\n")[0]}
    for label, times in in_turn(steps, rounds, budget).items():
        answers[label] |= spread(times)
    return answers


def _offered(recipe: recipes.Recipe, compiling: bool) -> list[Choice]:
    return [
        choice
        for choice in CHOICES
        if choice.batch_size != recipe.batch_size and (compiling or not choice.compiled)
    ]


def _ready(trainee: Trainee, size: int) -> tuple[Tensor, Tensor]:
    x = trainee.normalisation.apply(trainee.images[:size])
    return x, trainee.labels[:size]


def _warm_up(step: Callable[[], None]) -> float:
    started = time.perf_counter()
    step()
    first = time.perf_counter() - started
    for _ in range(WARM_UP - 1):
        step()
    return first


def _step(choice: Choice, recipe: recipes.Recipe, x: Tensor, y: Tensor) -> Callable[[], None]:
    """A training step of the chosen kind, as in `fitting.train_epoch` but for the choice."""
    x = _resized(x, choice.pixels).contiguous(memory_format=choice.layout)
    model = _network(choice, recipe)
    average = weight_average(model, recipe.weight_average)
    optimiser = _optimiser(choice, recipe, model)
    forward = torch.compile(model) if choice.compiled else model
    dtype = choice.precision or devices.precision(CPU)
    usual = torch.get_num_threads()

    def step() -> None:
        torch.set_num_threads(choice.threads or usual)
        with torch.autocast("cpu", dtype=dtype, enabled=dtype != torch.float32):
            logits = forward(x).float()
            loss = F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if average:
            average.update_parameters(model)
        torch.set_num_threads(usual)

    return step


def _network(choice: Choice, recipe: recipes.Recipe) -> nn.Sequential:
    torch.manual_seed(0)
    model = networks.build(recipe.network, recipe.width)
    for layer in model.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = choice.in_place
    if choice.pixels != layers.INPUT_SHAPE[-1]:
        _fit_linear(model, choice.pixels)
    return model.to(CPU, memory_format=choice.layout)


def _fit_linear(model: nn.Sequential, pixels: int) -> None:
    # Only for the time it takes: weights of a layer that was made to fit cannot be kept when the
    # images grow again.
    place = next(i for i, layer in enumerate(model) if isinstance(layer, nn.Linear))
    model.eval()
    with torch.no_grad():
        features = model[:place](torch.zeros(1, 1, pixels, pixels)).shape[1]
    model[place] = nn.Linear(features, model[place].out_features)
    model.train()


def _optimiser(choice: Choice, recipe: recipes.Recipe, model: nn.Module) -> torch.optim.Optimizer:
    optimiser = make_optimiser(recipe, model)
    for group in optimiser.param_groups:
        group["fused"] = choice.update == "fused"
        group["foreach"] = choice.update == "foreach"
    return optimiser


def _resized(x: Tensor, pixels: int) -> Tensor:
    if pixels == x.shape[-1]:
        return x
    return F.interpolate(x, size=(pixels, pixels), mode="bilinear", antialias=True)
