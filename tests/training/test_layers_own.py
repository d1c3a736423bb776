"""Networks of one's own in the table of layers: nothing that they hold or do is left out."""

import numpy as np
import pytest
import torch
from matplotlib.text import Annotation
from torch import nn

from mnist_report import figures
from mnist_report.training import layers


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.last = kind(28, 48, batch_first=True), nn.Linear(48, 10)

    def forward(self, x):
        return self.last(self.cell(x.squeeze(1))[0][:, -1])


class Patches(nn.Module):
    """A transformer on 16 patches, with bare parameters, one of which is frozen."""

    def __init__(self, depth=2):
        super().__init__()
        self.embed = nn.Conv2d(1, 32, 7, stride=7)
        self.first = nn.Parameter(torch.zeros(1, 1, 32))
        self.places = nn.Parameter(torch.zeros(1, 17, 32), requires_grad=False)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.last = nn.Linear(32, 10)

    def forward(self, x):
        x = self.embed(x).flatten(2).mT
        x = torch.cat([self.first.expand(len(x), -1, -1), x], 1) + self.places
        return self.last(self.encoder(x)[:, 0])


class Attentive(nn.Module):
    """Attention by a function, and weights that two layers share."""

    def __init__(self):
        super().__init__()
        self.there, self.back, self.last = nn.Linear(28, 28), nn.Linear(28, 28), nn.Linear(28, 10)
        self.back.weight = self.there.weight

    def forward(self, x):
        x = self.there(x.squeeze(1))
        return self.last(self.back(nn.functional.scaled_dot_product_attention(x, x, x)).mean(1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.one, self.norm = nn.Conv2d(4, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.short, self.last = nn.Conv2d(4, 8, 1), nn.Linear(8 * 784, 10)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.stem(x)
        return self.last(self.act(self.norm(self.one(x)) + self.short(x)).flatten(1))


GATES = 28 * (28 + 48) * 48  # of one gate: 28 steps
# 17 tokens: queries, keys, values and output; scores and sums; two layers of 32 × 64
BLOCK = 17 * 4 * 32 * 32 + 2 * 17 * 17 * 32 + 17 * 2 * 32 * 64


@pytest.mark.parametrize(
    ("model", "multiply_adds"),
    [
        (Recurrent(nn.LSTM), 4 * GATES + 480),
        (Recurrent(nn.GRU), 3 * GATES + 480),
        (Recurrent(nn.RNN), GATES + 480),
        (Patches(), 16 * 49 * 32 + 2 * BLOCK + 320),
        (Attentive(), 4 * 28**3 + 280),
        (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, (1, 3), groups=4), nn.Flatten()), None),
    ],
)
def test_all_parameters_and_multiplications_are_in_the_table(model, multiply_adds):
    rows = layers.summarise(model)
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in model.parameters())
    assert layers.count_parameters(model) == sum(p.numel() for p in model.parameters())
    if multiply_adds:
        assert sum(row.multiply_adds for row in rows) == multiply_adds
    assert torch.backends.mkldnn.is_available() == torch._C._get_mkldnn_enabled()


def test_layers_are_named_by_what_they_are_and_bare_parameters_are_told():
    names = [layers.layer_name(row) for row in layers.summarise(Patches(1))]
    assert names[:3] == ["convolution 7×7", "layer norm", "attention"]
    assert names[-1] == "Patches: its own part"
    mixed = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, (1, 3), groups=4))
    assert layers.layer_name(layers.summarise(mixed)[1]) == "convolution 1×3"


def test_branches_are_found_through_additions():
    rows = layers.summarise(Residual())
    assert [row.name for row in rows] == ["stem", "one", "norm", "short", "act", "last"]
    assert [set(row.after) for row in rows] == [{-1}, {0}, {1}, {0}, {2, 3}, {4}]


def long(depth):
    middle = (nn.Conv2d(8, 8, 3, padding=1) for _ in range(depth))
    ends = nn.Conv2d(1, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 784, 10)
    return nn.Sequential(ends[0], *middle, *ends[1:])


@pytest.mark.parametrize("model", [Patches(6), long(50), Residual(), Recurrent(nn.LSTM)])
def test_every_network_is_drawn_within_its_figure(model, tmp_path):
    figure = figures.network(layers.summarise(model), language="zh-CN")
    figure.savefig(tmp_path / "network.png")
    (axis,) = figure.axes
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    corners = np.concatenate([patch.get_xy() for patch in axis.patches if hasattr(patch, "get_xy")])
    assert corners.min(0)[0] >= left and corners.max(0)[0] <= right
    assert corners.min(0)[1] >= low and corners.max(0)[1] <= high
    assert figure.get_figheight() < 9


def test_a_branch_is_drawn_as_an_arc_and_layers_beside_each_other_are_not_joined():
    def arrows(model):
        axis = figures.network(layers.summarise(model)).axes[0]
        return [
            text.arrowprops.get("connectionstyle")
            for text in axis.texts
            if isinstance(text, Annotation)
        ]

    assert arrows(long(2)) == [None] * 4
    # input → stem → one, short → last; and past a block each: stem → short, one → last
    drawn = arrows(Residual())
    assert (drawn.count(None), len(drawn)) == (3, 5)


def test_of_a_very_deep_network_the_middle_is_counted():
    axis = figures.network(layers.summarise(long(50))).axes[0]
    assert "21 more\nblocks" in [text.get_text() for text in axis.texts]
