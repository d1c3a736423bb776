"""Stored weights predict the images again: are the stored logits theirs?

The tolerance on a logit was chosen between what may differ and what must. Measured on the runs of
all recipes: other kernels on a CPU change a logit by up to 0.000015, TF32, to which a GPU may round
factors, by up to 0.0054; the weights of another seed change some logit of *every* image by more
than 0.14. Within the tolerance a prediction can change only where two digits are all but equal.
"""

from __future__ import annotations

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from mnist_report.checking.verdict import Finding, State, judged
from mnist_report.common.errors import ResultsError
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.training import inference, networks
from mnist_report.training.recipes import Recipe
from mnist_report.training.runs import MODEL, Run

TOLERANCE = 0.02
BUDGET = 13_000  # passes of an image through the network that test images may cost
VALIDATION_SHARE = 10  # validation images cost a tenth of that


def check(run: Run, data: Dataset, own_networks: bool = False) -> Finding:
    """Check that the weights of a run give its stored logits.

    Where the hand-in defines its `own_networks`, which are not run, weights may fit them and not
    ours.
    """
    subject = f"{run.folder.name}: weights"
    try:
        refuse_unfit(run)
        model = run.model()
    except ResultsError as error:
        if own_networks:
            reason = "the hand-in defines its networks anew, and its code is not run"
            return Finding(subject, State.UNCHECKED, reason)
        return Finding(subject, State.DIFFERS, str(error))
    views = run.recipe.view_maps()
    affordable = BUDGET // (1 if views is None else len(views))
    test = _chosen(model, run, data.test_images, affordable)
    validation = evenly_spaced(len(run.val_index), affordable // VALIDATION_SHARE)
    parts = {
        "test": (data.test_images[test], run.test_logits[test]),
        "validation": (data.train_images[run.val_index[validation]], run.val_logits[validation]),
    }
    wrong, largest = [], 0.0
    for name, (images, stored) in parts.items():
        again = inference.model_logits(model, images, run.normalisation, views).numpy()
        apart = np.abs(again - stored).max(axis=1)  # (N,)
        largest = max(largest, float(apart.max()))
        if count := int((apart > TOLERANCE).sum()):
            changed = int((again.argmax(1) != stored.argmax(1)).sum())
            wrong.append(
                f"{name}: the weights give other logits for {count} of {len(images)} images "
                f"predicted again, and another digit for {changed}"
            )
    again = f"{len(test):,} test and {len(validation):,} validation images predicted again"
    return judged(subject, wrong, f"{again}; logits differ by {largest:.1g} at most")


def refuse_unfit(run: Run) -> None:
    """Compare the tensors' shapes with the network's before either takes any memory."""
    recipe = run.recipe
    wanted = {key: tuple(tensor.shape) for key, tensor in blank(recipe).state_dict().items()}
    try:
        with safe_open(run.folder / MODEL, framework="pt") as file:
            found = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ResultsError(f"{MODEL} cannot be read ({error})") from error
    if found != wanted:
        raise ResultsError(f"{MODEL} does not fit network {recipe.network!r}, width {recipe.width}")


def blank(recipe: Recipe) -> torch.nn.Sequential:
    """Build the recipe's network with shapes alone, which takes no memory."""
    with torch.device("meta"):
        return networks.build(recipe.network, recipe.width)


def _chosen(model: torch.nn.Module, run: Run, images: torch.Tensor, affordable: int) -> np.ndarray:
    """Choose all images; with augmentation at test time, those whose stored digit is least likely.

    A prediction that was altered to be right is among these: the plain image contradicts it.
    """
    if affordable >= len(images):
        return np.arange(len(images))
    once = inference.model_logits(model, images, run.normalisation).numpy()
    rows, stored = np.arange(len(once)), run.test_logits.argmax(1)
    own = once[rows, stored]
    once[rows, stored] = -np.inf
    return np.sort(np.argsort(own - once.max(1), kind="stable")[:affordable])
