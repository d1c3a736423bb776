"""Training: one recipe and one seed make one run."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor

from mnist_report import __version__, datasets
from mnist_report.common import devices, errors, file_lock, remove_leftovers, settings
from mnist_report.common.provenance import provenance
from mnist_report.datasets import Dataset, Split, stratified_split
from mnist_report.training import layers, runs
from mnist_report.training.inference import model_logits
from mnist_report.training.loop import fit, on_device
from mnist_report.training.recipes import Recipe

VALIDATION_SHARE = 12  # one image in twelve: 5,000 of 60,000
CHECKPOINT = "checkpoint.safetensors"


def train(
    recipe: Recipe,
    seed: int | None = None,
    fresh: bool = False,
    data: Dataset | None = None,
    compiled: bool = False,
) -> runs.Run:
    """Return the run of a recipe with a seed: read back if it is finished, else trained and stored.

    The test images are predicted once, after the last epoch; nothing is chosen by them. Training
    that was interrupted continues after its last finished epoch; of a run that another process
    trains the end is waited for. The seed fixes initial weights, order, augmentation and dropout;
    `fresh` trains anew; `compiled` lets `torch.compile` translate the network first.

    TrainingError if the loss is far above that of guessing or no number, or the checkpoint is
    damaged; WriteError if nothing can be written; StoppedError after Ctrl-C or Interrupt.
    """
    data, seed = data or datasets.load(), settings.seed(seed)
    fingerprint = run_fingerprint(recipe, data)
    wanted = recipe, seed, fingerprint, data.about.name
    if not fresh and (run := finished_run(*wanted)):
        return run
    folder = runs.run_folder(recipe.name, seed, data.about.name)
    lock = folder.with_name(f".{folder.name}.lock")
    with file_lock(lock, f"another process, which trains {recipe.name}, seed {seed}"):
        if fresh:
            (folder / CHECKPOINT).unlink(missing_ok=True)
        elif run := finished_run(*wanted):
            return run  # the other process has finished it
        for name in (CHECKPOINT, *runs.FILES):
            remove_leftovers(folder / name)
        on = f"{recipe.name} was stopped. Run this again: it goes on after its last finished epoch."
        with errors.raised_as(lambda _: errors.StoppedError(on), KeyboardInterrupt):
            run = _train_and_store(folder, recipe, seed, data, fingerprint, compiled)
        (folder / CHECKPOINT).unlink(missing_ok=True)
    return run


def _train_and_store(
    folder: Path, recipe: Recipe, seed: int, data: Dataset, fingerprint: str, compiled: bool
) -> runs.Run:
    split, state, device = split_for(recipe, seed, data), folder / CHECKPOINT, settings.device()
    with devices.compiler_errors():
        fitted = fit(recipe, seed, data, split, device, state, fingerprint, compiled)
    origin = provenance(seed, device, compiled)
    x, y = on_device(data, split.validation, device)
    given = fitted.normalisation, recipe.view_maps()
    val_logits = model_logits(fitted.model, x, *given)
    test_logits = model_logits(fitted.model, data.test_images.to(device), *given)
    if not (val_logits.isfinite().all() and test_logits.isfinite().all()):
        gone = f"The network of recipe {recipe.name!r} gives no numbers any more"
        raise errors.TrainingError(f"{gone}: lower learning_rate ({recipe.learning_rate}).")
    hits = int((val_logits.argmax(1) == y).sum())
    summary = runs.Summary(
        recipe=recipe.name,
        dataset=data.about.name,
        seed=seed,
        settings=recipe.as_dict(),
        parameters=layers.count_parameters(fitted.model),
        epochs=recipe.epochs,
        training_seconds=fitted.history[-1]["seconds"],
        validation=runs.Validation(
            accuracy=hits / len(y),
            errors=len(y) - hits,
            images=len(y),
            loss=F.cross_entropy(val_logits, y).item(),
        ),
        normalisation=fitted.normalisation,
        fingerprint=fingerprint,
        provenance=origin,
    )
    weights = {key: tensor.cpu().contiguous() for key, tensor in fitted.model.state_dict().items()}
    tensors = {"val_index": split.validation}
    tensors |= {"val_logits": val_logits.float(), "test_logits": test_logits.float()}
    arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
    return runs.save(folder, summary, pd.DataFrame(fitted.history), weights, arrays)


def split_for(recipe: Recipe, seed: int, data: Dataset) -> Split:
    """Return training and validation images, the latter the same for all runs; or DataError."""
    all_images, names = len(data.train_labels), data.about.classes.names()
    count = data.validation or max(all_images // VALIDATION_SHARE, len(names))
    if data.validation:
        split = Split(*torch.arange(all_images).split([all_images - count, count]))
    else:
        split = stratified_split(data.train_labels, count, names=names)
    images = len(split.train) if recipe.images is None else recipe.images
    return fewer_images(split, data.train_labels, images, seed)


def fewer_images(split: Split, labels: Tensor, images: int, seed: int) -> Split:
    """Return the split with `images` of its training images, of each digit its share.

    `labels` (N,) are of all images. DataError if there are not so many, or too few are asked for.
    """
    unused = len(split.train) - images
    if unused == 0:
        return split
    if unused < 0:
        raise errors.DataError(f"There are {len(split.train)} training images, not {images}.")
    kept = stratified_split(labels[split.train], unused, seed).train
    return Split(split.train[kept], split.validation)


def run_fingerprint(recipe: Recipe, data: Dataset, version: str = __version__) -> str:
    """Digest everything but the seed that a run depends on: recipe, data, package version."""
    digest = hashlib.sha256(json.dumps(recipe.as_dict(), sort_keys=True).encode())
    digest.update(version.encode())
    for tensor in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        digest.update(tensor.cpu().contiguous().numpy())
    return digest.hexdigest()


def finished_run(
    recipe: Recipe, seed: int, fingerprint: str, label: str | None = None
) -> runs.Run | None:
    """Return the stored run if it is whole and of this recipe, data set and package version."""
    try:
        run = runs.load(recipe.name, seed, label)
    except errors.ResultsError:
        return None
    same = run.summary.fingerprint == fingerprint and run.recipe == recipe
    return run if same else None
