"""`mnist-report new`: a project of one's own, and where commands look for it."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mnist_report.cli import commands
from mnist_report.common import settings
from mnist_report.reporting.notebooks import files


def call(*words: str):
    return CliRunner().invoke(commands.app, words)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "我的 project"
    answer = call("new", str(folder))
    assert answer.exit_code == 0, answer.output
    assert f"{folder}/report/metadata.yml" in answer.output.replace("\\", "/")
    return folder


def contents(*folders: Path, of: Path) -> dict[str, bytes]:
    files = [path for folder in folders for path in folder.rglob("*.*") if path.is_file()]
    return {path.relative_to(of).as_posix(): path.read_bytes() for path in files}


def test_a_project_has_all_that_the_checkout_has_of_one(written):
    root = settings.SHIPPED
    ours = contents(root / "notebooks", root / "report", of=root)
    theirs = contents(written, of=written)
    expected = {name for name in ours if "report/build/" not in name}
    expected = {name for name in expected if ".ipynb_checkpoints" not in name}
    assert {name for name in theirs if "/" in name} == expected
    assert {name for name in theirs if "/" not in name} == {".gitignore", "README.md"}
    same = {name for name in expected if "zh-CN/" not in name and name != "notebooks/zh-CN.po"}
    assert {name for name in same if ours[name] != theirs[name]} == set()
    assert (written / "Makefile").is_file()


def test_commands_work_on_the_project_that_one_is_in(written, monkeypatch):
    for variable in ("MNIST_REPORT_RESULTS", "MNIST_REPORT_DATASET"):
        monkeypatch.delenv(variable, raising=False)
    for folder in (written, written / "notebooks" / "zh-CN"):
        monkeypatch.chdir(folder)
        assert settings.project_root() == written
        assert settings.results_dir() == written / "results"
        assert files.report_notebook("en") == written / "report" / "report.en.ipynb"


def test_its_notebooks_in_chinese_are_those_of_the_checkout_without_outputs(written):
    for ours in sorted((settings.SHIPPED / "notebooks" / "zh-CN").glob("*.ipynb")):
        theirs = files.read(written / "notebooks" / "zh-CN" / ours.name)
        assert [c.source for c in theirs.cells] == [c.source for c in files.read(ours).cells]
        assert [c.outputs for c in files.code_cells(theirs) if c.outputs] == []


def test_a_folder_that_is_not_empty_is_refused_in_one_line(tmp_path):
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")
    for place in (tmp_path, tmp_path / "mine.txt"):
        answer = call("new", str(place))
        assert (answer.exit_code, answer.stdout.strip().count("\n")) == (1, 0)
        assert f"{place} is not empty; name a new folder." in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_is_empty_will_do(tmp_path):
    assert len(commands.write_project(tmp_path)) > 20


def test_make_knows_what_to_do_in_it(written):
    for target in ("report", "lab", "check", "doctor"):
        answer = subprocess.run(
            ["make", "-n", target], cwd=written, capture_output=True, text=True, check=True
        )
        assert answer.stdout.strip()
