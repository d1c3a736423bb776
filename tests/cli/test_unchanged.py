"""When a second `build` does nothing: only when nothing at all has changed."""

import os
from pathlib import Path

import pytest

from mnist_report.cli import unchanged
from mnist_report.common import kept, settings

FILES = (
    "mnist_report/code.py",
    "notebook_report/filter.lua",
    "notebooks/01_first.ipynb",
    "report/metadata.yml",
    "report/studies/record.json",
    "report/build/fast/report.pdf",
    "report/build/notebooks/01_first.ipynb",
    "results/fast-s0/run.json",
    "data/MNIST/raw/images",
    "signs/a/1.png",
)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project in which a report was made, of pictures of one's own."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("content", encoding="utf-8")
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    monkeypatch.setattr(settings, "PACKAGE", tmp_path / "mnist_report")
    for name, value in {"RESULTS": "results", "DATA": "data", "DATASET": "signs"}.items():
        monkeypatch.setenv(f"MNIST_REPORT_{name}", str(tmp_path / value))
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "fast")
    unchanged.remember(*unchanged.read(), [tmp_path / "report.pdf"], ["a warning"])
    return tmp_path


def made() -> unchanged.Made | None:
    return unchanged.last(unchanged.read()[0])


def holds() -> bool:
    found = made()
    return found is not None and found.texts == unchanged.read()[1]


def test_it_holds_with_what_it_said(project):
    assert (made().files, made().warnings) == ([str(project / "report.pdf")], ["a warning"])


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_changes_is_seen(project, name):
    path, before = project / name, (project / name).stat()
    path.write_text("CONTENT", encoding="utf-8")  # as long as it was
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert not holds()


@pytest.mark.parametrize("name", FILES)
def test_data_and_run_hold_where_only_texts_have_changed(project, name):
    (project / name).write_text("another content", encoding="utf-8")
    texts = ("notebooks/01_first.ipynb", "report/metadata.yml", "report/studies/record.json")
    assert (made() is not None) == (name in texts)


def test_what_a_link_leads_to_counts(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (project / "signs" / "b").symlink_to(elsewhere)
    unchanged.remember(*unchanged.read(), [], [])
    assert holds()
    (elsewhere / "2.png").touch()
    assert not holds()


def test_a_file_that_another_build_takes_away_meanwhile_is_no_error(project, monkeypatch):
    walk = os.walk

    def and_gone(*words, **how):
        for folder, folders, names in walk(*words, **how):
            yield folder, folders, [*names, "gone"]

    monkeypatch.setattr(unchanged.os, "walk", and_gone)
    assert holds()


def test_another_student_number_is_another_run(project):
    number = "seed: student-number\nvalues: {number: '2026'}\n"
    (project / settings.MARK).write_text(number, encoding="utf-8")
    assert made() is None


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_comes_or_goes_is_seen(project, name):
    (project / name).with_name("another").touch()
    assert not holds()
    (project / name).with_name("another").unlink()
    assert holds()
    (project / name).unlink()
    assert not holds()


def test_what_python_and_jupyter_put_beside_the_files_is_not(project):
    for name in ("mnist_report/__pycache__/code.pyc", "notebooks/.ipynb_checkpoints/a.ipynb"):
        (project / name).parent.mkdir()
        (project / name).touch()
    assert holds()


@pytest.mark.parametrize("name", ["RECIPE", "LANGUAGE", "DEVICE"])
def test_a_setting_that_changes_is_seen(project, monkeypatch, name):
    monkeypatch.setenv(f"MNIST_REPORT_{name}", "other")
    assert not holds()


def test_a_package_that_is_installed_is_seen(project, monkeypatch):
    monkeypatch.setattr(unchanged.sysconfig, "get_path", lambda name: str(project))
    assert not holds()


def test_a_change_while_it_was_made_is_seen(project):
    begun = unchanged.read()
    (project / "notebooks" / "01_first.ipynb").write_text("edited", encoding="utf-8")
    unchanged.remember(*begun, [], [])
    assert not holds()


def test_without_what_is_kept_it_is_made_again(project):
    kept.forget()
    assert not holds()


def test_a_damaged_record_does_not_count(project):
    (record,) = kept.folder().glob("build-*.json")
    record.write_text(record.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    assert not holds()


def test_a_recipe_in_a_file_is_always_looked_at(project, monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "mine.toml")
    unchanged.remember(*unchanged.read(), [], [])
    assert not holds()
