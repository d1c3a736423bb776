"""nbval cannot pass vacuously: a fault planted in a copy of a notebook is found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import test_notebooks as committed
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tally import Tally, budget

from mnist_report.common import settings
from mnist_report.reporting.notebooks import files

NOTEBOOKS = files.analysis_notebooks()
SHORT = 6  # code cells of a copy, at most: enough to import, and to look at the data


def head(path: Path) -> nbformat.NotebookNode:
    """The notebook's imports, and a checked cell that says what data there are."""
    content = nbformat.read(path, as_version=4)
    first = committed.code(content)[0]
    first.outputs, first.execution_count = [], 1
    checked = new_code_cell(
        "from mnist_report import datasets\nprint(len(datasets.load().test_labels))",
        execution_count=2,
        outputs=[new_output("stream", name="stdout", text="10000\n")],
        metadata={"tags": [committed.CHECKED]},
    )
    return new_notebook(cells=[first, checked], metadata=content.metadata)


def nbval(folder: Path) -> subprocess.CompletedProcess:
    """Run all notebooks of a folder as `make test` runs one."""
    root = settings.project_root()
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-p", "conftest",
         "-rA", "--nbval-cell-timeout=600", "--rootdir", folder, "-c", root / "pyproject.toml", folder],
        capture_output=True, text=True, encoding="utf-8", check=False, cwd=root,
        env={**os.environ, "MNIST_REPORT_RECIPE": "fast"},
    )  # fmt: skip


def exception(content: nbformat.NotebookNode) -> None:
    content.cells[0].source += "\nraise ValueError"


def wrong_count(content: nbformat.NotebookNode) -> None:
    content.cells[1].outputs[0].text = "10001\n"


PLANTED = {"exception": exception, "wrong count": wrong_count}  # each in a cell of its own


@pytest.mark.parametrize("path", NOTEBOOKS[: budget(1, 99)], ids=lambda path: path.stem)
@pytest.mark.slow
def test_nbval_finds_a_planted_fault(tmp_path, tally: Tally, path):
    nbformat.write(content := head(path), tmp_path / "sound.ipynb")
    for plant in PLANTED.values():
        plant(content)
    nbformat.write(content, tmp_path / "spoilt.ipynb")
    done = nbval(tmp_path)
    lines = re.findall(r"^(PASSED|FAILED) .*?(\w+)\.ipynb::Cell (\d)", done.stdout, re.M)
    became = {(name, int(cell)): state for state, name, cell in lines}
    assert len(became) == 4, done.stdout
    assert [became["sound", cell] for cell in range(2)] == ["PASSED"] * 2, done.stdout
    for cell, name in enumerate(PLANTED):
        with tally.fault(f"notebook with a planted fault: {name}") as fault:
            assert done.returncode == 1, done.stdout
            assert became["spoilt", cell] == "FAILED", done.stdout
            fault.refusal = "found"


def check(test, content: nbformat.NotebookNode) -> bool:
    """Whether a test of the committed notebooks finds something."""
    try:
        test(content)
    except AssertionError:
        return True
    return False


def removed_output(content: nbformat.NotebookNode) -> None:
    checked = [
        c for c in committed.code(content) if committed.CHECKED in c.metadata.get("tags", [])
    ]
    cells = checked or committed.code(content)
    for cell in cells:
        cell.outputs = []
    if not checked:  # then it is the counts that tell of a notebook that was stripped
        cells[-1].execution_count = None


def out_of_order(content: nbformat.NotebookNode) -> None:
    cells = committed.code(content)
    cells[0].execution_count, cells[1].execution_count = 2, 1


def stored_error(content: nbformat.NotebookNode) -> None:
    committed.code(content)[-1].outputs = [new_output("error", ename="E", evalue="v", traceback=[])]


STATIC = (
    committed.test_checked_cells_have_outputs,
    committed.test_cells_were_run_once_and_in_order,
    committed.test_no_errors_no_stderr_no_widgets,
)


@pytest.mark.parametrize("plant", [removed_output, out_of_order, stored_error])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_tests_of_the_notebooks_find_a_planted_fault(tally, path, plant):
    content = nbformat.read(path, as_version=4)
    assert not any(check(test, content) for test in STATIC)
    plant(content)
    with tally.fault(f"notebook with a planted fault: {plant.__name__.replace('_', ' ')}") as fault:
        assert any(check(test, content) for test in STATIC)
        fault.refusal = "found"
