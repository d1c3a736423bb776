import numpy as np
import pytest
import torch

from mnist_report.common.errors import DataError
from mnist_report.datasets import preprocessing
from mnist_report.datasets.preprocessing import Augmentation, Batches, Normalisation


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (50, 28, 28), generator=generator).to(torch.uint8)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_split_is_stratified_disjoint_and_fixed_by_its_seed():
    labels = torch.tensor([0] * 600 + [1] * 300 + [2] * 100)
    split = preprocessing.stratified_split(labels, validation=100)
    together = torch.cat([split.train, split.validation]).sort().values
    assert torch.equal(together, torch.arange(1000))
    assert torch.bincount(labels[split.validation]).tolist() == [60, 30, 10]
    again = preprocessing.stratified_split(labels, validation=100)
    assert torch.equal(split.validation, again.validation)
    other = preprocessing.stratified_split(labels, validation=100, seed=1)
    assert not torch.equal(split.validation, other.validation)


@pytest.mark.parametrize("validation", [0, 2, 1000, 1001])
def test_a_split_that_cannot_be_made_is_refused(validation):
    with pytest.raises(DataError, match=f"Cannot set {validation} of 1000"):
        preprocessing.stratified_split(torch.arange(1000) % 10, validation=validation)


def test_statistics_agree_with_numpy_in_float64(images):
    measured = preprocessing.pixel_statistics(images)
    pixels = images.numpy().astype(np.float64) / 255
    assert measured.mean == pytest.approx(pixels.mean(), abs=1e-12)
    assert measured.std == pytest.approx(pixels.std(), abs=1e-12)


@pytest.mark.parametrize("bad", [torch.zeros(0, 28, 28), torch.full((3, 28, 28), 7)])
def test_statistics_refuse_what_has_none(bad):
    with pytest.raises(DataError):
        preprocessing.pixel_statistics(bad.to(torch.uint8))


def test_normalised_pixels_have_mean_0_and_deviation_1(images):
    x = preprocessing.pixel_statistics(images).apply(images)
    assert x.shape == (50, 1, 28, 28)
    assert x.mean().item() == pytest.approx(0, abs=1e-6)
    assert x.std(unbiased=False).item() == pytest.approx(1, abs=1e-6)


def test_half_maps_to_minus_one_and_one():
    images = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1).expand(2, 28, 28)
    x = preprocessing.HALF.apply(images)
    assert x[0].unique().tolist() == [-1]
    assert x[1].unique().tolist() == [1]


def test_batches_cover_everything_in_order_without_a_generator(images):
    labels = torch.arange(50)
    batches = Batches(images, labels, 16, Normalisation(0.1, 0.3))
    xs, ys = zip(*batches, strict=True)
    assert [len(y) for y in ys] == [16, 16, 16, 2]
    assert len(batches) == 4
    assert torch.equal(torch.cat(ys), labels)
    assert torch.equal(torch.cat(xs), Normalisation(0.1, 0.3).apply(images))


def test_training_batches_are_shuffled_whole_and_reproducible(images):
    labels = torch.arange(50)

    def passes(seed):
        batches = Batches(
            images,
            labels,
            16,
            preprocessing.HALF,
            augmentation=Augmentation(degrees=10),
            generator=generator(seed),
        )
        return [list(batches), list(batches)]

    (first, second), (again, _) = passes(3), passes(3)
    order = torch.cat([y for _, y in first])
    assert len(order) == len(order.unique()) == 48
    assert not torch.equal(order, torch.cat([y for _, y in second]))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, again, strict=True))


def test_images_stay_with_their_labels(images):
    labels = images.flatten(1).double().mean(1)
    for x, y in Batches(images, labels, 10, Normalisation(0.0, 1 / 255), generator=generator()):
        assert torch.allclose(x.double().mean((1, 2, 3)), y, atol=1e-3)


def test_batches_refuse_what_does_not_fit(images):
    with pytest.raises(DataError, match="50 images but 49 labels"):
        Batches(images, torch.arange(49), 10, preprocessing.HALF)
    for size in (0, 51):
        with pytest.raises(DataError, match=f"A batch of {size}"):
            Batches(images, torch.arange(50), size, preprocessing.HALF)
