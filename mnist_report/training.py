"""Training: one recipe and one seed make one run."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from mnist_report import __version__, checkpoints, dataset, models, results, settings
from mnist_report.dataset import Mnist
from mnist_report.errors import ResultsError, TrainingError
from mnist_report.optimisation import learning_rate, make_optimiser, weight_average
from mnist_report.preprocessing import (
    HALF,
    Batches,
    Normalisation,
    Split,
    pixel_statistics,
    stratified_split,
)
from mnist_report.provenance import provenance
from mnist_report.recipes import Recipe

VALIDATION_SHARE = 12  # one image in twelve: 5,000 of 60,000
READ_BATCH = 500
STEPS_BETWEEN_REPORTS = 20
CHECKPOINT = "checkpoint.safetensors"


def train(
    recipe: Recipe,
    seed: int = 0,
    fresh: bool = False,
    data: Mnist | None = None,
    device: torch.device | None = None,
) -> results.Run:
    """The run of a recipe with a seed: read back if it is finished, else trained and stored.

    The test images are read once, after the last epoch; nothing is chosen by them. Training that
    was interrupted continues after its last finished epoch.

    Args:
        recipe: what to train.
        seed: fixes initial weights, order, augmentation and dropout.
        fresh: train anew even if there is a finished run.
        data: the data set; MNIST by default.
        device: where to train; `settings.device()` by default.

    Raises:
        TrainingError: the loss is no longer a number.
    """
    data = data or dataset.load()
    fingerprint = run_fingerprint(recipe, data)
    folder = results.run_folder(recipe.name, seed)
    if fresh:
        (folder / CHECKPOINT).unlink(missing_ok=True)
    elif (run := finished_run(recipe, seed, fingerprint)) is not None:
        return run
    split = stratified_split(data.train_labels, len(data.train_labels) // VALIDATION_SHARE)
    device = device or settings.device()
    fitted = fit(recipe, seed, data, split, device, folder / CHECKPOINT, fingerprint)
    run = _store(folder, recipe, seed, data, split, device, fitted, fingerprint)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return run


@dataclass
class Fitted:
    """A trained network, what its input is normalised with, and one history row an epoch."""

    model: nn.Module
    normalisation: Normalisation
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    recipe: Recipe,
    seed: int,
    data: Mnist,
    split: Split,
    device: torch.device,
    checkpoint: Path,
    fingerprint: str,
) -> Fitted:
    """The training loop, from fresh weights or from the checkpoint to the last epoch.

    Every epoch draws from generators seeded by (seed, epoch) alone, so that a resumed run goes
    through the same numbers as an uninterrupted one.
    """
    torch.set_flush_denormal(True)  # numbers below 1e-38 slow a CPU down and carry nothing
    normalisation = choose_normalisation(recipe, data.train_images[split.train])
    train_set = _on_device(data, split.train, device)
    validation_set = _on_device(data, split.validation, device)

    torch.manual_seed(seed)
    model = models.build(recipe.network, recipe.width)
    model.to(device, memory_format=torch.channels_last)
    average = weight_average(model, recipe.weight_average)
    optimiser = make_optimiser(recipe, model)
    modules = {"model": model} | ({"average": average} if average else {})
    evaluated = average.module if average else model

    history = checkpoints.restore(checkpoint, fingerprint, modules, optimiser)
    steps = len(train_set[0]) // recipe.batch_size
    progress = tqdm(
        desc=f"{recipe.name}, seed {seed}",
        total=steps * recipe.epochs,
        initial=steps * len(history),
        unit="step",
    )
    with progress:
        for epoch in range(len(history), recipe.epochs):
            started = time.perf_counter()
            generator = epoch_generator(seed, epoch)
            batches = Batches(
                *train_set,
                recipe.batch_size,
                normalisation,
                augmentation=recipe.augmentation,
                generator=generator,
            )
            row = {"epoch": epoch + 1}
            row |= train_epoch(recipe, model, average, optimiser, batches, epoch * steps, progress)
            row |= validate(evaluated, *validation_set, normalisation)
            before = history[-1]["seconds"] if history else 0.0
            row["seconds"] = before + time.perf_counter() - started
            history.append(row)
            progress.set_postfix(validation=f"{row['validation_accuracy']:.2%}")
            checkpoints.save(checkpoint, fingerprint, history, modules, optimiser)
    return Fitted(evaluated.eval(), normalisation, history)


def train_epoch(
    recipe: Recipe,
    model: nn.Module,
    average: AveragedModel | None,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    first_step: int,
    progress: tqdm,
) -> dict[str, float]:
    """One pass over the training images; returns the history's training columns.

    Loss and accuracy are running means over the pass, in training mode (dropout, augmentation).
    """
    model.train()
    total = len(batches) * recipe.epochs
    losses, hits = [], []
    for step, (x, y) in enumerate(batches):
        rate = learning_rate(recipe, first_step + step, total)
        for group in optimiser.param_groups:
            group["lr"] = rate
        logits = model(x)
        loss = F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if average:
            average.update_parameters(model)
        losses.append(loss.detach())
        hits.append((logits.detach().argmax(1) == y).float().mean())
        if (step + 1) % STEPS_BETWEEN_REPORTS == 0 or step + 1 == len(batches):
            _require_finite(losses[-1], recipe, rate)
            progress.update(first_step + step + 1 - progress.n)
    return {
        "learning_rate": rate,
        "train_loss": torch.stack(losses).mean().item(),
        "train_accuracy": torch.stack(hits).mean().item(),
    }


def validate(
    model: nn.Module, images: Tensor, labels: Tensor, normalisation: Normalisation
) -> dict[str, float]:
    """Loss (nats, without smoothing) and accuracy on the validation images."""
    logits = read(model, images, normalisation)
    return {
        "validation_loss": F.cross_entropy(logits, labels).item(),
        "validation_accuracy": (logits.argmax(1) == labels).double().mean().item(),
    }


@torch.inference_mode()
def read(model: nn.Module, images: Tensor, normalisation: Normalisation) -> Tensor:
    """The network's logits (N, 10) for uint8 images (N, 28, 28), on their device."""
    model.eval()
    return torch.cat([model(normalisation.apply(part)) for part in images.split(READ_BATCH)])


