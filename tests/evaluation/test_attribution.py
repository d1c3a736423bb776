"""Attribution of networks whose answer is known: linear ones, and the axioms for all others."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_report.common.errors import ResultsError
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.evaluation import attribution
from mnist_report.training import networks

NORMALISATION = Normalisation(0.13, 0.31)


@pytest.fixture(scope="module")
def linear():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).eval()


@pytest.fixture(scope="module")
def deep():
    torch.manual_seed(0)
    return networks.build("one-pass", 4).eval()


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.test_images.numpy()[:3]


PAIRS = [(4, 9), (9, 4), (3, 5)]


def contrast(model, ink, pair):
    with torch.inference_mode():
        x = (torch.as_tensor(ink, dtype=torch.float32).view(1, 1, 28, 28) - 0.13) / 0.31
        logits = model(x)[0]
    return float(logits[pair[0]] - logits[pair[1]])


def test_gradients_of_a_linear_network_are_weight_times_ink(linear, images):
    found = attribution.integrated_gradients(linear, images, PAIRS, NORMALISATION, steps=3)
    weight = linear[1].weight.detach().numpy()
    for image, pair, ink in zip(found, PAIRS, images / 255, strict=True):
        expected = (weight[pair[0]] - weight[pair[1]]).reshape(28, 28) * ink / 0.31
        assert image == pytest.approx(expected, abs=1e-6)


def test_gradients_are_complete(deep, images):
    found = attribution.integrated_gradients(deep, images, PAIRS, NORMALISATION, steps=200)
    for image, pair, ink in zip(found, PAIRS, images / 255, strict=True):
        expected = contrast(deep, ink, pair) - contrast(deep, 0 * ink, pair)
        assert image.sum() == pytest.approx(expected, abs=2e-3)


def test_examples_are_the_most_misleading_images_of_their_pairs():
    labels = np.array([4, 4, 9, 9, 3, 5, 5, 3])
    logits = 5.0 * np.eye(10)[labels]
    logits[1, 9], logits[3, 4], logits[6, 3] = 6.0, 4.0, 7.0  # against labels 4, 9 and 5
    found = attribution.examples(logits, labels, [(4, 9), (3, 5)])
    assert found.index.tolist() == [1, 6]
    assert found.contrasts.tolist() == [[9, 4], [3, 5]]
    with pytest.raises(ResultsError, match="images of the pair"):
        attribution.examples(logits, labels, [(0, 1)])


def test_blank_pixels_get_nothing(deep, images):
    found = attribution.integrated_gradients(deep, images, PAIRS, NORMALISATION)
    assert not found[images == 0].any()


def test_occlusion_by_hand(deep, images):
    found = attribution.occlusion(deep, images, PAIRS, NORMALISATION, patch=5)
    for row, column in ((14, 14), (0, 27), (9, 12)):
        for image, pair, ink in zip(found, PAIRS, images / 255, strict=True):
            hidden = ink.copy()
            hidden[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = 0
            expected = contrast(deep, ink, pair) - contrast(deep, hidden, pair)
            assert image[row, column] == pytest.approx(expected, abs=1e-5)


def test_features_lead_to_the_logits(deep, mnist):
    images = mnist.test_images[:7]
    found = attribution.features(deep, images, NORMALISATION)
    assert found.shape == (7, 256)
    last = list(deep.children())[-1]
    with torch.inference_mode():
        expected = deep(NORMALISATION.apply(images))
        assert torch.allclose(last(torch.from_numpy(found)), expected, atol=1e-5)


def test_the_nearest_by_all_distances():
    rng = np.random.default_rng(0)
    known, queries = rng.normal(size=(50, 4)), rng.normal(size=(6, 4))
    distances = np.linalg.norm(queries[:, np.newaxis] - known, axis=2)
    found = attribution.nearest(known, queries, 3)
    assert np.array_equal(found.index, distances.argsort(axis=1)[:, :3])
    assert found.distance == pytest.approx(np.sort(distances, axis=1)[:, :3])


def test_the_sample_for_a_map_holds_every_error():
    wrong = np.zeros(1000, bool)
    wrong[[3, 500, 998]] = True
    found = attribution.map_sample(wrong, 100)
    assert len(found) == len(set(found.tolist())) == 100
    assert {3, 500, 998} <= set(found.tolist())
    assert attribution.map_sample(wrong, 5000).tolist() == list(range(1000))
    assert attribution.map_sample(np.ones(7, bool), 3).tolist() == list(range(7))


def test_what_does_not_fit_is_refused(linear, images):
    for maps in (attribution.integrated_gradients, attribution.occlusion):
        with pytest.raises(ResultsError, match="contrasts"):
            maps(linear, images, [(4, 9)], NORMALISATION)
    with pytest.raises(ResultsError, match="odd"):
        attribution.occlusion(linear, images, PAIRS, NORMALISATION, patch=4)
    with pytest.raises(ResultsError, match="no linear layer"):
        attribution.features(nn.Sequential(nn.Flatten()), torch.zeros(1, 28, 28), NORMALISATION)
    with pytest.raises(ResultsError, match="compare"):
        attribution.nearest(np.zeros((5, 3)), np.zeros((5, 4)))
    with pytest.raises(ResultsError, match="4 images"):
        attribution.nearest(np.zeros((4, 3)), np.zeros((1, 3)))
