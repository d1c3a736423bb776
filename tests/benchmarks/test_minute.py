"""The times of the steps of `build`, on a program that stands in for ours."""

import json

import pytest

from benchmarks import minute

PROGRAM = """
import os, sys, time
print("Data …"); time.sleep(0.2); print("  done (0.2 s)")
print(f"Training {os.environ['MNIST_REPORT_RECIPE']} …"); time.sleep(0.1)
if "fail" in sys.argv:
    sys.exit(3)
print("Data …"); time.sleep(0.1)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "mnist_report").mkdir()
    (tmp_path / "mnist_report" / "__init__.py").touch()
    (tmp_path / "mnist_report" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def test_each_step_has_its_seconds(project):
    found = minute.timed(project, "mine", "build")
    assert list(found) == ["Data", "Training mine", "whole"]
    assert 0.1 <= found["Training mine"] < found["Data"] < found["whole"]
    assert found["Data"] + found["Training mine"] == pytest.approx(found["whole"], abs=0.03)


def test_what_fails_is_not_timed(project):
    with pytest.raises(SystemExit, match="fail failed with exit code 3"):
        minute.timed(project, "mine", "fail")


def test_only_prose_is_changed(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [{"cell_type": kind, "source": ["x"]} for kind in ("markdown", "markdown", "code")]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    minute.change_prose(path)
    sources = [cell["source"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert sources == [["x"], "x\n\nOne more sentence.", ["x"]]
