"""Augmentation: random changes of training images, so that a network learns what does not matter.

Everything works on whole batches, on their device and before they are normalised: 0 is paper, 1
full ink. What is random is drawn on the CPU, so that a seed gives the same images on every device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from pydantic import Field
from torch import Tensor

from mnist_report.common.storage import Number, checked_settings

CALMED = 0.3
LEAST = 0.001  # share of a step
QUANTITIES = 6  # of an affine map: rotation, two zooms, shear, two shifts


@checked_settings
class Step:
    """A change of some images of each batch: which, of how many, and how far at most."""

    kind: Literal["thickness", "curve", "blur", "occlusion", "background", "noise", "elastic"]
    share: Number = Field(ge=LEAST, le=1)  # of the images of a batch
    bound: Number = Field(1.0, ge=0.001, le=10)  # see `STEPS`


@checked_settings
class Augmentation:
    """Bounds of the random affine map of each image, drawn uniformly, and the steps after it."""

    degrees: Number = Field(0.0, ge=0, le=180)  # rotation, ± degrees
    zoom: Number = Field(0.0, ge=0, le=0.9)  # scale of width and height, each in 1 ± zoom
    shear: Number = Field(0.0, ge=0, le=2)  # horizontal, ± (shift of x per unit of y)
    shift: Number = Field(0.0, ge=0, le=28)  # along each axis, ± pixels
    steps: tuple[Step, ...] = ()
    # The last share of the epochs, in which the steps take but `CALMED` of their images: the
    # network ends on images more like those it is to classify.
    calm: Number = Field(0.0, ge=0, le=1)

    def at(self, progress: float) -> Augmentation:
        """Return the augmentation of an epoch that begins after this share of the training."""
        if progress < 1 - self.calm:
            return self
        calmed = (replace(step, share=max(step.share * CALMED, LEAST)) for step in self.steps)
        return replace(self, steps=tuple(calmed))


def augment(x: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Map every image (N, 1, 28, 28) by an affine map of its own, then take the steps.

    `generator` is one of the CPU. torchvision's v2 transforms draw their parameters once a call
    and would give the whole batch the same rotation.
    """
    # uniform in [0, 1) → [-1, 1): shares of the bounds, (6, N)
    draws = torch.rand(QUANTITIES, len(x), generator=generator).mul_(2).sub_(1)
    x = warp(x, affine_matrices(draws, augmentation))
    for step in augmentation.steps:
        # Neighbours in the batch: it is shuffled, so a slice is a sample, and costs no copy.
        count = round(step.share * len(x))
        first = int(torch.randint(len(x) - count + 1, (), generator=generator))
        STEPS[step.kind](x[first : first + count], step.bound, generator)
    return x


# --- affine maps ------------------------------------------------------------------------------


def affine_matrices(draws: Tensor, augmentation: Augmentation) -> Tensor:
    """Return maps (n, 2, 3) from output to input coordinates, for `sampling_grid`.

    `draws` (6, n), on the CPU, are each map's quantities as shares of their bounds, in [-1, 1].
    """
    shift = augmentation.shift / 14  # grid_sample's coordinates run from -1 to 1 over 28 pixels
    bounds = [math.radians(augmentation.degrees), *[augmentation.zoom] * 2, augmentation.shear]
    bounds = torch.tensor([*bounds, shift, shift]).unsqueeze(1)
    # (6, n) · (6, 1), then one row (n,) each
    angle, zoom_x, zoom_y, shear, shift_x, shift_y = draws * bounds
    cos, sin = angle.cos(), angle.sin()
    # Rotation · shear: the middle column has both. Divided, since the map runs from output to
    # input: to enlarge a digit is to sample it more densely.
    x_row = torch.stack([cos, shear * cos - sin, shift_x], 1) / (1 + zoom_x).unsqueeze(1)  # (n, 3)
    y_row = torch.stack([sin, shear * sin + cos, shift_y], 1) / (1 + zoom_y).unsqueeze(1)  # (n, 3)
    return torch.stack([x_row, y_row], 1)  # (n, 2, 3)


def view_maps(augmentation: Augmentation, share: float) -> Tensor:
    """Return (13, 2, 3): the identity, and each quantity alone at ± this share of its bound.

    A network that has learnt to ignore such changes does so imperfectly; the mean of its logits
    over them leaves less to chance than those of the image alone.
    """
    steps = share * torch.eye(QUANTITIES)  # (6, 6): a column moves one quantity
    draws = torch.cat([torch.zeros(QUANTITIES, 1), steps, -steps], dim=1)  # (6, 1 + 6 + 6)
    return affine_matrices(draws, augmentation)


def warp(x: Tensor, maps: Tensor) -> Tensor:
    """Sample images (N, 1, H, W) under maps (N, 2, 3); what comes from outside is empty."""
    grid = sampling_grid(maps.to(x.device), *x.shape[2:])  # (N, H, W, 2)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def sampling_grid(maps: Tensor, height: int, width: int) -> Tensor:
    """Return (N, H, W, 2): the input's (x, y) for each pixel of the output, as `F.affine_grid`."""
    # The centres of the pixels: half a pixel from the edges -1 and 1.
    x = (torch.arange(width, device=maps.device) * 2 + 1) / width - 1  # (W,)
    y = (torch.arange(height, device=maps.device) * 2 + 1) / height - 1  # (H,)
    ones = x.new_ones(len(x) * len(y))  # what the shifts are multiplied by
    centres = torch.stack([x.repeat(height), y.repeat_interleave(width), ones])  # (3, H·W)
    # One product for the whole batch, (2N, 3) @ (3, H·W). affine_grid makes one of a few columns
    # for each image, which took longer than all the rest of augmentation together.
    return (maps.reshape(-1, 3) @ centres).view(-1, 2, height, width).permute(0, 2, 3, 1)


