import math

import numpy as np
import pytest
import torch
from torchvision.transforms import functional as transforms

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


def test_no_augmentation_changes_nothing(images):
    x = preprocessing.to_unit(images)
    assert torch.allclose(preprocessing.augment(x, Augmentation(), generator()), x, atol=1e-5)


def fixed_draws(monkeypatch, *, angle=0.0, zoom=0.0, shear=0.0, shift_x=0.0):
    """Let the random draws be known: each is given as a share of its bound, -1 to 1."""
    draws = torch.tensor([angle, zoom, zoom, shear, shift_x, 0.0]).unsqueeze(1)
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: (draws.expand(*shape) + 1) / 2)


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        ({"angle": 1.0}, {"angle": 12.0}),
        ({"zoom": 1.0}, {"scale": 1.2}),
        ({"zoom": -1.0}, {"scale": 0.8}),
        ({"shift_x": 1.0}, {"translate": [-3, 0]}),
    ],
)
def test_maps_agree_with_torchvision(monkeypatch, draws, expected):
    blob = torch.zeros(1, 1, 28, 28)
    blob[..., 8:20, 11:15] = 1
    blob[..., 17:20, 11:22] = 1
    fixed_draws(monkeypatch, **draws)
    bounds = Augmentation(degrees=12, zoom=0.2, shear=0.1, shift=3)
    ours = preprocessing.augment(blob, bounds, generator())
    wanted = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]} | expected
    theirs = transforms.affine(blob, **wanted, interpolation=transforms.InterpolationMode.BILINEAR)
    turned_back = transforms.affine(
        blob,
        **(wanted | {"angle": -wanted["angle"]}),
        interpolation=transforms.InterpolationMode.BILINEAR,
    )
    difference = min((ours - theirs).abs().max(), (ours - turned_back).abs().max())
    assert difference < 1e-4


def draws(n: int) -> torch.Tensor:
    return torch.rand(6, n, generator=generator()) * 2 - 1


def test_the_sampling_grid_is_that_of_affine_grid():
    bounds = Augmentation(degrees=40, zoom=0.3, shear=0.3, shift=5)
    maps = preprocessing.affine_matrices(draws(7), bounds)
    theirs = torch.nn.functional.affine_grid(maps, [7, 1, 4, 6], align_corners=False)
    torch.testing.assert_close(preprocessing.sampling_grid(maps, 4, 6), theirs)


def test_every_image_gets_its_own_map_within_the_bounds():
    bounds = Augmentation(degrees=15, zoom=0.1, shear=0.2, shift=2)
    maps = preprocessing.affine_matrices(draws(4_000), bounds)
    assert len(maps.unique(dim=0)) == 4_000
    linear, shift = maps[:, :, :2], maps[:, :, 2] * 14
    assert shift.abs().max() <= 2 / 0.9
    # |det| of rotation × shear × scale is the product of the two scales
    areas = torch.linalg.det(linear)
    assert 1 / 1.1**2 - 1e-5 <= areas.min() < 0.86
    assert 1.19 < areas.max() <= 1 / 0.9**2 + 1e-5
    angles = torch.atan2(linear[:, 1, 0], linear[:, 0, 0]) * 180 / math.pi
    assert 14 < angles.abs().max() < 18  # unequal zoom turns the axes a little more


def test_views_are_the_image_and_each_quantity_at_its_share_both_ways(images):
    bounds = Augmentation(degrees=20, zoom=0.1, shear=0.2, shift=4)
    maps = preprocessing.view_maps(bounds, 0.5)
    assert len(maps) == 13
    x = preprocessing.to_unit(images)
    torch.testing.assert_close(preprocessing.warp(x, maps[:1].expand(len(x), 2, 3)), x)
    turned, back = (torch.atan2(m[1, 0], m[0, 0]) * 180 / math.pi for m in maps[[1, 7]])
    assert (turned.item(), back.item()) == pytest.approx((10, -10))
    assert (maps[[6, 12], 1, 2] * 14).tolist() == pytest.approx([2, -2])
    right = preprocessing.warp(x, preprocessing.view_maps(bounds, 0.25)[5].expand(len(x), 2, 3))
    torch.testing.assert_close(right[..., :-1], x[..., 1:])  # one pixel of four


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
