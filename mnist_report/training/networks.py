"""The networks: images (N, 1, 28, 28) → scores (N, classes)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mnist_report.common.errors import RecipeError
from mnist_report.training import own_network


def original(width: int = 32, classes: int = 10) -> nn.Sequential:
    """The published program's network, at width 32.

    Its `Dropout2d` before the last layer is written as what it amounts to on a flat vector,
    `Dropout`. Its final log-softmax stays, redundant before a cross-entropy.
    """
    return nn.Sequential(
        nn.Conv2d(1, width, 3),  # (N, 1, 28, 28) → (N, 32, 26, 26)
        nn.ReLU(inplace=True),
        nn.Conv2d(width, 2 * width, 3),  # (N, 64, 24, 24)
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),  # (N, 64, 12, 12)
        nn.Dropout2d(0.25),
        nn.Flatten(),
        nn.Linear(2 * width * 12 * 12, 4 * width),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4 * width, classes),
        nn.LogSoftmax(dim=1),
    )


def one_pass(width: int = 24, classes: int = 10) -> nn.Sequential:
    """Small enough to be trained in one pass over the data.

    Pooling stands before the activation: the result is the same, for a quarter of the work.
    """
    return nn.Sequential(
        nn.Conv2d(1, width, 5),  # (N, 1, 28, 28) → (N, 24, 24, 24)
        nn.MaxPool2d(2),  # (N, 24, 12, 12)
        nn.ReLU(inplace=True),
        nn.Conv2d(width, 32, 3),  # (N, 32, 10, 10)
        nn.MaxPool2d(2),  # (N, 32, 5, 5)
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(32 * 5 * 5, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, classes),
    )


def one_pass_cropped(width: int = 24, classes: int = 10) -> nn.Sequential:
    """`one_pass` on the middle 24 × 24 pixels: nearly always all of the digit."""
    return nn.Sequential(
        Crop(2),  # (N, 1, 28, 28) → (N, 1, 24, 24)
        *one_pass(width, classes)[:6],  # (N, 32, 4, 4)
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, classes),
    )


def convolutional(width: int = 24, classes: int = 10) -> nn.Sequential:
    """Four convolutions with batch normalisation, narrow enough for a laptop's CPU."""
    return nn.Sequential(
        *_block(1, width, 5, pool=2),  # (N, 1, 28, 28) → (N, 24, 12, 12)
        *_block(width, 2 * width, 3),  # (N, 48, 10, 10)
        *_block(2 * width, 2 * width, 3, pool=2),  # (N, 48, 4, 4)
        *_block(2 * width, 4 * width, 3),  # (N, 96, 2, 2)
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(4 * width * 2 * 2, classes),
    )


def standardised(width: int = 24, classes: int = 10) -> nn.Sequential:
    """`convolutional` on images each of which is brought to mean 0 and deviation 1."""
    return nn.Sequential(Standardise(), *convolutional(width, classes))


def compact(width: int = 24, classes: int = 10) -> nn.Sequential:
    """`convolutional` on the middle 24 × 24 pixels, each image brought to mean 0 and deviation 1.

    A quarter less work for each image, and paper that is grey or ink that is pale is no news.
    """
    return nn.Sequential(
        Crop(2),  # (N, 1, 28, 28) → (N, 1, 24, 24): the outermost pixels are nearly always empty
        Standardise(),
        *_block(1, width, 5, pool=2),  # (N, 24, 10, 10)
        *_block(width, 2 * width, 3),  # (N, 48, 8, 8)
        *_block(2 * width, 2 * width, 3, pool=2),  # (N, 48, 3, 3)
        *_block(2 * width, 4 * width, 2),  # (N, 96, 2, 2)
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(4 * width * 2 * 2, classes),
    )


