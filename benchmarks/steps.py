"""What input costs: the same training step on a ready batch, and on batches as they are made."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.ours import Trainee
from benchmarks.pace import WARM_UP, in_turn, spread
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import recipes

READY, PLAIN, AUGMENTED = "ready batch", "without augmentation", "with augmentation"


def input_cost(name: str, rounds: int, data: Dataset | None = None) -> dict[str, Any]:
    """Seconds of a step for each kind of input, in turn within one process.

    A recipe without augmentation has the first two only.
    """
    recipe = recipes.get(name)
    trainee = Trainee(recipe, data)
    sources = {READY: trainee.ready(), PLAIN: trainee.batches(None)}
    if recipe.augmentation:
        sources[AUGMENTED] = trainee.batches(recipe.augmentation)
    steps = {kind: partial(trainee.train, source) for kind, source in sources.items()}
    in_turn(steps, WARM_UP)
    return {kind: spread(times) for kind, times in in_turn(steps, rounds).items()}
