"""Inference: a trained network applied to images."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from mnist_report.common import settings
from mnist_report.datasets.augmentation import warp
from mnist_report.datasets.preprocessing import Normalisation, to_unit
from mnist_report.training.runs import Run

INFERENCE_BATCH = 500  # what lies between the layers is big


@torch.inference_mode()
def model_logits(
    model: nn.Module, images: Tensor, normalisation: Normalisation, views: Tensor | None = None
) -> Tensor:
    """Compute the network's logits (N, classes) for uint8 images (N, 28, 28), on their device.

    With `views` (V, 2, 3), of `Recipe.view_maps`, they are the mean over an image under each map.
    """
    model.eval()
    logits = []
    for part in images.split(INFERENCE_BATCH):
        x = to_unit(part)  # (500, 1, 28, 28) in [0, 1]: what is sampled from outside is paper
        seen = [x] if views is None else (warp(x, view.expand(len(x), 2, 3)) for view in views)
        each = [model(normalisation.standardise(image)) for image in seen]  # V × (500, classes)
        logits.append(torch.stack(each).mean(0))
    return torch.cat(logits)


def logits(run: Run, images: ArrayLike) -> np.ndarray:
    """Compute logits (N, classes) of a finished run for bytes (N, 28, 28), as its recipe says."""
    device = settings.device()
    x, model = torch.from_numpy(np.asarray(images)).to(device), run.model().to(device)
    return model_logits(model, x, run.normalisation, run.recipe.view_maps()).cpu().numpy()
