"""Notebooks of a hand-in: order, errors, staleness, tables."""

import ast
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_report.checking import notebooks
from mnist_report.checking.expected import TABLES
from mnist_report.checking.handin import HandIn, UnfitFileError
from mnist_report.checking.verdict import State
from mnist_report.common.settings import project_root
from mnist_report.reporting import tables
from mnist_report.reporting.tables.naming import Name

TABLE = pd.DataFrame({"value": ["99.65%", "35"]}, index=["accuracy", "errors"])


class Known:
    """Stands for `Expected`: one table, of the name `scores`."""

    def __init__(self, table: pd.DataFrame, run: str) -> None:
        self.made, self.run = table, SimpleNamespace(folder=Path(run))

    def table(self, name: Name | None) -> pd.DataFrame | None:
        return self.made if name and name.name == "scores" else None


NAMED = {"text/html": {"table": {"name": "scores"}}}


def write(path, counts, table=TABLE, last="scores", outputs=(), metadata=NAMED):
    html = new_output("display_data", {"text/html": table.to_html()}, metadata=metadata)
    cells = [new_code_cell(f"x = {k}", execution_count=n) for k, n in enumerate(counts[:-1])]
    cells.append(new_code_cell(last, execution_count=counts[-1], outputs=[html, *outputs]))
    notebook = new_notebook(cells=[new_markdown_cell("Words"), new_code_cell(""), *cells])
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def check(root, *tables):
    known = [Known(t, f"run-s{k}") for k, t in enumerate(tables)]
    return list(notebooks.check(HandIn(root), lambda _: known))


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
    assert check(tmp_path / "notebooks")[0].state is State.MISSING


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
    assert check(tmp_path, altered.replace("%", " %"))[0].state is State.AGREES  # spaces are none


@pytest.mark.parametrize("last", ["tables.scores(result['test'])", "tables.scores(mine)", "x"])
def test_a_table_is_found_however_its_cell_is_written(tmp_path, last):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2], table=altered, last=last)
    (finding,) = check(tmp_path, TABLE)
    assert finding.text == "cell 2 shows 99.85%, must be 99.65%"


@pytest.mark.parametrize(
    "metadata",
    [{}, {"text/html": {}}, {"text/html": {"table": "scores"}}, {"text/html": "table"},
     {"text/html": {"table": {"name": 5}}}, {"text/html": {"table": {"name": "none"}}}],
)  # fmt: skip
def test_a_table_without_our_name_is_told_and_not_compared(tmp_path, metadata):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "notebooks" / "x.ipynb", [1, 2], table=altered, metadata=metadata)
    (finding,) = check(tmp_path, TABLE)
    assert finding.state is State.AGREES
    assert finding.text == "2 cells, run in order; 1 tables not compared"


def test_tables_of_data_of_ones_own_are_not_those_of_a_run(tmp_path):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "report/build/notebooks/own-data.en.ipynb", [1, 2], table=altered)
    (finding,) = check(tmp_path, TABLE)
    assert finding.text == "2 cells, run in order; 1 tables not compared"


@pytest.mark.parametrize(
    ("run", "state"),
    [("run-s0", State.DIFFERS), ("run-s1", State.AGREES), (None, State.AGREES),
     ("gone-s0", State.MISSING)],
)  # fmt: skip
def test_a_table_is_held_against_the_run_that_made_it(tmp_path, run, state):
    altered = TABLE.replace("99.65%", "98.69%")
    table = {"name": "scores"} | ({"run": run} if run else {})
    named = {"text/html": {"table": table}}
    write(tmp_path / "notebooks/08_mine.ipynb", [1, 2], table=altered, metadata=named)
    (finding,) = check(tmp_path, TABLE, altered)
    assert finding.state is state
    assert ("gone-s0, which is not in results/" in finding.text) == (run == "gone-s0")


def test_a_table_beside_one_of_an_absent_run_may_be_of_that_run(tmp_path):
    other = pd.DataFrame({"value": ["convolution"]}).to_html()
    outputs = [new_output("display_data", {"text/html": other}, metadata=NAMED)]
    gone = {"text/html": {"table": {"name": "scores", "run": "gone-s0"}}}
    for metadata, state in ((gone, State.MISSING), (NAMED, State.DIFFERS)):
        write(tmp_path / "notebooks/08_mine.ipynb", [1, 2], outputs=outputs, metadata=metadata)
        (finding,) = check(tmp_path, TABLE)
        assert finding.state is state


