"""Plausibility: what the last layer sees of digits is believed, of letters it is not."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.datasets.shapes import like_mnist
from mnist_report.handwriting import plausibility
from mnist_report.handwriting.plausibility import KEPT, parted, unlikeness
from mnist_report.handwriting.synthetic_strokes import FACES, LETTERS, sign

FLAT = nn.Sequential(nn.AvgPool2d(2), nn.Flatten())  # features are (N, 196) means of pixels


@pytest.fixture(scope="module")
def unlike(mnist):
    """How unlike digits images are, fitted to the first digits' features."""
    weights = unlikeness(FLAT, Normalisation(0.0, 1.0), np.arange(1_000), "f")

    def of(images):
        features = FLAT(torch.as_tensor(np.asarray(images))[:, None] / 255).numpy()
        return plausibility.unlike(weights, features)

    return of


def test_nearly_all_digits_are_plausible(mnist, unlike):
    assert (unlike(mnist.train_images[:1_000]) <= 1).mean() == pytest.approx(KEPT, abs=0.01)
    assert (unlike(mnist.train_images[1_000:2_000]) <= 1).mean() > 0.95


def test_letters_in_faces_that_were_not_fitted_are_less_so(unlike):
    rng = np.random.default_rng(3)
    assert not set(FACES) & set(plausibility.FACES)
    letters = [like_mnist(sign(letter, rng) / np.float32(255)) for letter in 4 * LETTERS]
    assert (unlike(letters) > 1).mean() > 0.3  # of means of pixels


def test_a_network_is_parted_before_its_last_linear_layer():
    layers = nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2), nn.LogSoftmax(1)
    x, (body, last) = torch.randn(5, 1, 2, 2), parted(nn.Sequential(*layers))
    assert body(x).shape == (5, 3)
    assert torch.equal(last(body(x)), nn.Sequential(*layers)(x))
    body, last = parted(nn.Flatten())  # without one, its outcome is all that is seen
    assert torch.equal(last(body(x)), x.flatten(1))