def deep(width: int = 24, classes: int = 10) -> nn.Sequential:
    """Six convolutions of 3×3, two of them at full resolution, each with batch normalisation."""
    return nn.Sequential(
        *_block(1, width, 3),  # (N, 1, 28, 28) → (N, 24, 26, 26)
        *_block(width, width, 3, pool=2),  # (N, 24, 12, 12)
        *_block(width, 2 * width, 3),  # (N, 48, 10, 10)
        *_block(2 * width, 2 * width, 3),  # (N, 48, 8, 8)
        *_block(2 * width, 2 * width, 3, pool=2),  # (N, 48, 3, 3)
        *_block(2 * width, 4 * width, 3),  # (N, 96, 1, 1)
        nn.Flatten(),
        nn.Dropout(0.4),
        nn.Linear(4 * width, classes),
    )


def published(width: int = 32, classes: int = 10) -> nn.Sequential:
    """The published program's very layers: `original` with its `Dropout2d` on a flat vector.

    PyTorch warns of it at every call, and has announced that it will become an error.
    """
    network = original(width, classes)
    network[9] = nn.Dropout2d(0.5)
    return network


def original_logits(width: int = 32, classes: int = 10) -> nn.Sequential:
    """`original` without the log-softmax that the cross-entropy takes anyway."""
    return original(width, classes)[:-1]


def original_batch_norm(width: int = 32, classes: int = 10) -> nn.Sequential:
    """`original` without log-softmax and with batch normalisation after either convolution."""
    network = original(width, classes)[:-1]
    network.insert(1, nn.BatchNorm2d(width))
    network.insert(4, nn.BatchNorm2d(2 * width))
    return network


def convolutional_plain(width: int = 24, classes: int = 10) -> nn.Sequential:
    """`convolutional` without batch normalisation; its convolutions have a bias instead."""
    network = nn.Sequential()
    for layer in convolutional(width, classes):
        if isinstance(layer, nn.Conv2d):
            network.append(nn.Conv2d(layer.in_channels, layer.out_channels, layer.kernel_size))
        elif not isinstance(layer, nn.BatchNorm2d):
            network.append(layer)
    return network


class Crop(nn.Module):
    """Cut `margin` pixels off each border."""

    def __init__(self, margin: int) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → (N, C, H − 2 · margin, W − 2 · margin)."""
        inside = slice(self.margin, -self.margin)
        return x[..., inside, inside].contiguous(memory_format=torch.channels_last)

    def extra_repr(self) -> str:
        """Name the margin where the network is printed."""
        return str(self.margin)


class Standardise(nn.Module):
    """Bring each image to mean 0 and, but for a small constant, deviation 1."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) → the same, each image less its mean and over its deviation."""
        deviation, mean = torch.std_mean(x, dim=(1, 2, 3), keepdim=True)  # (N, 1, 1, 1)
        return (x - mean) / (deviation + 0.1)  # an empty image stays empty


def _block(inputs: int, outputs: int, kernel: int, pool: int = 0) -> list[nn.Module]:
    # The convolution needs no bias: batch normalisation brings one (Ioffe and Szegedy 2015).
    # Pooling before it leaves a quarter of the values to normalise and to rectify.
    return [
        nn.Conv2d(inputs, outputs, kernel, bias=False),
        *([nn.MaxPool2d(pool)] if pool else []),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


NETWORKS: dict[str, Callable[[int, int], nn.Sequential]] = {
    network.__name__.replace("_", "-"): network
    for network in (
        *(original, one_pass, one_pass_cropped, convolutional, standardised, compact, deep),
        # Between the published program and ours, for the study `ablation`.
        *(published, original_logits, original_batch_norm, convolutional_plain),
    )
}


def build(network: str, width: int, classes: int = 10, source: str | None = None) -> nn.Module:
    """Return a freshly initialised network that tells so many classes apart.

    With `source` it is of the class `network` in that code, `own_network.build`. RecipeError if
    there is no network of that name, or one's own cannot be trained.
    """
    if source is not None:
        return own_network.build(network, source, width, classes)
    if network not in NETWORKS:
        raise RecipeError(f"network: no {network!r}; there are {', '.join(NETWORKS)}.")
    return NETWORKS[network](width, classes)