def test_a_table_of_a_recorded_study_needs_no_run(tmp_path):
    """Notebook 07 shows what was recorded with `standard`, whatever recipe a student works on."""
    named = {"text/html": {"table": {"name": "disturbances", "run": "gone-s0"}}}
    write(tmp_path / "notebooks/07_mine.ipynb", [1, 2], metadata=named)
    (finding,) = check(tmp_path, TABLE)
    assert finding.state is State.AGREES
    assert finding.text == "2 cells, run in order; 1 tables not compared"


def test_an_executed_copy_speaks_for_the_notebook_and_must_have_its_code(tmp_path):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2], table=altered)
    write(tmp_path / "report/build/notebooks" / "04_evaluation.ipynb", [1, 2])
    assert [finding.state for finding in check(tmp_path, TABLE)] == [State.AGREES] * 2
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [None, None])
    assert [finding.state for finding in check(tmp_path, TABLE)] == [State.AGREES] * 2
    write(tmp_path / "report/build/notebooks" / "04_evaluation.ipynb", [1, 2], last="my_scores")
    assert check(tmp_path)[1].text.startswith("it was run with other code than notebooks/04_")


def test_notebooks_in_chinese_are_checked_as_the_english_ones(tmp_path):
    altered = TABLE.replace("99.65%", "99.85%")
    write(tmp_path / "notebooks/zh-CN/04_evaluation.ipynb", [1, 2], table=altered)
    (finding,) = check(tmp_path, TABLE)
    assert finding.subject == "notebooks/zh-CN/04_evaluation.ipynb"
    assert finding.text == "cell 2 shows 99.85%, must be 99.65%"
    write(tmp_path / "report/build/notebooks/zh-CN/04_evaluation.ipynb", [1, 2], table=altered)
    own, built = check(tmp_path, TABLE)
    assert (own.state, built.state) == (State.AGREES, State.DIFFERS)
    write(tmp_path / "notebooks/zh-CN/04_evaluation.ipynb", [1, 2], last="other")
    assert "other code than notebooks/zh-CN/04_" in check(tmp_path, TABLE)[1].text


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
    "pixel_statistics",
    "shapes",
    "robustness",
    "origins",
    "digits",
    "disturbances",
    "mnist_c",
    "shift",
}


def test_a_table_of_ours_is_checked_or_known_not_to_be():
    """Every table function gives its tables names, and each name is known here."""
    made = {name for name in tables.__all__ if hasattr(getattr(tables, name), "__wrapped__")}
    assert made == set(tables.__all__) - {"words"}
    assert made == set(TABLES) | NOT_CHECKED


def test_notebooks_show_our_tables_as_they_were_made():
    """What is made of a table afterwards, such as other columns, would not agree with ours."""
    ours = [*project_root().glob("notebooks/0*.ipynb"), *project_root().glob("report/*.ipynb")]
    last = [
        ast.parse(cell.source).body[-1]
        for path in ours
        for cell in notebooks.code(nbformat.read(path, as_version=4))
    ]
    shown = [ast.unparse(line) for line in last if ast.unparse(line).startswith("tables.")]
    assert len(shown) > 40
    calls = [ast.parse(call.removesuffix(".head(8)")).body[0].value for call in shown]
    named = {call.func.attr for call in calls}
    assert set(TABLES) <= named <= set(TABLES) | NOT_CHECKED


def test_a_translated_notebook_need_not_be_run_beside_the_english_one(tmp_path):
    write(tmp_path / "notebooks" / "zh-CN" / "04_evaluation.ipynb", [None, None])
    (alone,) = check(tmp_path, TABLE)
    assert alone.state is State.MISSING
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2])
    assert {one.state for one in check(tmp_path, TABLE)} == {State.AGREES}


def test_tables_of_a_run_where_there_are_no_runs_are_not_compared(tmp_path):
    named = {"text/html": {"table": {"name": "scores", "run": "run-s0"}}}
    write(tmp_path / "notebooks" / "04_evaluation.ipynb", [1, 2], metadata=named)
    (finding,) = check(tmp_path)
    assert finding.state is State.AGREES
