"""Stored weights read the images again: are the stored logits theirs?

The tolerance on a logit was chosen between what may differ and what must. Measured on the runs of
all recipes: other kernels on a CPU change a logit by up to 0.000015, TF32, to which a GPU may round
factors, by up to 0.0054; the weights of another seed change some logit of *every* image by more
than 0.14. Within the tolerance a prediction can change only where two digits are all but equal.
"""

from __future__ import annotations

import numpy as np
import torch

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
    """Whether the weights of a run give its stored logits.

    Args:
        run: as it was handed in.
        data: the data set, from a trusted place.
        own_networks: the hand-in has its own definition of the networks, which is not run.
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
    stored, images = run.test_logits, data.test_images
    chosen = _chosen(model, run, images)
    validation = evenly_spaced(len(run.val_index), _affordable(run) // VALIDATION_SHARE)
    parts = {
        "test": (images[chosen], stored[chosen]),
        "validation": (data.train_images[run.val_index[validation]], run.val_logits[validation]),
    }
    wrong, largest = [], 0.0
    for name, (x, logits) in parts.items():
        again = _read(model, run, x)
        apart = np.abs(again - logits).max(axis=1)
        largest = max(largest, float(apart.max()))
        if count := int((apart > TOLERANCE).sum()):
            changed = int((again.argmax(1) != logits.argmax(1)).sum())
            wrong.append(
                f"{name}: the weights give other logits for {count} of {len(x)} images read "
                f"again, and another digit for {changed}"
            )
    read = f"{len(chosen):,} test and {len(validation):,} validation images read again"
    return judged(subject, wrong, f"{read}; logits differ by {largest:.1g} at most")


def refuse_unfit(run: Run) -> None:
    """Compare the tensors' shapes with the network's before either takes any memory.

    Raises:
        ResultsError: the file is no safetensors, or of another network.
    """
    from safetensors import SafetensorError, safe_open

    recipe = run.recipe
    wanted = blank(recipe).state_dict()
    try:
        with safe_open(run.folder / MODEL, framework="pt") as file:
            found = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ResultsError(f"{MODEL} cannot be read ({error})") from error
    if found != {key: tuple(tensor.shape) for key, tensor in wanted.items()}:
        raise ResultsError(f"{MODEL} does not fit network {recipe.network!r}, width {recipe.width}")


def blank(recipe: Recipe) -> torch.nn.Sequential:
    """The recipe's network with shapes alone, which takes no memory."""
    with torch.device("meta"):
        return networks.build(recipe.network, recipe.width)


def _affordable(run: Run) -> int:
    views = run.recipe.view_maps()
    return BUDGET if views is None else BUDGET // len(views)


def _chosen(model: torch.nn.Module, run: Run, images: torch.Tensor) -> np.ndarray:
    """All test images; with views, those where one view speaks least for the stored digit.

    A prediction that was altered to be right is among these: one view contradicts it.
    """
    count = _affordable(run)
    if count >= len(images):
        return np.arange(len(images))
    once = inference.model_logits(model, images, run.normalisation).numpy()
    rows, stored = np.arange(len(once)), run.test_logits.argmax(1)
    rivals = once.copy()
    rivals[rows, stored] = -np.inf
    return np.sort(np.argsort(once[rows, stored] - rivals.max(1), kind="stable")[:count])


def _read(model: torch.nn.Module, run: Run, images: torch.Tensor) -> np.ndarray:
    return inference.model_logits(model, images, run.normalisation, run.recipe.view_maps()).numpy()
