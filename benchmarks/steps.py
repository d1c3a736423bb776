"""Single training steps: what input costs, how near to the machine's limit, where the rest goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import islice, repeat
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from benchmarks.pace import WARM_UP, in_turn, repeated, spread
from benchmarks.programs import CPU, split_of
from mnist_report import datasets
from mnist_report.common import devices
from mnist_report.datasets.augmentation import Augmentation
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Batches
from mnist_report.training import loop, recipes

READY, PLAIN, AUGMENTED = "ready batch", "without augmentation", "with augmentation"
MATRIX_SIZES = (256, 512, 1024, 2048)
INPUT = "benchmark: input"

# An operation belongs to the first group one of whose words is in its name, or in the name of an
# operation that called it. So the additions of the optimiser are the optimiser's.
GROUPS = {
    "input": (INPUT,),
    "optimiser": ("optimizer.",),
    "weight average": ("_foreach_lerp", "_foreach_sub", "_foreach_add", "swa_utils"),
    "convolution, backward": ("convolutionbackward", "convolution_backward"),
    "convolution, forward": ("aten::conv2d", "convolution"),
    "batch norm": ("batch_norm", "batchnorm"),
    "pooling": ("max_pool", "maxpool"),
    "activation": ("relu", "clamp_min", "threshold"),
    "linear layers": ("aten::linear", "addmm", "aten::mm"),
    "dropout": ("dropout", "bernoulli"),
    "loss": ("cross_entropy", "log_softmax", "logsoftmax", "nll_loss", "nllloss"),
}
OTHER, OUTSIDE = "other operations", "Python between operations"
ARITHMETIC = ("convolution, forward", "convolution, backward", "linear layers")


class Trainee:
    """A recipe in training, set up as in `loop.fit`, that is moved on by a few steps at a time."""

    def __init__(self, name: str, data: Dataset | None = None, device: torch.device = CPU) -> None:
        torch.set_flush_denormal(True)
        devices.allow_tf32(device)
        devices.retain_freed_memory()
        data, self.recipe = data or datasets.load(), recipes.get(name)
        self.train_set = loop.on_device(data, split_of(data).train, device)
        self.normalisation = loop.choose_normalisation(self.recipe, self.train_set[0])
        self.parts = loop.initialise(self.recipe, 0, len(data.about.classes), device)
        self.ready = next(self.batches(None))  # without augmentation: input that costs nothing

    def ready_batches(self) -> Iterator[Any]:
        """The same batch without end."""
        return repeat(self.ready)

    def batches(self, augmentation: Augmentation | None) -> Iterator[Any]:
        """Training batches without end, as `fit` draws them."""
        generator = torch.Generator().manual_seed(0)
        how = (self.recipe.batch_size, self.normalisation, augmentation, generator)
        while True:
            yield from Batches(*self.train_set, *how)

    def train(self, source: Iterator[Any], steps: int = 1) -> None:
        """Take the next steps, by the package's own loop."""
        loop.train_epoch(
            self.recipe, *self.parts, list(islice(source, steps)), 0, tqdm(disable=True)
        )


def input_cost(name: str, rounds: int, data: Dataset | None = None) -> dict[str, Any]:
    """Seconds of a step on a ready batch, and on batches as they are made, in turn."""
    trainee = Trainee(name, data)
    sources = {READY: trainee.ready_batches(), PLAIN: trainee.batches(None)}
    if trainee.recipe.augmentation:
        sources[AUGMENTED] = trainee.batches(trainee.recipe.augmentation)
    steps = {kind: partial(trainee.train, source) for kind, source in sources.items()}
    in_turn(steps, WARM_UP)
    return {kind: spread(times) for kind, times in in_turn(steps, rounds).items()}


def matrix_peak(seconds: float, sizes: tuple[int, ...] = MATRIX_SIZES) -> dict[str, float]:
    """GFLOP/s of square matrix products, in training's precision: the best of many, by size."""
    return {str(size): _best_product(size, seconds) for size in sizes}


def _best_product(size: int, seconds: float) -> float:
    a, b = torch.rand(2, size, size).to(devices.precision(CPU))
    product = torch.empty_like(a)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        best = min(best, *repeated(lambda: torch.mm(a, b, out=product), 2))
    return 2 * size**3 / best / 1e9


def step_limits(name: str, steps: int, data: Dataset | None = None) -> dict[str, Any]:
    """FLOP and seconds of a training step with its own input, and the step's profile."""
    trainee = Trainee(name, data)
    source = _marked(trainee.batches(trainee.recipe.augmentation))
    trainee.train(source, WARM_UP)
    return {
        "flop": step_flop(trainee),
        "seconds": median(repeated(partial(trainee.train, source), steps)),
        "batch_size": trainee.recipe.batch_size,
        "profile": step_profile(trainee, source, steps),
    }


def step_flop(trainee: Trainee) -> int:
    """Floating-point operations of forward and backward pass, as PyTorch counts them.

    Convolutions and matrix products only, an addition and a multiplication each. The pass back
    counts double but for the first layer, which needs no gradient of its input.
    """
    x, y = trainee.ready
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(trainee.parts[0](x), y).backward()
    return counter.get_total_flops()


def step_profile(trainee: Trainee, source: Iterator[Any], steps: int) -> dict[str, float]:
    """Seconds of a step in each group of operations, while the profiler watches."""
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        whole = sum(repeated(partial(trainee.train, source), steps))
    seconds: dict[str, float] = defaultdict(float)
    for event in watched.events():
        seconds[group_of(_callers(event))] += event.self_cpu_time_total / 1e6 / steps
    seconds[OUTSIDE] = max(whole / steps - sum(seconds.values()), 0.0)
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def group_of(names: list[str]) -> str:
    """The group of an operation, given its name and those of its callers."""
    together = " ".join(names).lower()
    found = (group for group, words in GROUPS.items() if any(word in together for word in words))
    return next(found, OTHER)


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
