"""The tests that `make quick` runs: those of what has changed, and no others."""

import subprocess
import sys

import pytest

from tools import ROOT, quick


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("mnist_report/common/kept.py", {"tests/common/test_kept.py"}),
        ("mnist_report/evaluation/baselines.py", {"tests/evaluation/test_baselines.py"}),
        ("tools/quick.py", {"tests/tools/test_quick.py"}),
        ("tests/datasets/test_dataset.py", {"tests/datasets/test_dataset.py"}),
        ("README.md", {"tests/documents/test_documents.py"}),
        ("notebook_report/html.py", {"tests/notebook_report/test_export_nbconvert.py"}),
    ],
)
def test_a_file_has_tests(file, tests):
    found = quick.tests_of([file])
    assert found[:2] == list(quick.ALWAYS)
    assert tests <= set(found)
    assert len(found) < 25


def test_of_a_file_that_is_gone_or_has_none_the_rest_is_run():
    assert quick.tests_of(["tests/test_gone.py", "Makefile", "data/x.bin"]) == list(quick.ALWAYS)


def test_what_differs_from_main_has_changed(tmp_path):
    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    for number, name in enumerate(("kept.py", "committed.py", "edited.py")):
        (tmp_path / name).write_text(str(number), encoding="utf-8")
    git("add", "-A")
    git("commit", "-m", "first")
    assert quick.changed(tmp_path) == []
    git("checkout", "-b", "mine")
    (tmp_path / "committed.py").write_text("new", encoding="utf-8")
    git("commit", "-a", "-m", "second")
    (tmp_path / "edited.py").write_text("new", encoding="utf-8")
    (tmp_path / "new.py").write_text("new", encoding="utf-8")
    assert quick.changed(tmp_path) == ["committed.py", "edited.py", "new.py"]
    assert quick.changed(tmp_path / "no repository") == []


def test_it_is_printed():
    call = [sys.executable, "-m", "tools", "quick"]
    done = subprocess.run(
        call, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[:2] == list(quick.ALWAYS)
