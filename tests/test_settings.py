from pathlib import Path

import pytest
import torch

from mnist_report import settings
from mnist_report.errors import ReportError


def test_paths_start_at_the_checkout_whatever_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_REPORT_DATA", raising=False)
    monkeypatch.delenv("MNIST_REPORT_RESULTS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert settings.project_root() == Path(__file__).resolve().parent.parent
    assert settings.data_dir() == settings.project_root() / "data"
    assert settings.results_dir() == settings.project_root() / "results"


def test_environment_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_REPORT_DATA", str(tmp_path / "数 据"))
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "fast")
    assert settings.data_dir() == tmp_path / "数 据"
    assert settings.recipe_name() == "fast"


def test_the_default_recipe_is_standard(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "")
    assert settings.recipe_name() == "standard"


def test_the_default_language_is_english(monkeypatch):
    monkeypatch.delenv("MNIST_REPORT_LANGUAGE", raising=False)
    assert settings.language() == "en"
    monkeypatch.setenv("MNIST_REPORT_LANGUAGE", "zh-CN")
    assert settings.language() == "zh-CN"


def test_device_follows_the_environment(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_DEVICE", "cpu")
    assert settings.device() == torch.device("cpu")


def test_an_unknown_device_is_refused_in_one_line(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_DEVICE", "abacus")
    with pytest.raises(ReportError, match=r"MNIST_REPORT_DEVICE=abacus .* set it to cpu") as info:
        settings.device()
    assert "\n" not in str(info.value)
