"""Augmentation against torchvision's affine maps, and each step against SciPy or its own bounds."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torchvision.transforms.v2 import functional as transforms

from mnist_report.common.errors import RecipeError
from mnist_report.datasets import augmentation
from mnist_report.datasets.augmentation import STEPS, Augmentation, Step
from mnist_report.datasets.preprocessing import to_unit


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.train_images[:60]


@pytest.fixture
def ink(images):
    return to_unit(images).reshape(-1, 1, 28, 28)


def test_no_augmentation_changes_nothing(images):
    x = to_unit(images)
    assert torch.allclose(augmentation.augment(x, Augmentation(), generator()), x, atol=1e-5)


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
    ours = augmentation.augment(blob, bounds, generator())
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
    maps = augmentation.affine_matrices(draws(7), bounds)
    theirs = torch.nn.functional.affine_grid(maps, [7, 1, 4, 6], align_corners=False)
    torch.testing.assert_close(augmentation.sampling_grid(maps, 4, 6), theirs)


def test_every_image_gets_its_own_map_within_the_bounds():
    bounds = Augmentation(degrees=15, zoom=0.1, shear=0.2, shift=2)
    maps = augmentation.affine_matrices(draws(4_000), bounds)
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
    maps = augmentation.view_maps(bounds, 0.5)
    assert len(maps) == 13
    x = to_unit(images)
    torch.testing.assert_close(augmentation.warp(x, maps[:1].expand(len(x), 2, 3)), x)
    turned, back = (torch.atan2(m[1, 0], m[0, 0]) * 180 / math.pi for m in maps[[1, 7]])
    assert (turned.item(), back.item()) == pytest.approx((10, -10))
    assert (maps[[6, 12], 1, 2] * 14).tolist() == pytest.approx([2, -2])
    right = augmentation.warp(x, augmentation.view_maps(bounds, 0.25)[5].expand(len(x), 2, 3))
    torch.testing.assert_close(right[..., :-1], x[..., 1:])  # one pixel of four


# --- steps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_keeps_ink_between_0_and_1_and_comes_from_its_seed(ink, kind):
    first, again, other = ink.clone(), ink.clone(), ink.clone()
    for x, seed in ((first, 0), (again, 0), (other, 1)):
        STEPS[kind](x, 1.0, generator(seed))
    assert first.shape == ink.shape
    assert first.min() >= 0
    assert first.max() <= 1 + 1e-6
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert (first != ink).flatten(1).any(1).float().mean() > 0.9  # hardly an image is left alone


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_changes_its_share_of_a_batch_side_by_side(ink, kind):
    steps = (Step(kind=kind, share=0.25, bound=1.0),)
    plain = augmentation.augment(ink, Augmentation(), generator(3))
    changed = augmentation.augment(ink, Augmentation(steps=steps), generator(3))
    touched = (plain != changed).flatten(1).any(1).nonzero()[:, 0]
    assert 10 <= len(touched) <= 15
    assert touched.max() - touched.min() < 15


def test_strokes_become_thicker_and_thinner_as_by_greyscale_morphology(ink):
    x = ink.clone()
    augmentation.change_thickness(x, 1.0, generator())
    window = (1, 1, 3, 3)
    most = ndimage.grey_dilation(ink[:30].numpy(), window, mode="constant")
    least = ndimage.grey_erosion(ink[30:].numpy(), window, mode="constant")
    between(x[:30], ink[:30], torch.from_numpy(most), 1.0)
    between(x[30:], ink[30:], torch.from_numpy(least), 0.7)


def test_blur_is_a_blend_with_the_mean_of_means_over_3_by_3(ink):
    x = ink.clone()
    augmentation.blur(x, 0.8, generator())
    mean = ink.numpy()
    for _ in range(2):
        mean = ndimage.uniform_filter(mean, (0, 0, 3, 3), mode="constant")
    between(x, ink, torch.from_numpy(mean), 0.8)


def between(x, start, end, bound):
    """Each image lies on the way from `start` to `end`, its own part of it, `bound` at most."""
    way = (end - start).flatten(1)
    part = ((x - start).flatten(1) * way).sum(1) / way.square().sum(1)
    expected = start + part.view(-1, 1, 1, 1) * (end - start)
    torch.testing.assert_close(x, expected, atol=1e-5, rtol=0)
    assert part.min() >= -1e-5
    assert bound / 2 < part.max() <= bound + 1e-5


def test_curves_add_ink_in_every_column_or_every_row(ink):
    x = torch.zeros_like(ink)
    augmentation.draw_curves(x, 1.5, generator())
    across, down = x[:30, 0] > 0.4, x[30:, 0] > 0.4
    crossed = torch.cat([across.any(1).float().mean(1), down.any(2).float().mean(1)])
    assert (crossed > 0.5).float().mean() > 0.8  # the others leave the page
    drawn = ink.clone()
    augmentation.draw_curves(drawn, 1.5, generator())
    assert torch.equal(drawn, torch.maximum(ink, x))


def test_an_occlusion_is_one_grey_bar_near_a_border(ink):
    x = torch.full_like(ink, 2.0)
    augmentation.occlude(x, 1.0, generator())
    for image in x[:, 0]:
        rows, columns = (image != 2).nonzero(as_tuple=True)
        assert len(image[image != 2].unique()) == 1
        assert {len(rows.unique()), len(columns.unique())} & {28}
        width = min(len(rows.unique()), len(columns.unique()))
        assert width <= 7
        middle = columns if len(rows.unique()) == 28 else rows
        assert abs(middle.float().mean() - 13.5) > 5


def test_a_background_is_smooth_and_leaves_the_ink_above_it():
    x = torch.zeros(60, 1, 28, 28)
    x[..., 10:18] = 1
    augmentation.add_background(x, 0.6, generator())
    ground, stroke = x[..., :10], x[..., 10:18]
    assert ground.max() <= 0.6
    assert ground.diff(dim=-1).abs().max() < 0.6 / 8  # a coarse field of 4 × 4, drawn out
    assert (stroke.amin((1, 2, 3)) - ground[..., -1].amax((1, 2))).min() > 0


def test_noise_is_bounded_and_without_bias():
    x = torch.full((90, 1, 28, 28), 0.5)
    augmentation.add_noise(x, 0.2, generator())
    assert (x[:30] - 0.5).abs().max() <= 2 * 0.4
    assert (x[60:] - 0.5).abs().max() <= 0.4
    assert x.mean() == pytest.approx(0.5, abs=0.003)


def test_displaced_pixels_come_from_no_farther_than_the_bound():
    x = torch.zeros(60, 1, 28, 28)
    x[..., 13, 13] = 1
    augmentation.displace(x, 2.0, generator())
    rows, columns = np.nonzero(x.sum((0, 1)).numpy())
    assert 1 <= abs(rows - 13).max() < 3
    assert 1 <= abs(columns - 13).max() < 3


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"kind": "rain", "share": 0.5}, "kind: 'rain' should be"),
        ({"kind": "blur", "share": 0.0}, "share: 0.0 should be greater than or equal to 0.001"),
        ({"kind": "blur", "share": 0.5, "bound": float("nan")}, "bound: nan should be a finite"),
        ({"kind": "blur"}, "share: missing"),
    ],
)
def test_a_wrong_step_names_its_field(step, said):
    with pytest.raises(RecipeError, match=said):
        Step(**step)


def test_steps_calm_down_at_the_end_and_the_map_stays():
    steps = (Step(kind="blur", share=0.5), Step(kind="noise", share=0.002))
    whole = Augmentation(degrees=10, steps=steps, calm=0.25)
    assert whole.at(0.0) is whole
    assert whole.at(0.7) is whole
    calmed = whole.at(0.75)
    assert (calmed.degrees, calmed.calm) == (10, 0.25)
    assert [step.share for step in calmed.steps] == pytest.approx([0.15, 0.001])
    assert Augmentation(degrees=10).at(0.99) == Augmentation(degrees=10)
