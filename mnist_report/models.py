"""The networks: images (N, 1, 28, 28) → scores (N, 10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mnist_report.errors import RecipeError

INPUT_SHAPE = (1, 28, 28)


def original(width: int = 32) -> nn.Sequential:
    """The published program's network, at width 32.

    Two 3×3 convolutions, one pooling, two linear layers. Its `Dropout2d` before the last layer is
    written as what it amounts to on a flat vector, `Dropout`: PyTorch has announced that the former
    will become an error there. Its final log-softmax stays, redundant before a cross-entropy.
    """
    return nn.Sequential(
        nn.Conv2d(1, width, 3),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, 2 * width, 3),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Dropout2d(0.25),
        nn.Flatten(),
        nn.Linear(2 * width * 12 * 12, 4 * width),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4 * width, 10),
        nn.LogSoftmax(dim=1),
    )


def one_pass(width: int = 24) -> nn.Sequential:
    """Small enough to be trained in one pass over the data.

    Pooling stands before the activation: the result is the same, for a quarter of the work.
    """
    return nn.Sequential(
        nn.Conv2d(1, width, 5),
        nn.MaxPool2d(2),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, 32, 3),
        nn.MaxPool2d(2),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(32 * 5 * 5, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 10),
    )


def convolutional(width: int = 24) -> nn.Sequential:
    """Four convolutions with batch normalisation, narrow enough for a laptop's CPU.

    28 → 24 → pool 12 → 10 → 8 → pool 4 → 2 pixels a side, then one linear layer.
    """
    return nn.Sequential(
        *_block(1, width, 5, pool=True),
        *_block(width, 2 * width, 3),
        *_block(2 * width, 2 * width, 3, pool=True),
        *_block(2 * width, 4 * width, 3),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(4 * width * 2 * 2, 10),
    )


def deep(width: int = 24) -> nn.Sequential:
    """Six convolutions of 3×3, two of them at full resolution, each with batch normalisation.

    28 → 26 → 24 → pool 12 → 10 → 8 → 6 → pool 3 → 1 pixels a side, then one linear layer.
    """
    return nn.Sequential(
        *_block(1, width, 3),
        *_block(width, width, 3, pool=True),
        *_block(width, 2 * width, 3),
        *_block(2 * width, 2 * width, 3),
        *_block(2 * width, 2 * width, 3, pool=True),
        *_block(2 * width, 4 * width, 3),
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(4 * width, 10),
    )


def _block(inputs: int, outputs: int, kernel: int, pool: bool = False) -> list[nn.Module]:
    # The convolution needs no bias: batch normalisation brings one (Ioffe and Szegedy 2015).
    # Pooling before it leaves a quarter of the values to normalise and to rectify.
    return [
        nn.Conv2d(inputs, outputs, kernel, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


NETWORKS: dict[str, Callable[[int], nn.Sequential]] = {
    "original": original,
    "one-pass": one_pass,
    "convolutional": convolutional,
    "deep": deep,
}


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
