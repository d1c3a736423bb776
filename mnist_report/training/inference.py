"""Inference: a trained network applied to images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from mnist_report.common import settings
from mnist_report.datasets.augmentation import warp
from mnist_report.datasets.preprocessing import Normalisation, to_unit
from mnist_report.training.runs import Run

INFERENCE_BATCH = 500


@torch.inference_mode()
def model_logits(
    model: nn.Module, images: Tensor, normalisation: Normalisation, views: Tensor | None = None
) -> Tensor:
    """Compute the network's logits (N, classes) for uint8 images (N, 28, 28), on their device.

    With `views`, as `Recipe.view_maps` gives them, they are the mean over each image under each
    of these maps.
    """
    model.eval()
    parts = images.split(INFERENCE_BATCH)  # (500, 28, 28) each: what lies between the layers is big
    if views is None:
        return torch.cat([model(normalisation.apply(part)) for part in parts])
    return torch.cat([_mean_logits(model, to_unit(part), normalisation, views) for part in parts])


def _mean_logits(
    model: nn.Module, x: Tensor, normalisation: Normalisation, views: Tensor
) -> Tensor:
    # x (N, 1, 28, 28) in [0, 1], where what is sampled from outside is paper; views (V, 2, 3)
    seen = (warp(x, view.expand(len(x), 2, 3)) for view in views)
    return torch.stack([model(normalisation.standardise(image)) for image in seen]).mean(0)


def run_logits(run: Run, model: nn.Module, images: Tensor) -> Tensor:
    """Compute logits (N, classes) by the network of a run, `run.model()`, as its recipe says.

    The images (N, 28, 28) of bytes lie on the device of the network.
    """
    return model_logits(model, images, run.normalisation, run.recipe.view_maps())


def logits(run: Run, images: ArrayLike) -> np.ndarray:
    """Compute logits (N, classes) of a finished run for bytes (N, 28, 28), as its recipe says."""
    device = settings.device()
    x = torch.from_numpy(np.asarray(images)).to(device)
    return run_logits(run, run.model().to(device), x).cpu().numpy()
