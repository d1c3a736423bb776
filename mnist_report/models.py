"""Networks by their names: building them, and looking at their layers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mnist_report.errors import RecipeError
from mnist_report.networks import NETWORKS

INPUT_SHAPE = (1, 28, 28)


def build(network: str, width: int) -> nn.Sequential:
    """A freshly initialised network.

    Raises:
        RecipeError: there is no network of that name.
    """
    if network not in NETWORKS:
        raise RecipeError(f"network: no {network!r}; there are {', '.join(NETWORKS)}.")
    return NETWORKS[network](width)


@dataclass(frozen=True)
class LayerSummary:
    """One layer as it acts on one image.

    Attributes:
        name: its place in the network.
        kind: its class.
        output_shape: without the batch dimension.
        parameters: trainable numbers.
        multiply_adds: multiplications (each with its addition) an image, of convolutions and
            linear layers.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def count_parameters(model: nn.Module) -> int:
    """The number of trainable parameters."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def summarise(model: nn.Sequential) -> list[LayerSummary]:
    """One `LayerSummary` a layer, in order."""
    rows = []
    for name, layer, output in _trace(model, _blank(model)):
        shape = tuple(output.shape[1:])
        rows.append(
            LayerSummary(
                name,
                type(layer).__name__,
                shape,
                count_parameters(layer),
                _multiply_adds(layer, shape),
            )
        )
    return rows


def feature_maps(model: nn.Sequential, x: Tensor) -> dict[str, Tensor]:
    """What each convolution's block passes on for one image, after its activation.

    Args:
        model: the network.
        x: (1, 1, 28, 28), normalised.

    Returns:
        Name of the activation layer → (C, H, W), in order; for the convolutional part only.
    """
    return {
        name: output[0]
        for name, layer, output in _trace(model, x)
        if isinstance(layer, nn.ReLU) and output.ndim == 4
    }


def first_filters(model: nn.Sequential) -> Tensor:
    """The kernels of the first convolution, (C, k, k).

    Raises:
        RecipeError: the network has no convolution.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            return layer.weight.detach()[:, 0]
    raise RecipeError("This network has no convolution whose filters could be shown.")


@torch.no_grad()
def _trace(model: nn.Sequential, x: Tensor) -> list[tuple[str, nn.Module, Tensor]]:
    training, rows = model.training, []
    model.eval()
    for name, layer in model.named_children():
        output = layer(x.clone())  # activations work in place
        rows.append((name, layer, output))
        x = output
    model.train(training)
    return rows


def _blank(model: nn.Module) -> Tensor:
    return torch.zeros(1, *INPUT_SHAPE, device=next(model.parameters()).device)


def _multiply_adds(layer: nn.Module, output_shape: tuple[int, ...]) -> int:
    if isinstance(layer, nn.Conv2d):
        return layer.weight.numel() * output_shape[1] * output_shape[2]
    return layer.weight.numel() if isinstance(layer, nn.Linear) else 0
