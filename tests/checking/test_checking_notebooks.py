"""Notebooks of a hand-in: order, errors, staleness, tables."""

import re

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_report.checking import notebooks
from mnist_report.checking.expected import LANGUAGE, TABLES
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import State
from mnist_report.common.settings import project_root

TABLE = pd.DataFrame({"value": ["99.65%", "35"]}, index=["accuracy", "errors"])


class Known:
    """Stands for `Expected`: one table, of the cell that ends in `scores`."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.made = table

    def table(self, source: str) -> pd.DataFrame | None:
        return self.made if source.endswith("scores") else None


def write(path, counts, table=TABLE, last="scores", outputs=()):
    html = new_output("display_data", {"text/html": table.to_html()})
    cells = [new_code_cell(f"x = {k}", execution_count=n) for k, n in enumerate(counts[:-1])]
    cells.append(new_code_cell(last, execution_count=counts[-1], outputs=[html, *outputs]))
    notebook = new_notebook(cells=[new_markdown_cell("Words"), new_code_cell(""), *cells])
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def check(root, *tables):
    return notebooks.check(HandIn(root), lambda language: [Known(table) for table in tables])


def test_run_in_order_with_our_table(tmp_path):
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2, 3])
    (finding,) = check(tmp_path, TABLE)
    assert finding.state is State.AGREES
    assert finding.text == "3 cells, run in order, 1 tables as the results have them"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1, 3, 2], "cell 2 of 3 (“x = 1”) was run as number 3"),
        ([4, 5, 6], "cell 1 of 3 (“x = 0”) was run as number 4"),
        ([1, None, 2], "cell 2 of 3 (“x = 1”) was not run"),
    ],
)
def test_run_out_of_order(tmp_path, counts, said):
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", counts)
    (finding,) = check(tmp_path)
    assert (finding.state, finding.text) == (State.DIFFERS, said)


def test_not_run(tmp_path):
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [None, None])
    assert check(tmp_path)[0].state is State.MISSING
    assert notebooks.check(HandIn(tmp_path / "notebooks"), list)[0].state is State.MISSING


def test_an_error_in_an_output(tmp_path):
    error = new_output("error", ename="ValueError", evalue="no\nway", traceback=[])
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2], outputs=[error])
    (finding,) = check(tmp_path)
    assert finding.text == "cell 2 stopped with ValueError: no way"


def test_a_table_with_another_number(tmp_path):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2], table=altered)
    (finding,) = check(tmp_path, TABLE)
    assert finding.text == "cell 2 shows 99.85%, must be 99.65%"
    assert check(tmp_path, TABLE, altered)[0].state is State.AGREES  # of another run of theirs


def test_an_executed_copy_speaks_for_the_notebook_and_must_have_its_code(tmp_path):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2], table=altered)
    write(tmp_path / "report/build/notebooks" / "04_evaluation.ipynb", [1, 2])
    assert [finding.state for finding in check(tmp_path, TABLE)] == [State.AGREES] * 2
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [None, None])
    assert [finding.state for finding in check(tmp_path, TABLE)] == [State.AGREES] * 2
    write(tmp_path / "report/build/notebooks" / "04_evaluation.ipynb", [1, 2], last="my_scores")
    assert check(tmp_path)[1].text.startswith("it was run with other code than notebooks/04_")


def test_the_project_s_own_notebook_is_known(tmp_path):
    name = "notebooks/01_data_exploration.ipynb"
    (tmp_path / "notebooks").mkdir()
    (tmp_path / name).write_bytes((project_root() / name).read_bytes())
    (finding,) = check(tmp_path)
    assert finding.state is State.AGREES
    assert "as it came" in finding.text


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{"cells": 5, "nbformat": 4}'])
def test_what_is_no_notebook(tmp_path, text):
    path = tmp_path / "notebooks" / "x.ipynb"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnfitFileError, match=r"x\.ipynb is no notebook"):
        notebooks.read(path)
    assert check(tmp_path)[0].state is State.DIFFERS


# Of these the check makes nothing itself: they need what a run does not store, or a photo.
NOT_CHECKED = {
    "tables.pixel_statistics(statistics_of_pixels)",
    "tables.shapes(shapes)",
    "tables.robustness(by_run[run.recipe.name])",
    "study_report.origins(records)",
    "tables.digits(reading).head(8)",
    "tables.disturbances(record)",
    "tables.network(models.summarise(run.model()))",
}


def test_a_table_of_ours_is_checked_or_known_not_to_be():
    """A cell that is written otherwise would drop out of the check without a word."""
    ours = [
        *project_root().glob("notebooks/0*.ipynb"),
        *project_root().glob("report/report.*.ipynb"),
    ]
    shown = {
        LANGUAGE.sub("", cell.source.strip().rsplit("\n", 1)[-1])
        for path in ours
        for cell in notebooks.code(nbformat.read(path, as_version=4))
    }
    calls = {
        line
        for line in shown
        if re.match(r"(\w+_)?tables\.|study_report\.\w*(table|origins)", line)
    }
    assert calls == set(TABLES) | NOT_CHECKED
