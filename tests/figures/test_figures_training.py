"""Figures of network and training draw the numbers they are given."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.colors import to_rgb

from mnist_report import figures
from mnist_report.common.words import LANGUAGES
from mnist_report.training import layers as network_layers
from mnist_report.training import networks, recipes
from mnist_report.training.layers import LayerSummary

pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture
def history():
    return pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "learning_rate": [0.1, 0.2, 0.05],
            "train_loss": [2.0, 1.0, 0.5],
            "train_accuracy": [0.5, 0.7, 0.9],
            "validation_loss": [1.5, 0.8, 0.6],
            "validation_accuracy": [0.6, 0.8, 0.85],
        }
    )


def layers_of(name):
    recipe = recipes.get(name)
    return network_layers.summarise(networks.build(recipe.network, recipe.width))


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_curves_draw_loss_and_accuracy_in_per_cent(history):
    loss, accuracy, rate = figures.curves(history, [0.1, 0.2]).axes
    assert loss.lines[0].get_ydata().tolist() == [2.0, 1.0, 0.5]
    assert loss.lines[1].get_ydata().tolist() == [1.5, 0.8, 0.6]
    assert accuracy.lines[1].get_ydata() == pytest.approx([60, 80, 85])
    assert [axis.get_ylabel() for axis in (loss, accuracy, rate)] == [
        *("loss (nats per image)", "accuracy (%)", "learning rate")
    ]


def test_the_rates_of_all_steps_end_with_the_last_epoch(history):
    line = figures.curves(history, rates=[0.1, 0.2, 0.3, 0.2, 0.1, 0.0]).axes[2].lines[0]
    assert line.get_xdata().tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert line.get_ydata().tolist() == [0.1, 0.2, 0.3, 0.2, 0.1, 0.0]


def test_one_epoch_shows_as_points_and_a_constant_rate_is_inside_its_axis(history):
    loss, _, rate = figures.curves(history[:1], [0.1, 0.1]).axes
    assert loss.lines[0].get_marker() == "o"
    low, high = loss.get_xlim()
    assert low < 1 < high
    assert rate.get_ylim()[1] > 0.1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", recipes.RECIPES)
def test_each_recipes_network_is_drawn_with_the_shapes_of_its_blocks(name, language):
    layers = layers_of(name)
    figure = figures.network(layers, language=language)
    figure.canvas.draw()  # a missing glyph warns, warnings are errors
    blocks = [x for x in layers if x.kind in ("Conv2d", "MaxPool2d", "Linear")]
    shapes = [
        " × ".join(map(str, shape)) for shape in [(1, 28, 28), *(b.output_shape for b in blocks)]
    ]
    assert [text for text in texts(figure) if text in shapes] == shapes
    assert len(figure.axes[0].patches) >= 3 * len(shapes)


def test_the_drawing_names_kernels_and_what_follows_a_block():
    drawn = texts(figures.network(layers_of("clean")))
    assert drawn.count("convolution\n5×5") == 1
    assert drawn.count("convolution\n3×3") == 3
    assert "batch norm\nReLU\ndropout" in drawn
    assert "cropping\nstandardisation of each image" in texts(
        figures.network(layers_of("standard"))
    )


def test_a_deep_network_stays_on_the_page():
    deep = [LayerSummary(str(k), "Conv2d", (512, 28, 28), 1, 9 * 512 * 784) for k in range(15)]
    axis = figures.network(deep).axes[0]
    corners = np.concatenate([patch.get_xy() for patch in axis.patches if hasattr(patch, "get_xy")])
    assert corners[:, 0].min() >= 0
    assert corners[:, 0].max() <= axis.get_xlim()[1]


def test_filters_share_one_scale_that_is_white_at_zero():
    weights = torch.arange(-40, 85).reshape(5, 5, 5) / 10
    drawn = figures.filters(weights).axes[0].images
    assert len(drawn) == 5
    assert np.array_equal(drawn[3].get_array(), weights[3].numpy())
    assert {image.norm.vmax for image in drawn} == {np.float32(8.4)}
    assert drawn[0].cmap(drawn[0].norm(0.0))[:3] == pytest.approx(to_rgb("white"), abs=0.04)


def test_feature_maps_choose_the_channels_that_vary_most_in_their_order():
    block = np.zeros((5, 4, 4))
    block[1, 0, 0], block[3, 0, 0], block[4] = 2.0, 3.0, 9.0  # channel 4 is strong but constant
    image = np.full((28, 28), 200, np.uint8)
    figure = figures.feature_maps({"relu": block}, image, count=2)
    drawn = [picture.get_array() for picture in figure.axes[0].images]
    assert np.array_equal(drawn[0], image)
    assert [picture[0, 0] for picture in drawn[1:]] == [2.0, 3.0]
    assert texts(figure) == ["block 1: 2 of 5 channels, 4 × 4 pixels"]


def test_feature_maps_of_a_dead_block_and_of_few_channels_are_drawn():
    maps = {"a": torch.zeros(3, 5, 5), "b": torch.rand(12, 2, 2)}
    figure = figures.feature_maps(maps, torch.zeros(28, 28, dtype=torch.uint8), language="zh-CN")
    assert len(figure.axes[0].images) == 1 + 3 + 8


def test_summaries_are_not_changed_by_drawing():
    layers = layers_of("fast")
    before = [dataclasses.astuple(layer) for layer in layers]
    figures.network(layers)
    assert [dataclasses.astuple(layer) for layer in layers] == before
