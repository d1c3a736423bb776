"""The training loop: from fresh weights to a trained network, checkpoint by checkpoint."""

import hashlib
import math
import time
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from mnist_report.common import TrainingError, bar, devices
from mnist_report.datasets import HALF, Batches, Dataset, Normalisation, Split, preprocessing
from mnist_report.training import checkpoints
from mnist_report.training.inference import model_logits
from mnist_report.training.optimisation import learning_rate, make_optimiser, weight_average
from mnist_report.training.recipes import Recipe

STEPS_BETWEEN_REPORTS = 20
DIVERGED = 20 * math.log(10)  # nats; a guess among ten digits costs ln 10


@dataclass
class Fitted:
    """A trained network, its input's normalisation, and one history row an epoch."""

    model: nn.Module
    normalisation: Normalisation
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    recipe: Recipe,
    seed: int,
    data: Dataset,
    split: Split,
    device: torch.device,
    checkpoint: Path,
    fingerprint: str,
    compiled: bool = False,
) -> Fitted:
    """Train on `split` of the training files, from fresh weights or from the checkpoint.

    The seed fixes initial weights, order, augmentation and dropout. `checkpoint` is the file that
    holds the state after the last finished epoch; one with another `fingerprint` is left alone.
    TrainingError if the loss is no longer a number, or far above that of guessing.
    """
    torch.set_flush_denormal(True)  # numbers below 1e-38 slow a CPU down and carry nothing
    devices.allow_tf32(device)
    devices.retain_freed_memory()
    normalisation = choose_normalisation(recipe, data.train_images[split.train])
    train_set = on_device(data, split.train, device)  # (N, 28, 28) uint8, (N,) int64
    validation_set = on_device(data, split.validation, device)

    model, average, optimiser = initialise(recipe, seed, len(data.about.classes), device)
    modules = {"model": model} | ({"average": average} if average else {})
    evaluated = average.module if average else model
    if compiled:
        model.compile()

    history = checkpoints.restore(checkpoint, fingerprint, modules, optimiser)
    batches = Batches(*train_set, recipe.batch_size, normalisation, recipe.augmentation)
    steps = len(train_set[0]) // recipe.batch_size  # an epoch; the incomplete batch is left out
    with _progress(recipe, seed, steps, len(history)) as progress:
        for epoch in range(len(history), recipe.epochs):
            started = time.perf_counter() - (history[-1]["seconds"] if history else 0.0)
            # From (seed, epoch) alone: a resumed run goes through the same numbers as a whole one.
            batches.generator = epoch_generator(seed, epoch)
            if recipe.augmentation:
                batches.augmentation = recipe.augmentation.at(epoch / recipe.epochs)
            row = {"epoch": epoch + 1}
            row |= train_epoch(recipe, model, average, optimiser, batches, epoch * steps, progress)
            row |= validate(evaluated, *validation_set, normalisation)
            if recipe.peek:
                test_set = data.test_images.to(device), data.test_labels.to(device)
                seen = validate(evaluated, *test_set, normalisation)
                row["test_accuracy"] = seen["validation_accuracy"]
            row["seconds"] = time.perf_counter() - started
            history.append(row)
            progress.set_postfix(validation=f"{row['validation_accuracy']:.2%}")
            checkpoints.save(checkpoint, fingerprint, history, modules, optimiser)
    return Fitted(evaluated.eval(), normalisation, history)


def initialise(
    recipe: Recipe, seed: int, classes: int, device: torch.device
) -> tuple[nn.Module, AveragedModel | None, torch.optim.Optimizer]:
    """Return the network with the seed's weights, the EMA of them if any, and the optimiser."""
    torch.manual_seed(seed)
    model = recipe.build(classes).to(device, memory_format=torch.channels_last)
    return model, weight_average(model, recipe.weight_average), make_optimiser(recipe, model)


def _progress(recipe: Recipe, seed: int, steps: int, epochs_done: int) -> tqdm:
    return bar(
        desc=f"{recipe.name}, seed {seed}",
        total=steps * recipe.epochs,
        initial=steps * epochs_done,
        unit="step",
        leave=None,  # below the bar of a study it goes when the run is finished
        # The bars of processes side by side would write over each other.
        **({"disable": True} if parent_process() else {}),
    )


def train_epoch(
    recipe: Recipe,
    model: nn.Module,
    average: AveragedModel | None,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    first_step: int,
    progress: tqdm,
) -> dict[str, float]:
    """Pass once over the training images; return the history's training columns.

    Loss and accuracy are running means over the pass, in training mode (dropout, augmentation).
    """
    model.train()
    total = len(batches) * recipe.epochs
    losses, hits = [], []  # on the device: to read one stops it
    for step, (x, y) in enumerate(batches):  # x (B, 1, 28, 28), y (B,)
        rate = learning_rate(recipe, first_step + step, total)
        for group in optimiser.param_groups:
            group["lr"] = rate
        with devices.autocast(x.device):
            logits = model(x).float()  # (B, classes); the loss needs all 32 bits
            loss = F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if average:
            average.update_parameters(model)
        losses.append(loss.detach())
        hits.append((logits.detach().argmax(1) == y).float().mean())
        if (step + 1) % STEPS_BETWEEN_REPORTS == 0 or step + 1 == len(batches):
            _stop_if_diverged(losses[-1].item(), recipe, rate)
            progress.update(first_step + step + 1 - progress.n)
    return {
        "learning_rate": rate,
        "train_loss": torch.stack(losses).mean().item(),
        "train_accuracy": torch.stack(hits).mean().item(),
    }


def validate(
    model: nn.Module, images: Tensor, labels: Tensor, normalisation: Normalisation
) -> dict[str, float]:
    """Compute loss (nats, without smoothing) and accuracy on the validation images."""
    logits = model_logits(model, images, normalisation)  # (N, classes)
    return {
        "validation_loss": F.cross_entropy(logits, labels).item(),
        "validation_accuracy": (logits.argmax(1) == labels).double().mean().item(),
    }


def choose_normalisation(recipe: Recipe, train_images: Tensor) -> Normalisation:
    """Return the recipe's normalisation; measured on the training part alone."""
    return HALF if recipe.normalisation == "half" else preprocessing.pixel_statistics(train_images)


def epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """Return a CPU generator for an epoch's order and augmentation; seed dropout's, too."""
    digest = hashlib.sha256(f"{seed}/{epoch}".encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:7], "big"))
    return torch.Generator().manual_seed(int.from_bytes(digest[7:14], "big"))


def on_device(data: Dataset, index: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return images and labels of the training files at `index`, on the device."""
    return data.train_images[index].to(device), data.train_labels[index].to(device)


def _stop_if_diverged(loss: float, recipe: Recipe, rate: float) -> None:
    if not loss < DIVERGED:  # so written, it holds for NaN, too
        raise TrainingError(
            f"The loss of recipe {recipe.name!r} diverged to {loss:.3g} at learning rate "
            f"{rate:.3g}: lower learning_rate ({recipe.learning_rate})."
        )