# --- steps: each changes images (n, 1, 28, 28) in place ---------------------------------------


def _drawn(x: Tensor, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Return a number for each image of `x`, (n, 1, 1, 1), uniform from `low` to `high`."""
    draws = torch.rand(len(x), 1, 1, 1, generator=generator)
    return draws.mul_(high - low).add_(low).to(x.device)


def _over_3x3(x: Tensor, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Combine each pixel with its eight neighbours: maximum thickens strokes, minimum thins them.

    Rows, then columns, by shifted views: the pooling layers took ten times as long on a CPU.
    """
    padded = F.pad(x, (1, 1, 1, 1))  # (n, 1, 30, 30)
    rows = combine(combine(padded[..., :-2], padded[..., 1:-1]), padded[..., 2:])  # (n, 1, 30, 28)
    return combine(combine(rows[..., :-2, :], rows[..., 1:-1, :]), rows[..., 2:, :])


def change_thickness(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Make the strokes of one half thicker by up to `bound` pixels, of the other half thinner.

    Above 1 the pixels at a stroke's edge overshoot: its contrast changes more than its width.
    """
    thicker, thinner = x.tensor_split(2)
    thicker.lerp_(_over_3x3(thicker, torch.maximum), _drawn(thicker, 0, bound, generator))
    # by less: many strokes are two pixels wide
    thinner.lerp_(_over_3x3(thinner, torch.minimum), _drawn(thinner, 0, 0.7 * bound, generator))


def draw_curves(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Draw a slanted sine curve, 1 to 1 + `bound` pixels thick, across or down each image."""
    q = torch.rand(6, len(x), 1, 1, generator=generator).to(x.device)  # of each image its own
    along = torch.arange(28.0, device=x.device)  # (28,) columns
    wave = 4 * q[2] * torch.sin((0.2 + q[3]) * along + 2 * math.pi * q[4])
    height = 4 + 20 * q[0] + 1.2 * (q[1] - 0.5) * (along - 14) + wave  # (n, 1, 28)
    rows = along.view(1, 28, 1)
    ink = (1 + bound * q[5] / 2 - (rows - height).abs()).clamp_(0, 1)  # (n, 28, 28), soft edges
    across, down = ink.tensor_split(2)
    ink = torch.cat([across, down.transpose(1, 2)]).unsqueeze(1)
    torch.maximum(x, ink, out=x)


def blur(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Blend each image with its mean over about 5×5 pixels, by up to `bound`."""
    blurred = _over_3x3(_over_3x3(x, torch.add), torch.add) / 81
    x.lerp_(blurred, _drawn(x, 0, bound, generator))


def occlude(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Cover a bar near a border of each image, 2 to 2 + 5 `bound` pixels wide, by one grey."""
    width, place, grey = torch.rand(3, len(x), 1, 1, generator=generator).to(x.device)
    place = 2 * place - 1  # below 0 at one border, above at the other
    middle = 13.5 + place.sign() * (9 + 5 * place.abs())
    bar = (torch.arange(28, device=x.device) - middle).abs() < 1 + width * 2.5 * bound  # (n, 1, 28)
    bars = bar.expand(-1, 28, -1)
    upright, level = bars.tensor_split(2)
    covered = torch.cat([upright, level.transpose(1, 2)]).unsqueeze(1)
    x.copy_(torch.where(covered, grey.unsqueeze(1), x))


def add_background(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Put each digit on a smooth grey ground of up to `bound`, with less contrast above it."""
    coarse = torch.rand(len(x), 1, 4, 4, generator=generator).to(x.device)
    clouds = F.interpolate(coarse, size=x.shape[2:], mode="bilinear", align_corners=True)
    unevenness = _drawn(x, 0, 1, generator)
    ground = _drawn(x, 0, bound, generator) * (1 - unevenness + unevenness * clouds)
    ink = (ground + _drawn(x, 0.25, 1, generator)).clamp_(max=1)
    x.mul_(ink - ground).add_(ground)


def add_noise(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Add grains of up to `bound`: of a third of the images coarse, of a third few but strong."""
    noise = torch.rand(x.shape, generator=generator).mul_(2).sub_(1).to(x.device)
    coarse, strong, _ = noise.tensor_split(3)
    coarse.copy_(_over_3x3(coarse, torch.add) * (2 / 9))
    strong.mul_(strong.square().square_()).mul_(2.5)  # the fifth power: mostly near 0
    x.add_(noise.mul_(_drawn(x, 0, 2 * bound, generator))).clamp_(0, 1)


def displace(x: Tensor, bound: float, generator: torch.Generator) -> None:
    """Take each pixel from up to `bound` pixels away, every pixel by a draw of its own."""
    identity = torch.eye(2, 3, device=x.device).expand(len(x), 2, 3)
    grid = sampling_grid(identity, *x.shape[2:])  # (n, 28, 28, 2)
    away = torch.rand(grid.shape, generator=generator).mul_(2).sub_(1).to(x.device)
    away.mul_(_drawn(x, 0, bound / 14, generator))  # 14 pixels are 1 in grid_sample's units
    x.copy_(F.grid_sample(x, grid + away, padding_mode="zeros", align_corners=False))


STEPS: dict[str, Callable[[Tensor, float, torch.Generator], None]] = {
    "thickness": change_thickness,
    "curve": draw_curves,
    "blur": blur,
    "occlusion": occlude,
    "background": add_background,
    "noise": add_noise,
    "elastic": displace,
}
