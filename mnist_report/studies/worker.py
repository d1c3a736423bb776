"""One run of a study, in whatever process.

A worker process begins by importing this module: it needs no more than training does.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import torch
from tqdm import tqdm

from mnist_report import datasets, training
from mnist_report.common import devices, end_with
from mnist_report.datasets.dataset import Dataset
from mnist_report.training import Recipe, Run


def train_one(
    recipe: Recipe, seed: int, data: Dataset | None, threads: int | None, parent: int
) -> Run:
    """Train a recipe with a seed, or read its run back; on so many threads, end with `parent`."""
    if threads:
        end_with(parent)
        # tqdm's own lock is shared by processes: at Ctrl-C it would be left behind, with a warning.
        tqdm.set_lock(RLock())
    with environment(threads):
        return training.train(recipe, seed, data=data or datasets.load())


@contextmanager
def environment(threads: int | None) -> Iterator[None]:
    """Set the threads, and ignore the warning of the fault that the network `published` has."""
    with warnings.catch_warnings(), devices.threads(threads or torch.get_num_threads()):
        warnings.filterwarnings("ignore", message="dropout2d: Received a 2-D input")
        yield
