import dataclasses

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from mnist_report import training
from mnist_report.common.errors import TrainingError
from mnist_report.datasets.preprocessing import HALF, Augmentation, Batches, Normalisation
from mnist_report.training import inference, loop, networks, recipes


def test_an_epochs_draws_depend_on_seed_and_epoch_alone():
    def draws(seed, epoch):
        generator = loop.epoch_generator(seed, epoch)
        return torch.rand(4, generator=generator).tolist(), torch.rand(4).tolist()

    assert draws(1, 2) == draws(1, 2)
    others = [draws(1, 2), draws(2, 1), draws(12, 0), draws(1, 20)]
    assert len({str(d) for d in others}) == 4
    assert draws(1, 2)[0] != draws(1, 2)[1]


def test_validation_agrees_with_a_plain_computation():
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(784, 10))
    images = torch.randint(0, 256, (30, 28, 28)).to(torch.uint8)
    labels = torch.arange(30) % 10
    row = loop.validate(model, images, labels, HALF)
    x = (images.double() / 255 - 0.5) / 0.5
    logits = x.flatten(1) @ model[2].weight.double().T + model[2].bias.double()
    assert row["validation_loss"] == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-5)
    assert row["validation_accuracy"] == (logits.argmax(1) == labels).double().mean()


def test_normalisation_follows_the_recipe():
    images = torch.randint(0, 256, (30, 28, 28)).to(torch.uint8)
    assert loop.choose_normalisation(recipes.get("original"), images) == HALF
    measured = loop.choose_normalisation(recipes.get("fast"), images)
    assert measured.mean == pytest.approx(images.double().mean().item() / 255)


def test_gradient_of_a_tiny_case_agrees_with_float64():
    torch.manual_seed(0)
    model = networks.build("convolutional", 2).eval()
    exact = networks.build("convolutional", 2).double().eval()
    exact.load_state_dict(model.state_dict())
    x, y = torch.randn(4, 1, 28, 28), torch.tensor([0, 1, 2, 3])
    F.cross_entropy(model(x), y, label_smoothing=0.05).backward()
    F.cross_entropy(exact(x.double()), y, label_smoothing=0.05).backward()
    for ours, oracle in zip(model.parameters(), exact.parameters(), strict=True):
        assert torch.allclose(ours.grad.double(), oracle.grad, rtol=1e-3, atol=1e-6)


def test_batches_and_network_meet_on_the_device():
    """A GPU's hygiene without a GPU: fake CUDA tensors refuse to be mixed with the CPU's."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True):
        with torch.device("cuda"):
            model = networks.build("convolutional", 4)
            images = torch.zeros(8, 28, 28, dtype=torch.uint8)
            labels = torch.zeros(8, dtype=torch.int64)
        batches = Batches(
            images,
            labels,
            4,
            Normalisation(0.1, 0.3),
            augmentation=Augmentation(degrees=5, zoom=0.1, shear=0.1, shift=2),
            generator=torch.Generator().manual_seed(0),
        )
        for x, y in batches:
            assert F.cross_entropy(model(x), y).device.type == "cuda"
        with pytest.raises(RuntimeError, match="device"):
            model(x.cpu())
        with pytest.raises(RuntimeError, match="device"):
            F.cross_entropy(model(x), y.cpu())


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 1000.0])
def test_a_loss_that_is_no_number_or_far_above_guessing_stops(loss):
    with pytest.raises(TrainingError, match=r"diverged to .* at learning rate 0.1: lower"):
        loop._stop_if_diverged(loss, recipes.get("fast"), 0.1)


def test_the_loss_of_guessing_goes_on():
    loop._stop_if_diverged(2.303, recipes.get("fast"), 0.1)


def test_a_run_reads_images_of_bytes(results_folder, tiny_data):
    run = training.train(
        dataclasses.replace(recipes.get("fast"), name="tiny", batch_size=24), data=tiny_data
    )
    logits = inference.logits(run, tiny_data.test_images.numpy())
    assert logits.shape == (60, 10)
    assert logits == pytest.approx(run.test_logits, abs=1e-5)
