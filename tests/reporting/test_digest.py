"""What makes a notebook run again; tests/test_running.py has what is run and what is skipped."""

from dataclasses import replace

import run_samples
from nbformat.v4 import new_code_cell, new_notebook

from mnist_report.common import settings
from mnist_report.reporting.notebooks.files import digest
from mnist_report.training import recipes


def test_the_digest_follows_the_package_and_the_studies(tmp_path, monkeypatch):
    content = new_notebook(cells=[new_code_cell("1")])
    (tmp_path / "mnist_report").mkdir()
    module = tmp_path / "mnist_report" / "module.py"
    module.write_text("a = 1", encoding="utf-8")
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    monkeypatch.setattr(settings, "PACKAGE", tmp_path / "mnist_report")
    first = digest(content, "fast")
    assert digest(content, "fast") == first
    module.write_text("a = 2", encoding="utf-8")
    second = digest(content, "fast")
    assert second != first
    (tmp_path / "mnist_report" / "words.po").write_text("", encoding="utf-8")
    first, second = second, digest(content, "fast")
    assert second != first
    (tmp_path / "report" / "studies").mkdir(parents=True)
    (tmp_path / "report" / "studies" / "recipes.json").write_text("{}", encoding="utf-8")
    assert digest(content, "fast") != second


def test_a_network_of_ones_own_makes_only_its_own_notebooks_run_again(results_folder, monkeypatch):
    content = new_notebook(cells=[new_code_cell("1")])
    mine = replace(recipes.get("fast"), name="mine", source="class Mine: ...", network="Mine")
    monkeypatch.setitem(recipes.RECIPES, "mine", mine)
    first = {name: digest(content, name) for name in ("fast", "mine")}
    stored = run_samples.summary(recipe="mine", settings=mine.as_dict())
    stored.write(results_folder / "mine-s0" / "run.json")
    assert digest(content, "fast") == first["fast"]
    assert digest(content, "mine") != first["mine"]
