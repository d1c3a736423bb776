"""Fixtures that several test files use."""

from __future__ import annotations

import gc
import os
from unittest import mock

import matplotlib.pyplot as plt
import pytest
import tiny

from mnist_report import datasets
from mnist_report.datasets.dataset import Dataset

# To look through all that PyTorch and the rest have made takes half a second each time.
gc.set_threshold(20_000, 10, 1_000)


@pytest.fixture(autouse=True)
def kept_environment():
    """Commands set variables for all that follows, which is not to be the next test."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The real data set, fetched when it is missing."""
    return datasets.load()


@pytest.fixture(scope="session")
def tiny_data() -> Dataset:
    """A learnable stand-in, see there."""
    return tiny.mnist()


@pytest.fixture
def results_folder(tmp_path, monkeypatch):
    """A results store of the test's own."""
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_open_figures():
    """Draw off screen, and close what was drawn."""
    plt.switch_backend("agg")
    yield
    plt.close("all")
