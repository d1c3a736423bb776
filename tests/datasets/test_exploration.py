"""Shape and likeness of the digits, against drawn strokes, SciPy and scikit-learn."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.metrics import pairwise_distances
from threadpoolctl import threadpool_limits

from mnist_report.common.errors import DataError
from mnist_report.datasets import dataset
from mnist_report.datasets import exploration as ex
from mnist_report.datasets import shapes as datasets_shapes


def stroke(width: float, degrees: float = 0, length: float = 20, scale: int = 16) -> np.ndarray:
    """A straight stroke with grey edges: drawn `scale` times finer, then averaged down."""
    at = (np.arange(28 * scale) + 0.5) / scale - 14
    x, y = np.meshgrid(at, at)
    along = x * np.sin(np.radians(degrees)) - y * np.cos(np.radians(degrees))
    across = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
    fine = (abs(along) < length / 2) & (abs(across) < width / 2)
    return (fine.reshape(28, scale, 28, scale).mean((1, 3)) * 255).round().astype(np.uint8)


def ring(radius: float, width: float, scale: int = 16) -> np.ndarray:
    at = (np.arange(28 * scale) + 0.5) / scale - 14
    fine = abs(np.hypot(*np.meshgrid(at, at)) - radius) < width / 2
    return (fine.reshape(28, scale, 28, scale).mean((1, 3)) * 255).round().astype(np.uint8)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small problems gain nothing from threads, which wait for each other on a busy machine."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def sample(mnist):
    """2,000 real training images and their labels."""
    return mnist.train_images[:2000].numpy(), mnist.train_labels[:2000].numpy()


@pytest.mark.parametrize("degrees", [-35, -10, 0, 20, 40])
def test_slant_is_that_of_a_rectangle_by_its_moments(degrees):
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    mixed, upright = sine * cosine * (20**2 - 2**2), (20 * cosine) ** 2 + (2 * sine) ** 2
    exact = np.degrees(np.arctan2(mixed, upright))
    assert datasets_shapes.slant(stroke(2, degrees)[None]) == pytest.approx([exact], abs=0.2)


def test_deslanting_by_the_measured_slant_leaves_none(sample):
    for image in sample[0][:20]:
        angle = datasets_shapes.slant(image[None])[0]
        shear = np.array([[1, 0], [-np.tan(np.radians(angle)), 1]])  # column from row
        row, column = datasets_shapes.centre_of_mass(image[None])[0]
        offset = np.array([row, column]) - shear @ [row, column]
        upright = ndimage.affine_transform(image / 255, shear, offset, order=1)
        assert abs(datasets_shapes.slant(upright[None])[0]) < abs(angle) / 10 + 1


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("degrees", [0, 30, 45])
def test_stroke_width_is_that_of_a_stroke_but_for_its_ends(width, degrees):
    exact = width * 20 / (20 + width)  # twice area over perimeter, ends included
    tolerance = 0.12 if width == 2 else 0.05  # grey edges weigh more in a thin stroke
    assert datasets_shapes.stroke_width(stroke(width, degrees)[None]) == pytest.approx(
        [exact], rel=tolerance
    )


@pytest.mark.parametrize("width", [2, 3.5])
def test_stroke_width_of_a_ring_which_has_no_ends(width):
    assert datasets_shapes.stroke_width(ring(8, width)[None]) == pytest.approx([width], rel=0.02)


def test_stroke_width_orders_digits_as_the_distance_transform_does(sample):
    def by_distance(image):  # twice the mean distance to paper, along its ridge
        distance = ndimage.distance_transform_edt(image > 127)
        ridge = (distance == ndimage.maximum_filter(distance, 3)) & (distance > 0)
        return 2 * distance[ridge].mean()

    images = sample[0][:300]
    other = [by_distance(image) for image in images]
    assert np.corrcoef(datasets_shapes.stroke_width(images), other)[0, 1] > 0.85


def test_ink_and_centre_agree_with_scipy(sample):
    images = sample[0][:50]
    centres = [ndimage.center_of_mass(image) for image in images]
    assert datasets_shapes.centre_of_mass(images) == pytest.approx(np.array(centres), abs=1e-4)
    assert datasets_shapes.ink(images) == pytest.approx(images.mean((1, 2)) / 2.55)


def test_an_empty_image_has_no_shape():
    empty = np.zeros((1, 28, 28), np.uint8)
    assert datasets_shapes.ink(empty) == [0]
    for measure in (
        datasets_shapes.slant,
        datasets_shapes.stroke_width,
        datasets_shapes.centre_of_mass,
    ):
        assert np.isnan(measure(empty)).all()


def test_digit_shapes_are_one_row_an_image_whatever_the_type(mnist, sample):
    shapes = datasets_shapes.digit_shapes(*sample)
    assert shapes["digit"].tolist() == sample[1].tolist()
    assert shapes["slant"].to_numpy() == pytest.approx(datasets_shapes.slant(sample[0]))
    assert datasets_shapes.digit_shapes(
        mnist.train_images[:2000], mnist.train_labels[:2000]
    ).equals(shapes)


def test_mnist_was_centred_by_mass_to_the_nearest_pixel(sample):
    centres = datasets_shapes.centre_of_mass(sample[0])
    assert abs(centres.mean(0) - 14).max() < 0.05
    assert centres.std(0) == pytest.approx([12**-0.5] * 2, rel=0.05)  # a uniform pixel


def test_class_counts_are_those_of_the_published_set(mnist):
    counts = ex.class_counts({"training": mnist.train_labels, "test": mnist.test_labels})
    assert counts["test"].tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert counts["training"].sum() == 60_000


def test_pixel_statistics_of_all_images_are_the_published_ones(mnist):
    statistics = ex.pixel_statistics(mnist.train_images, mnist.train_labels)
    assert statistics.loc["all"].round(4).tolist() == [0.1307, 0.3081, 0.8088]
    ones = mnist.train_images[mnist.train_labels == 1].double() / 255
    assert statistics.loc[1, "mean"] == pytest.approx(ones.mean().item())
    assert statistics.loc[1, "deviation"] == pytest.approx(ones.std(correction=0).item())


def test_mean_and_deviation_images_are_those_of_each_class(sample):
    images, labels = sample
    means, deviations = ex.mean_images(*sample), ex.deviation_images(*sample)
    assert means.shape == deviations.shape == (10, 28, 28)
    assert means[3] == pytest.approx(images[labels == 3].mean(0) / 255, abs=1e-5)
    assert deviations[3] == pytest.approx(images[labels == 3].std(0) / 255, abs=1e-5)
    distances = pairwise_distances(means.reshape(10, -1))
    assert ex.class_distances(*sample) == pytest.approx(distances, abs=1e-3)


def test_a_digit_with_another_label_is_its_least_typical(sample):
    images, labels = sample[0], sample[1].copy()
    stray = np.flatnonzero(labels == 0)[0]
    labels[stray] = 1
    _, least = ex.extremes(ex.typicality(images, labels, components=5), labels, 2)
    assert stray in least[1]


def test_extremes_are_best_first_and_worst_first():
    labels = np.repeat(np.arange(10), 3)
    most, least = ex.extremes(np.arange(30.0), labels, 2)
    assert most[0].tolist() == [2, 1]
    assert least[9].tolist() == [27, 28]
    with pytest.raises(DataError, match="fewer than 4"):
        ex.extremes(np.arange(30.0), labels, 4)


def test_pca_shares_and_points_have_the_same_variance(sample):
    points, shares = ex.pca(sample[0], 5)
    total = (sample[0].reshape(2000, -1) / 255).var(0).sum()
    assert points.shape == (2000, 5)
    assert points.var(0) / total == pytest.approx(shares, rel=1e-3)


def test_tsne_keeps_neighbours_of_one_digit_together(sample):
    points = ex.tsne(sample[0][:300])
    distance = pairwise_distances(points) + np.diag(np.full(300, np.inf))
    labels = sample[1][:300]
    assert (labels[distance.argmin(1)] == labels).mean() > 0.7


def test_the_guess_ranks_all_pairs_and_puts_likes_first(sample):
    guess = ex.confusability_hypothesis(*sample)
    assert len(set(guess["pair"])) == 45
    assert all(a < b for a, b in guess["pair"])
    assert guess["score"].is_monotonic_decreasing
    assert (4, 9) in guess["pair"].tolist()[:2]
    assert guess.equals(
        ex.confusability_hypothesis(torch.tensor(sample[0]), torch.tensor(sample[1]))
    )


def test_the_guess_counts_neighbours():
    # Two tight heaps, one of 0s and 1s mixed, one of 2s: half the neighbours of a 0 are 1s.
    chance = np.random.default_rng(0)
    images = chance.integers(0, 20, (400, 28, 28), dtype=np.uint8)
    labels = np.repeat([0, 1, 2, 2], 100)
    images[labels == 2, :14] += 200
    labels = np.concatenate([labels, np.arange(3, 10)])
    images = np.concatenate([images, chance.integers(0, 255, (7, 28, 28), dtype=np.uint8)])
    score = ex.confusability_hypothesis(images, labels).set_index("pair")["score"]
    assert score[0, 1] == pytest.approx(50, abs=8)
    assert score[0, 2] == score[1, 2] == 0


def test_spread_out_takes_all_or_evenly():
    assert dataset.evenly_spaced(3, 10).tolist() == [0, 1, 2]
    assert dataset.evenly_spaced(9, 3).tolist() == [0, 4, 8]


@pytest.mark.parametrize(
    "measure",
    [
        ex.pixel_statistics,
        ex.mean_images,
        ex.deviation_images,
        datasets_shapes.digit_shapes,
        ex.typicality,
        ex.class_distances,
        ex.confusability_hypothesis,
    ],
)
def test_images_and_labels_must_belong_together(measure):
    with pytest.raises(DataError, match="do not belong together"):
        measure(np.zeros((5, 28, 28), np.uint8), np.zeros(4, int))


def test_a_digit_without_images_is_named():
    with pytest.raises(DataError, match="No image of class 1"):
        ex.mean_images(np.zeros((5, 28, 28), np.uint8), np.zeros(5, int))
