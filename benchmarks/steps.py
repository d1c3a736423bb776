"""Single training steps: what input costs, how near to the machine's limit, where the rest goes.

On an accelerator also whole runs, and steps that are compiled.
"""

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

from benchmarks.process import WARM_UP, in_turn, repeated, spread
from benchmarks.programs import CPU
from mnist_report import datasets, training
from mnist_report.common import devices, settings
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

# On an accelerator: few seeds, a whole run each, and how `torch.compile` is asked: the second way
# replays a step's kernels as one CUDA graph.
SEEDS = {"fast": 5, "standard": 3, "best": 1}
COMPILED = {"torch.compile": "default", "torch.compile, CUDA graphs": "reduce-overhead"}
COMPILED_RECIPE = "standard"


class Trainee:
    """A recipe in training, set up as in `loop.fit`, that is moved on by a few steps at a time."""

    def __init__(self, name: str, data: Dataset | None = None, device: torch.device = CPU) -> None:
        torch.set_flush_denormal(True)
        devices.allow_tf32(device)
        devices.retain_freed_memory()
        data, self.recipe = data or datasets.load(), recipes.get(name)
        split = training.split_for(self.recipe, 0, data)
        self.train_set = loop.on_device(data, split.train, device)
        self.normalisation = loop.choose_normalisation(self.recipe, self.train_set[0])
        self.parts = loop.initialise(self.recipe, 0, len(data.about.classes), device)
        self.ready = next(self.batches(None))  # without augmentation: input that costs nothing

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

    def step(self, kind: str) -> partial[None]:
        """A step on input of a kind; a ready batch is the same one each time."""
        augmentation = self.recipe.augmentation if kind == AUGMENTED else None
        source = repeat(self.ready) if kind == READY else self.batches(augmentation)
        return partial(self.train, source)


def input_cost(name: str, rounds: int, data: Dataset | None = None) -> dict[str, Any]:
    """Seconds of a step on a ready batch, and on batches as they are made."""
    trainee = Trainee(name, data)
    kinds = [READY, PLAIN, *[AUGMENTED] * bool(trainee.recipe.augmentation)]
    return _spreads({kind: trainee.step(kind) for kind in kinds}, rounds)


def _spreads(steps: dict[str, partial[None]], rounds: int) -> dict[str, dict[str, float]]:
    in_turn(steps, WARM_UP)
    return {kind: spread(times) for kind, times in in_turn(steps, rounds).items()}


def matrix_peak(seconds: float, sizes: tuple[int, ...] = MATRIX_SIZES) -> dict[str, float]:
    """GFLOP/s of square matrix products, in training's precision: the best of many, by size."""
    rates = {}
    for size in sizes:
        a, b = torch.rand(2, size, size).to(devices.precision(CPU))
        product, times, end = torch.empty_like(a), [], time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            times += repeated(partial(torch.mm, a, b, out=product), 2)
        rates[str(size)] = 2 * size**3 / min(times) / 1e9
    return rates


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


def _marked(source: Iterator[Any]) -> Iterator[Any]:
    while True:
        with record_function(INPUT):
            batch = next(source)
        yield batch


def step_flop(trainee: Trainee) -> int:
    """Operations of forward and backward pass in convolutions and matrix products, by PyTorch."""
    # The pass back counts double but for the first layer, which needs no gradient of its input.
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
        names, caller = [], event
        while caller is not None:
            names.append(caller.name)
            caller = caller.cpu_parent
        seconds[group_of(names)] += event.self_cpu_time_total / 1e6 / steps
    seconds[OUTSIDE] = max(whole / steps - sum(seconds.values()), 0.0)
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def group_of(names: list[str]) -> str:
    """The group of an operation, given its name and those of its callers."""
    together = " ".join(names).lower()
    found = (group for group, words in GROUPS.items() if any(word in together for word in words))
    return next(found, OTHER)


# --- on an accelerator ------------------------------------------------------------------------


def whole_run(name: str, seed: int, data: Dataset | None = None) -> dict[str, Any]:
    """Train a recipe anew on the chosen device: seconds of all epochs, errors on the test set."""
    data, started = data or datasets.load(), time.perf_counter()
    finished = training.train(recipes.get(name), seed, fresh=True, data=data)
    predicted = finished.test_logits.argmax(1)
    return {
        "seconds": finished.summary.training_seconds,
        "whole_seconds": time.perf_counter() - started,
        "errors": int((predicted != data.test_labels.numpy()).sum()),
        "images": len(predicted),
        "peak_bytes": torch.accelerator.max_memory_allocated() if _is_card() else 0,
    }


def compiled(name: str, rounds: int, data: Dataset | None = None) -> dict[str, Any]:
    """Seconds of a step: on a ready batch, augmented, and the network compiled in two ways."""
    eager, first = Trainee(name, data, settings.device()), {}
    steps = {kind: eager.step(kind) for kind in (READY, AUGMENTED)}
    for label, mode in COMPILED.items() if _is_card() else ():
        trainee = Trainee(name, data, settings.device())
        trainee.parts[0].compile(mode=mode)
        steps[label] = trainee.step(READY)
        first[label] = repeated(steps[label], 1)[0]
    return {"steps": _spreads(steps, rounds), "first": first}


def _is_card() -> bool:
    """Say if the device is a card with memory, and a compiler, of its own."""
    return settings.device().type in ("cuda", "xpu")
