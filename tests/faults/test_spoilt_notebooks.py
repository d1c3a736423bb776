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


def nbval(content: nbformat.NotebookNode, path: Path) -> tuple[int, str]:
    """How `make test` runs a notebook: the exit code, and what it says."""
    nbformat.write(content, path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider",
         "--nbval-cell-timeout=600", "--rootdir", str(settings.project_root()), "-c",
         str(settings.project_root() / "pyproject.toml"), str(path)],
        capture_output=True, text=True, encoding="utf-8", check=False, cwd=settings.project_root(),
        env={**os.environ, "MNIST_REPORT_RECIPE": "fast"},
    )  # fmt: skip
    return done.returncode, done.stdout


def wrong_count(content: nbformat.NotebookNode) -> None:
    content.cells[1].outputs[0].text = "10001\n"


def exception(content: nbformat.NotebookNode) -> None:
    content.cells[0].source += "\nraise ValueError"


PLANTED = {"wrong count": wrong_count, "exception": exception}


@pytest.mark.parametrize("path", NOTEBOOKS[: budget(1, 99)], ids=lambda path: path.stem)
@pytest.mark.slow
def test_nbval_finds_a_planted_fault(tmp_path, tally: Tally, path):
    copy = tmp_path / path.name
    code, said = nbval(head(path), copy)
    assert code == 0, said
    assert "2 passed" in said
    for name, plant in PLANTED.items():
        content = head(path)
        plant(content)
        with tally.fault(f"notebook with a planted fault: {name}") as fault:
            code, said = nbval(content, copy)
            assert code == 1, said
            assert re.search(r"\d failed", said)
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
