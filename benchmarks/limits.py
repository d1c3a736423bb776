"""How near a training step is to what the machine can do, and where the rest of it goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.ours import CPU, Trainee
from benchmarks.pace import WARM_UP
from mnist_report.common import devices
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import recipes

MATRIX_SIZES = (256, 512, 1024, 2048)
INPUT = "benchmark: input"

# An operation belongs to the first group one of whose words is in its name, or in the name of an
# operation that called it. So the additions of the optimiser are the optimiser's.
GROUPS = (
    ("input", (INPUT,)),
    ("optimiser", ("optimizer.",)),
    ("weight average", ("_foreach_lerp", "_foreach_sub", "_foreach_add", "swa_utils")),
    ("convolution, backward", ("convolutionbackward", "convolution_backward")),
    ("convolution, forward", ("aten::conv2d", "convolution")),
    ("batch norm", ("batch_norm", "batchnorm")),
    ("pooling", ("max_pool", "maxpool")),
    ("activation", ("relu", "clamp_min", "threshold")),
    ("linear layers", ("aten::linear", "addmm", "aten::mm")),
    ("dropout", ("dropout", "bernoulli")),
    ("loss", ("cross_entropy", "log_softmax", "logsoftmax", "nll_loss", "nllloss")),
)
OTHER, OUTSIDE = "other operations", "Python between operations"
ARITHMETIC = ("convolution, forward", "convolution, backward", "linear layers")


def matrix_peak(seconds: float, sizes: tuple[int, ...] = MATRIX_SIZES) -> dict[str, float]:
    """GFLOP/s of square matrix products, in training's precision: the best of many, by size."""
    return {str(size): _best_product(size, seconds) for size in sizes}


def _best_product(size: int, seconds: float) -> float:
    a, b = torch.rand(2, size, size).to(devices.precision(CPU))
    product = torch.empty_like(a)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        started = time.perf_counter()
        torch.mm(a, b, out=product)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best / 1e9


def step_limits(name: str, steps: int, data: Dataset | None = None) -> dict[str, Any]:
    """FLOP and seconds of a training step with its own input, and the step's profile."""
    recipe = recipes.get(name)
    trainee = Trainee(recipe, data)
    source = _marked(trainee.batches(recipe.augmentation))
    trainee.train(source, WARM_UP)
    times = []
    for _ in range(steps):
        started = time.perf_counter()
        trainee.train(source)
        times.append(time.perf_counter() - started)
    return {
        "flop": step_flop(trainee),
        "seconds": median(times),
        "batch_size": recipe.batch_size,
        "profile": step_profile(trainee, source, steps),
    }


def step_flop(trainee: Trainee) -> int:
    """Floating-point operations of forward and backward pass, as PyTorch counts them.

    Convolutions and matrix products only, an addition and a multiplication each. The pass back
    counts double but for the first layer, which needs no gradient of its input.
    """
    x, y = trainee.first
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(trainee.model(x), y).backward()
    return counter.get_total_flops()


def step_profile(trainee: Trainee, source: Iterator[Any], steps: int) -> dict[str, float]:
    """Seconds of a step in each group of operations, while the profiler watches."""
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        started = time.perf_counter()
        trainee.train(source, steps)
        whole = time.perf_counter() - started
    seconds: dict[str, float] = defaultdict(float)
    for event in watched.events():
        seconds[group_of(_callers(event))] += event.self_cpu_time_total / 1e6 / steps
    seconds[OUTSIDE] = max(whole / steps - sum(seconds.values()), 0.0)
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def group_of(names: list[str]) -> str:
    """The group of an operation, given its name and those of its callers."""
    together = " ".join(names).lower()
    for group, words in GROUPS:
        if any(word in together for word in words):
            return group
    return OTHER


def _callers(event: Any) -> list[str]:
    names = []
    while event is not None:
        names.append(event.name)
        event = event.cpu_parent
    return names


def _marked(source: Iterator[Any]) -> Iterator[Any]:
    while True:
        with record_function(INPUT):
            batch = next(source)
        yield batch
