"""Networks by their names: building them, and looking at their layers."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mnist_report.common.errors import RecipeError
from mnist_report.common.words import words

INPUT_SHAPE = (1, 28, 28)


@dataclass(frozen=True)
class LayerSummary:
    """One layer as it acts on one image; shapes are without the batch dimension."""

    name: str  # its place in the network
    kind: str  # its class
    output_shape: tuple[int, ...]
    parameters: int  # trainable numbers
    multiply_adds: int  # multiplications, each with its addition, of an image
    inputs: tuple[int, ...] = ()  # the shape it was given; where empty, that of the layer before


def count_parameters(model: nn.Module) -> int:
    """The number of trainable parameters."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def summarise(model: nn.Module) -> list[LayerSummary]:
    """One `LayerSummary` a layer, in the order of the computation.

    Of a network of one's own these are the modules it calls; functions do not show.
    """
    blank = torch.zeros(1, *INPUT_SHAPE, device=next(model.parameters()).device)
    summaries = []
    for name, layer, inputs, output in _trace(model, blank):
        shape = tuple(output.shape[1:])
        # The parameters of a layer that is called again are counted once.
        parameters = 0 if any(name == row.name for row in summaries) else count_parameters(layer)
        sizes = shape, parameters, _multiply_adds(layer, shape), tuple(inputs.shape[1:])
        summaries.append(LayerSummary(name, type(layer).__name__, *sizes))
    return summaries


def feature_maps(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return what each convolution's block passes on for one image, after its activation.

    For `x` (1, 1, 28, 28), normalised, the name of each activation layer → (C, H, W), in order, of
    the convolutional part only; where activations are functions and no layers, those of the
    convolutions themselves. RecipeError if the network has no convolution.
    """
    traced = [row for row in _trace(model, x) if row[3].ndim == 4]
    for kind in (nn.ReLU, nn.Conv2d):
        if maps := {name: out[0] for name, layer, _, out in traced if isinstance(layer, kind)}:
            return maps
    raise RecipeError("This network has no convolution whose maps could be shown.")


def first_filters(model: nn.Module) -> Tensor:
    """The kernels of the first convolution, (C, k, k); RecipeError if the network has none."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            return layer.weight.detach()[:, 0]
    raise RecipeError("This network has no convolution whose filters could be shown.")


@torch.no_grad()
def _trace(model: nn.Module, x: Tensor) -> list[tuple[str, nn.Module, Tensor, Tensor]]:
    """Each module without parts, with what it is given and gives, as they are called."""
    rows = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if inputs and isinstance(output, Tensor):
            rows.append((names[layer], layer, inputs[0], output.clone()))  # some work in place

    names = {layer: name for name, layer in model.named_modules() if not list(layer.children())}
    training = model.training
    with ExitStack() as hooks:
        for layer in names:
            hooks.callback(layer.register_forward_hook(note).remove)
        hooks.callback(model.train, training)
        model.eval()(x)
    return rows


def _multiply_adds(layer: nn.Module, output_shape: tuple[int, ...]) -> int:
    if isinstance(layer, nn.Conv2d):
        return layer.weight.numel() * output_shape[1] * output_shape[2]
    return layer.weight.numel() if isinstance(layer, nn.Linear) else 0


def layer_name(layer: LayerSummary, inputs: tuple[int, ...], language: str | None = None) -> str:
    """Return what a layer does to an input of shape `inputs`: "convolution 5×5", "ReLU"."""
    name, inputs = words(language).get(f"layer_{layer.kind}", layer.kind), layer.inputs or inputs
    if layer.kind == "Conv2d":
        # Each output value takes a k×k window of every input channel.
        window = layer.multiply_adds / (math.prod(layer.output_shape) * inputs[0])
        return f"{name} {round(window**0.5)}×{round(window**0.5)}"
    if layer.kind == "MaxPool2d":
        return f"{name} {inputs[1] // layer.output_shape[1]}×{inputs[2] // layer.output_shape[2]}"
    return name
