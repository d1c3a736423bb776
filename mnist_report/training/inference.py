"""Inference: a trained network applied to images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from mnist_report.common import settings
from mnist_report.datasets.preprocessing import Normalisation, to_unit, warp
from mnist_report.training.runs import Run

INFERENCE_BATCH = 500


@torch.inference_mode()
def model_logits(
    model: nn.Module, images: Tensor, normalisation: Normalisation, views: Tensor | None = None
) -> Tensor:
    """The network's logits (N, classes) for uint8 images (N, 28, 28), on their device.

    With `views`, as `Recipe.view_maps` gives them, they are the mean over each image under each
    of these maps.
    """
    model.eval()
    parts = images.split(INFERENCE_BATCH)
    if views is None:
        return torch.cat([model(normalisation.apply(part)) for part in parts])
    return torch.cat([_mean_logits(model, to_unit(part), normalisation, views) for part in parts])


def _mean_logits(
    model: nn.Module, x: Tensor, normalisation: Normalisation, views: Tensor
) -> Tensor:
    seen = (warp(x, view.expand(len(x), 2, 3)) for view in views)
    return torch.stack([model(normalisation.standardise(image)) for image in seen]).mean(0)


def logits(run: Run, images: ArrayLike) -> np.ndarray:
    """Logits (N, classes) of a finished run for bytes (N, 28, 28), in its recipe's views."""
    device = settings.device()
    x, reading = torch.from_numpy(np.asarray(images)).to(device), run.recipe.view_maps()
    return model_logits(run.model().to(device), x, run.normalisation, reading).cpu().numpy()
