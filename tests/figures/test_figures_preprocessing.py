"""Figures of preprocessing: in both languages, and the plotted data are the data given."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from mnist_report import figures
from mnist_report.common.words import LANGUAGES
from mnist_report.datasets.preprocessing import Augmentation

SECONDS = {"published": 10.0, "tensors": 0.1, "augmented": 0.5}
BOUNDS = Augmentation(degrees=15, zoom=0.1, shear=0.2, shift=2)


pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture
def arguments(mnist):
    chance = np.random.default_rng(0)
    return {
        "normalisation": (mnist.train_images[:500],),
        "split_balance": (
            pd.DataFrame(chance.normal(size=(10, 2)), columns=["stratified", "random"]),
        ),
        "augmentation_grid": (mnist.train_images[:20].numpy(), BOUNDS),
        "loader_cost": (SECONDS,),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["normalisation", "split_balance", "augmentation_grid", "loader_cost"]
)
def test_each_figure_fits_the_page_and_speaks_the_language(name, language, arguments):
    figure = getattr(figures, name)(*arguments[name], language=language)
    figure.canvas.draw()  # a missing glyph or a squeezed layout warns
    inner = figure.get_tightbbox()  # inches
    assert inner.x0 > -0.02
    assert inner.x1 < figure.get_figwidth() + 0.02 == pytest.approx(6.32)
    texts = "".join(t.get_text() for t in figure.findobj(mpl.text.Text))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in texts) == (language == "zh-CN")


def test_normalisation_draws_the_same_pixels_on_three_scales(mnist):
    images = mnist.train_images[:500]
    axes = figures.normalisation(images).axes
    heights = [[bar.get_height() for bar in axis.containers[0]] for axis in axes]
    assert np.allclose(heights[0], heights[1]) and np.allclose(heights[0], heights[2])
    assert sum(heights[0]) == pytest.approx(100)
    mean = (images.double() / 255).mean().item()
    means = [axis.lines[0].get_xdata()[0] for axis in axes]
    assert means == pytest.approx([mean, (mean - 0.5) / 0.5, 0], abs=1e-9)
    assert axes[2].get_title().endswith("mean 0.00, deviation 1.00")


def test_split_balance_draws_both_ways(arguments):
    (differences,) = arguments["split_balance"]
    bars = figures.split_balance(differences).axes[0].containers
    assert np.allclose([[bar.get_height() for bar in each] for each in bars], differences.T)


def test_augmentation_grid_keeps_the_originals_and_changes_the_copies(mnist):
    images = mnist.train_images[:3]
    (axis,) = figures.augmentation_grid(images, BOUNDS, count=3, copies=2).axes
    drawn = np.array([image.get_array() for image in axis.images]).reshape(3, 3, 28, 28)
    assert np.allclose(drawn[0], images / 255)
    assert (abs(drawn[1:] - drawn[0]).max((2, 3)) > 0.2).all()
    (again,) = figures.augmentation_grid(images, BOUNDS, count=3, copies=2).axes
    assert np.array_equal(again.images[8].get_array(), drawn[2, 2])


def test_one_image_and_one_copy_make_a_grid_too(mnist):
    (axis,) = figures.augmentation_grid(mnist.train_images[:1], BOUNDS, copies=1).axes
    assert len(axis.images) == 2


def test_loader_cost_has_the_longest_on_top():
    axis = figures.loader_cost(SECONDS).axes[0]
    assert [bar.get_width() for bar in axis.patches] == [0.1, 0.5, 10]
    assert [text.get_text() for text in axis.texts] == ["0.1 s", "0.5 s", "10 s"]
    assert axis.get_yticklabels()[2].get_text().startswith("one image at a time")


def test_loader_cost_writes_long_times_in_full():
    axis = figures.loader_cost(SECONDS | {"published": 132.4}).axes[0]
    assert axis.texts[-1].get_text() == "130 s"
