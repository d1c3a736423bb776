from pathlib import Path

import pytest
import torch

from mnist_report.common import settings
from mnist_report.common.errors import ReportError


def test_paths_start_at_the_checkout_whatever_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_REPORT_DATA", raising=False)
    monkeypatch.delenv("MNIST_REPORT_RESULTS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert settings.project_root() == Path(__file__).resolve().parents[2]
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


def test_a_data_set_is_a_name_or_a_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_REPORT_DATASET", raising=False)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path))
    assert settings.dataset() == "mnist"
    assert settings.results_dir() == tmp_path, "MNIST's runs stay where they were"
    monkeypatch.setenv("MNIST_REPORT_DATASET", "fashion-mnist")
    assert settings.results_dir() == tmp_path / "fashion-mnist"
    assert settings.results_dir("mnist") == settings.results_root() == tmp_path
    (tmp_path / "字 母").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNIST_REPORT_DATASET", "字 母")
    assert settings.dataset() == str(tmp_path / "字 母")
    assert settings.results_dir() == tmp_path / "字-母"
    assert settings.resolved("report") == str(settings.project_root() / "report")


def test_a_folder_never_takes_the_place_of_a_named_data_set(tmp_path):
    assert settings.dataset_label(tmp_path / "mnist") == "mnist-folder"
    assert settings.dataset_label(tmp_path / "...") == "data"


def test_a_seed_is_that_of_the_student_number_where_the_metadata_say_so(monkeypatch, tmp_path):
    def seed(text: str) -> int:
        (tmp_path / settings.MARK).write_text(text, encoding="utf-8")
        return settings.seed()

    (tmp_path / "report").mkdir()
    monkeypatch.chdir(tmp_path)
    assert seed("title: A\n") == 0
    assert seed("title: A: B\n") == 0, "the export names the mistake"
    one = seed("seed: student-number\nvalues: {number: 0012345}\n")
    assert one == seed('seed: student-number\nvalues: {number: "0012345"}\n')
    assert 0 < one < 1_000_000
    assert one != seed("seed: student-number\nvalues: {number: 0012346}\n")
    assert settings.seed(7) == 7
    with pytest.raises(ReportError, match="needs a number"):
        seed("seed: student-number\n")
    with pytest.raises(ReportError, match="needs a number"):
        seed("seed: student-number\nvalues: {number: （请填写 fill in）}\n")
