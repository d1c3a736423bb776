import dataclasses

import pytest
import torch
from torch import nn

from mnist_report.training import optimisation, recipes

FAST = recipes.get("fast")


@pytest.mark.parametrize(("total", "warmup"), [(100, 0.3), (429, 0.15), (1000, 0.5)])
def test_one_cycle_agrees_with_torch(total, warmup):
    recipe = dataclasses.replace(FAST, warmup=warmup, learning_rate=0.02)
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 0.02, total_steps=total, pct_start=warmup, cycle_momentum=False
    )
    for step in range(total):
        ours = optimisation.learning_rate(recipe, step, total)
        assert ours == pytest.approx(theirs.get_last_lr()[0], rel=1e-9, abs=1e-15)
        optimiser.step()
        theirs.step() if step + 1 < total else None


def test_a_single_step_and_a_constant_rate():
    assert 0 < optimisation.learning_rate(FAST, 0, 1) <= FAST.learning_rate
    constant = recipes.get("original")
    assert {optimisation.learning_rate(constant, s, 9) for s in range(9)} == {0.01}


def test_the_schedule_is_the_rate_of_every_step():
    rates = optimisation.schedule(FAST, 50)
    assert rates == [optimisation.learning_rate(FAST, step, 50) for step in range(50)]
    assert max(rates) == FAST.learning_rate


@pytest.mark.parametrize(
    ("name", "kind"),
    [("sgd", torch.optim.SGD), ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)],
)
def test_optimisers_carry_the_recipes_settings(name, kind):
    recipe = dataclasses.replace(FAST, optimiser=name, weight_decay=0.03)
    optimiser = optimisation.make_optimiser(recipe, nn.Linear(2, 2))
    assert type(optimiser) is kind
    group = optimiser.param_groups[0]
    assert group["lr"] == FAST.learning_rate
    assert name == "sgd" or group["betas"] == FAST.betas
    assert group["weight_decay"] == (0.03 if name == "adamw" else 0)


def test_the_running_mean_of_the_weights_is_exponential():
    model = nn.Linear(1, 1, bias=False)
    average = optimisation.weight_average(model, 0.9)
    values, expected = [1.0, 2.0, 4.0], None
    for value in values:
        nn.init.constant_(model.weight, value)
        average.update_parameters(model)
        expected = value if expected is None else 0.9 * expected + 0.1 * value
    assert average.module.weight.item() == pytest.approx(expected)
    assert optimisation.weight_average(model, 0) is None
