"""The study `search`: recipes compared on validation images, as they are and corrupted."""

from collections.abc import Sequence
from typing import Self

from tqdm import tqdm

from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.evaluation import robustness
from mnist_report.training.runs import Run
from mnist_report.training.train import split_for

from .record import Spread, Study, spread

IMAGES = 1_000  # validation images that are corrupted in each kind and severity


class SearchStudy(Study):
    """The record of a search.

    Recipe → accuracy of its seeds on so many corrupted validation images: over all kinds and
    severities, and over MNIST-C's kinds.
    """

    corrupted_images: int
    corrupted: dict[str, Spread]
    mnist_c: dict[str, Spread]

    @classmethod
    def of(cls, base: Study, runs: Sequence[Run], data: Dataset) -> Self:
        """Measure each run on corrupted validation images, evenly spaced and the same for all."""
        held_out = split_for(runs[0].recipe, 0, data).validation
        index = held_out[evenly_spaced(len(held_out), min(IMAGES, len(held_out)))]
        images, labels = data.train_images[index].numpy(), data.train_labels[index].numpy()
        found: dict[str, list[robustness.Robustness]] = {}
        for run in tqdm(runs, desc="corrupted images", unit="run"):
            validation = run.val_logits, data.train_labels.numpy()[run.val_index]
            part = robustness.measure_on(run, images, labels, validation)
            found.setdefault(run.summary.recipe, []).append(part)
        return cls(
            **dict(base),
            corrupted_images=len(index),
            corrupted={k: spread([part.mean for part in v]) for k, v in found.items()},
            mnist_c={k: spread([part.mnist_c_mean for part in v]) for k, v in found.items()},
        )
