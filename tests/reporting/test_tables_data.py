"""The tables of exploration: their numbers are those of the data, in either language."""

import numpy as np
import pandas as pd
import pytest

from mnist_report.datasets import exploration
from mnist_report.reporting import tables


@pytest.fixture
def digits(tiny_data):
    return tiny_data.train_images.numpy(), tiny_data.train_labels.numpy()


def test_pixels_of_each_digit_and_of_all(digits):
    images, labels = digits
    table = tables.pixel_statistics(exploration.pixel_statistics(images, labels))
    assert table.columns.name == "digit"
    assert list(table.index) == [*"0123456789", "all digits"]
    threes = images[labels == 3] / 255
    mean, deviation, empty = (float(cell) for cell in table.loc["3"])
    assert (mean, deviation) == pytest.approx((threes.mean(), threes.std()), abs=1e-4)
    assert empty == pytest.approx(100 * np.mean(threes == 0), abs=0.1)


def test_the_mean_shape_of_each_digit():
    names = ("digit", "ink", "slant", "stroke_width", "centre_row", "centre_column")
    rows = [(0, 10, -0.01, 2, 14, 14), (0, 20, -0.01, 3, 14, 15), (1, 5, 8, 2, 13, 14)]
    table = tables.shapes(pd.DataFrame(rows, columns=names))
    assert table.loc["0"].tolist() == ["15.0", "0.0", "2.5", "14.0", "14.5"]
    assert table.loc["1"].tolist() == ["5.0", "8.0", "2.0", "13.0", "14.0"]
    assert table.columns[0] == "ink (% of the page)"


def test_heads_come_in_the_language_of_the_session(digits, monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_LANGUAGE", "zh-CN")
    table = tables.pixel_statistics(exploration.pixel_statistics(*digits))
    assert table.columns.name == "数字"
    assert table.index[-1] == "全部数字"
