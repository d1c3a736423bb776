"""Optimisation: learning-rate schedule, optimiser, EMA of the weights."""

import math

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_report.training.recipes import Recipe


def learning_rate(recipe: Recipe, step: int, total: int) -> float:
    """The learning rate of a step, counted from 0, of `total`.

    One-cycle (Smith and Topin 2018): from 1/25 of the peak up to it in the first `warmup` of the
    steps, then down to 1/250,000 of it, along half a cosine each.
    """
    peak = recipe.learning_rate
    if recipe.schedule == "constant":
        return peak
    start, end = peak / 25, peak / 25e4
    turn = recipe.warmup * total - 1
    if step <= turn:
        return _cosine(start, peak, step / turn if turn > 0 else 1.0)
    return _cosine(peak, end, (step - turn) / max(total - 1 - turn, 1e-9))


def schedule(recipe: Recipe, points: int = 1000) -> list[float]:
    """The learning rate over a whole run, as that of a run of `points` steps: for drawing it."""
    return [learning_rate(recipe, step, points) for step in range(points)]


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def make_optimiser(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    """The recipe's optimiser; the fused kernels update all weights in one call."""
    parameters, rate = model.parameters(), recipe.learning_rate
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=rate, fused=True)
    if recipe.optimiser == "adam":
        return torch.optim.Adam(parameters, lr=rate, betas=recipe.betas, fused=True)
    return torch.optim.AdamW(
        parameters, lr=rate, betas=recipe.betas, weight_decay=recipe.weight_decay, fused=True
    )


def weight_average(model: nn.Module, decay: float) -> AveragedModel | None:
    """An exponential running mean of weights and batch-norm statistics; None for decay 0."""
    if not decay:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
