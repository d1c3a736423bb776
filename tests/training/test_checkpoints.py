import pytest
import torch
from torch import nn

from mnist_report.common.errors import TrainingError
from mnist_report.training import checkpoints


def trained(steps=3, optimiser=torch.optim.AdamW):
    """A network in the layout of the real ones, where fused kernels care for memory order."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(36, 2))
    model.to(memory_format=torch.channels_last)
    rule = optimiser(model.parameters(), lr=0.1, fused=True)
    for _ in range(steps):
        model(torch.randn(5, 2, 5, 5)).square().sum().backward()
        rule.step()
        rule.zero_grad()
    return model, rule


def step(model, rule):
    torch.manual_seed(9)
    model(torch.randn(5, 2, 5, 5)).square().sum().backward()
    rule.step()
    return [p.detach().clone() for p in model.parameters()]


@pytest.mark.parametrize("optimiser", [torch.optim.AdamW, torch.optim.SGD])
def test_the_next_step_after_restoring_is_the_one_it_would_have_been(tmp_path, optimiser):
    model, rule = trained(optimiser=optimiser)
    path = tmp_path / "checkpoint"
    checkpoints.save(path, "mine", [{"epoch": 1, "loss": 0.1}], {"model": model}, rule)
    expected = step(model, rule)
    fresh, fresh_rule = trained(steps=0, optimiser=optimiser)
    history = checkpoints.restore(path, "mine", {"model": fresh}, fresh_rule)
    assert history == [{"epoch": 1, "loss": 0.1}]
    assert all(map(torch.equal, step(fresh, fresh_rule), expected))


@pytest.mark.parametrize("case", ["absent", "foreign", "damaged", "empty", "flipped"])
def test_what_cannot_be_used_changes_nothing(tmp_path, case):
    path = tmp_path / "checkpoint"
    if case in ("foreign", "flipped"):
        model, rule = trained()
        owner = "theirs" if case == "foreign" else "mine"
        checkpoints.save(path, owner, [], {"model": model}, rule)
    if case == "flipped":
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif case in ("damaged", "empty"):
        path.write_bytes(b"\xff" * 50 if case == "damaged" else b"")
    model, rule = trained(steps=0)
    before = [p.detach().clone() for p in model.parameters()]
    if case in ("absent", "foreign"):
        assert checkpoints.restore(path, "mine", {"model": model}, rule) == []
    else:
        with pytest.raises(TrainingError, match=r"cannot be used .* delete it"):
            checkpoints.restore(path, "mine", {"model": model}, rule)
    assert all(map(torch.equal, model.parameters(), before))