def choose_normalisation(recipe: Recipe, train_images: Tensor) -> Normalisation:
    """The recipe's normalisation; measured on the training part alone."""
    return HALF if recipe.normalisation == "half" else pixel_statistics(train_images)


def epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """A CPU generator for an epoch's order and augmentation; seeds dropout's generators too."""
    digest = hashlib.sha256(f"{seed}/{epoch}".encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:7], "big"))
    return torch.Generator().manual_seed(int.from_bytes(digest[7:14], "big"))


def run_fingerprint(recipe: Recipe, data: Mnist) -> str:
    """Digest of everything but the seed that a run depends on: recipe, data, package version."""
    digest = hashlib.sha256(json.dumps(recipe.as_dict(), sort_keys=True).encode())
    digest.update(__version__.encode())
    for tensor in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        digest.update(tensor.cpu().contiguous().numpy())
    return digest.hexdigest()


def finished_run(recipe: Recipe, seed: int, fingerprint: str) -> results.Run | None:
    """The stored run if it is whole and of this very recipe, data set and package version."""
    try:
        run = results.load(recipe.name, seed)
    except ResultsError:
        return None
    return run if run.summary.get("fingerprint") == fingerprint else None


def _on_device(data: Mnist, index: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    return data.train_images[index].to(device), data.train_labels[index].to(device)


def _require_finite(loss: Tensor, recipe: Recipe, rate: float) -> None:
    if not loss.isfinite():
        raise TrainingError(
            f"The loss of recipe {recipe.name!r} is no longer a number at learning rate "
            f"{rate:.3g}: lower learning_rate ({recipe.learning_rate})."
        )


def _store(
    folder: Path,
    recipe: Recipe,
    seed: int,
    data: Mnist,
    split: Split,
    device: torch.device,
    fitted: Fitted,
    fingerprint: str,
) -> results.Run:
    validation_images, validation_labels = _on_device(data, split.validation, device)
    val_logits = read(fitted.model, validation_images, fitted.normalisation)
    test_logits = read(fitted.model, data.test_images.to(device), fitted.normalisation)
    hits = int((val_logits.argmax(1) == validation_labels).sum())
    last = fitted.history[-1]
    summary = {
        "recipe": recipe.name,
        "seed": seed,
        "settings": recipe.as_dict(),
        "parameters": models.count_parameters(fitted.model),
        "epochs": recipe.epochs,
        "training_seconds": last["seconds"],
        "validation": {
            "accuracy": hits / len(val_logits),
            "errors": len(val_logits) - hits,
            "images": len(val_logits),
            "loss": last["validation_loss"],
        },
        "normalisation": {
            "mean": fitted.normalisation.mean,
            "std": fitted.normalisation.std,
        },
        "fingerprint": fingerprint,
        "provenance": provenance(seed, device),
    }
    weights = {key: tensor.cpu().contiguous() for key, tensor in fitted.model.state_dict().items()}
    arrays = {
        "val_index": split.validation.numpy(),
        "val_logits": val_logits.float().cpu().numpy(),
        "test_logits": test_logits.float().cpu().numpy(),
    }
    return results.save(folder, summary, pd.DataFrame(fitted.history), weights, arrays)
