"""Running notebooks: what is run, what is skipped, and what a failure says."""

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest
import run_samples
import warm
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.reporting.notebooks import execute as execution
from mnist_report.reporting.notebooks import files

COUNT = """
from pathlib import Path
runs = Path("runs.txt")
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
print(len(runs.read_text()))
"""


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch) -> Path:
    """No test sees the user's own runs."""
    folder = tmp_path / "results"
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(folder))
    monkeypatch.delenv("MNIST_REPORT_RECIPE", raising=False)
    return folder


@pytest.fixture
def warm_kernels(monkeypatch) -> None:
    """Where it is not the start of a kernel that is tested."""
    warm.kernels(monkeypatch)


def execute(source: Path, out: Path, **how) -> bool:
    """Run one notebook; was that needed?"""
    return bool([*execution.execute_all({source: out}, **how)])


def notebook(path: Path, *sources: str, text: str = "# A notebook", **metadata) -> Path:
    path.parent.mkdir(exist_ok=True)
    cells = [new_markdown_cell(text), *(new_code_cell(source) for source in sources)]
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    return path


def outputs(path: Path) -> list[str]:
    """What each code cell says, in however many parts, but for what goes to stderr.

    There matplotlib says, the first time on a machine, that it looks for fonts.
    """
    return [
        "".join(
            output.get("text") or output.data["text/plain"]
            for output in cell.outputs
            if output.get("name") != "stderr"
        )
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]


def test_a_notebook_runs_in_its_own_folder_with_our_settings(tmp_path, monkeypatch, results):
    monkeypatch.setenv("MNIST_REPORT_DATA", "data")
    monkeypatch.setenv("MPLBACKEND", "agg")
    source = notebook(
        tmp_path / "notebooks" / "a.ipynb",
        "import os, sys; from pathlib import Path; print(Path.cwd().name)",
        "print([os.environ[f'MNIST_REPORT_{name}'] for name in ('RECIPE', 'DATA', 'RESULTS')])",
        "print(sys.prefix)",
        "import matplotlib; print(matplotlib.get_backend())",
    )
    before = source.read_bytes()
    out = tmp_path / "build" / "a.ipynb"
    assert execute(source, out, recipe="fast") is True
    folder, variables, prefix, backend = (text.strip() for text in outputs(out))
    assert folder == "notebooks"
    assert variables == str(["fast", str(settings.data_dir()), str(results)])
    assert prefix == __import__("sys").prefix
    assert "inline" in backend
    assert source.read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["a.ipynb"]


@pytest.mark.usefixtures("warm_kernels")
def test_a_notebook_follows_the_data_set(tmp_path, monkeypatch, results):
    monkeypatch.setenv("MNIST_REPORT_DATASET", "kmnist")
    show = "from mnist_report.common import settings as s; print(s.dataset(), s.results_dir())"
    source = notebook(tmp_path / "a.ipynb", show)
    execute(source, tmp_path / "out.ipynb", recipe="fast")
    assert outputs(tmp_path / "out.ipynb") == [f"kmnist {results / 'kmnist'}\n"]


def test_other_data_have_a_report_of_their_own(monkeypatch):
    assert files.report_notebook("en").name == "report.en.ipynb"
    assert files.metadata_file().name == "metadata.yml"
    monkeypatch.setenv("MNIST_REPORT_DATASET", "kmnist")
    names = ["own-data.en.ipynb", "own-data.zh-CN.ipynb"]
    assert sorted(path.name for path in files.analysis_notebooks()) == names
    assert files.metadata_file().name == "own-data.yml"
    assert all(path.is_file() for path in (*files.analysis_notebooks(), files.metadata_file()))


def test_each_data_set_and_recipe_has_a_build_folder(monkeypatch):
    build = settings.project_root() / "report" / "build"
    monkeypatch.delenv("MNIST_REPORT_RECIPE", raising=False)
    assert files.build_folder() == build
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "fast")
    assert files.build_folder() == build / "fast"
    monkeypatch.setenv("MNIST_REPORT_DATASET", "kmnist")
    assert files.build_folder() == build / "kmnist" / "fast"


WITHOUT_RUN = {"depends_on_run": False}


@pytest.mark.usefixtures("warm_kernels")
def test_what_depends_on_no_run_is_there_for_every_recipe(tmp_path, monkeypatch, results):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    source = notebook(tmp_path / "notebooks" / "a.ipynb", "1", mnist_report=WITHOUT_RUN)
    other = notebook(tmp_path / "notebooks" / "b.ipynb", "1")
    needed = []
    for recipe in ("standard", "fast"):
        monkeypatch.setenv("MNIST_REPORT_RECIPE", recipe)
        needed.append([execute(path, files.executed_copy(path)) for path in (source, other)])
        run_samples.summary(recipe=recipe).write(results / f"{recipe}-s0" / "run.json")
    assert needed == [[True, True], [False, True]]
    execution.forget()
    assert not files.executed_copy(source).exists()


@pytest.mark.usefixtures("warm_kernels")
def test_a_notebook_that_asks_for_a_run_and_says_it_needs_none_is_told(tmp_path):
    asks = "from mnist_report import training; training.recipes.current()"
    source = notebook(tmp_path / "a.ipynb", asks, mnist_report=WITHOUT_RUN)
    told = pytest.raises(ReportError, match="take depends_on_run out of this notebook's metadata")
    with told:
        execute(source, tmp_path / "out.ipynb")


def test_the_longest_is_begun_first(tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(execution.kernels, "AT_ONCE", 1)
    monkeypatch.setattr(execution.kernels, "preload", lambda threads: None)
    monkeypatch.setattr(
        execution, "_run", lambda path, *_: begun.append(path.stem) or files.read(path)
    )
    sources = [notebook(tmp_path / f"{n}_a.ipynb", "1") for n in ("04", "05", "06")]
    list(execution.execute_all({path: tmp_path / "out" / path.name for path in sources}))
    assert begun == ["05_a", "04_a", "06_a"]


def test_the_first_notebooks_depend_on_no_run():
    found = {p.name[:2]: files.depends_on_run(files.read(p)) for p in files.analysis_notebooks()}
    assert [number for number, depends in found.items() if not depends] == ["01", "02"]


@pytest.mark.usefixtures("warm_kernels")
def test_a_table_says_its_name_beside_what_it_shows(tmp_path):
    """The check of hand-ins finds it by this, whatever the notebook's variables are called."""
    source = notebook(
        tmp_path / "a.ipynb",
        "import pandas as pd\nfrom mnist_report import tables",
        "tables.data_files({'train-images': 'sum'}).head(8)",
        "display(tables.pairs([], count=8))",
        "pd.DataFrame({'x': [1]})",
    )
    out = tmp_path / "out.ipynb"
    execute(source, out, recipe="fast")
    cells = [c for c in nbformat.read(out, as_version=4).cells if c.cell_type == "code"]
    shown = [output for cell in cells for output in cell.outputs if "data" in output]
    assert [output.metadata.get("text/html") for output in shown] == [
        {"table": {"name": "data_files"}},
        {"table": {"name": "pairs", "count": 8}},
        None,
    ]
    assert all("<table" in output.data["text/html"] for output in shown)


def test_threads_are_limited_unless_the_user_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    source = notebook(tmp_path / "a.ipynb", "import os; print(os.environ['OMP_NUM_THREADS'])")
    execute(source, tmp_path / "one.ipynb", threads=1)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    execute(source, tmp_path / "three.ipynb", threads=1)
    assert outputs(tmp_path / "one.ipynb") + outputs(tmp_path / "three.ipynb") == ["1\n", "3\n"]


@pytest.mark.usefixtures("warm_kernels")
def test_an_unchanged_notebook_is_not_run_again(tmp_path, results):
    source, out = notebook(tmp_path / "a.ipynb", COUNT), tmp_path / "out.ipynb"
    assert execute(source, out) is True
    assert execute(source, out) is False
    # New text is taken over without running anything.
    notebook(source, COUNT, text="# Another title")
    assert execute(source, out) is False
    assert nbformat.read(out, as_version=4).cells[0].source == "# Another title"
    assert outputs(out) == ["1\n"]
    # New code, another recipe and a new run each count.
    notebook(source, COUNT + "# new\n")
    assert execute(source, out) is True
    assert execute(source, out, recipe="fast") is True
    (results / "fast-s0").mkdir(parents=True)
    (results / "fast-s0" / "run.json").write_text("{}", encoding="utf-8")
    assert execute(source, out, recipe="fast") is True
    assert outputs(out) == ["4\n"]


@pytest.mark.usefixtures("warm_kernels")
def test_a_notebook_that_makes_its_run_is_not_run_again(tmp_path, results):
    (results / "fast-s0").mkdir(parents=True)
    make = f"from pathlib import Path; Path({str(results / 'fast-s0' / 'run.json')!r}).touch()"
    source, out = notebook(tmp_path / "a.ipynb", make), tmp_path / "out.ipynb"
    assert execute(source, out) is True
    assert execute(source, out) is False


@pytest.mark.usefixtures("warm_kernels")
def test_a_failing_cell_is_named_in_one_line(tmp_path):
    source = notebook(tmp_path / "a.ipynb", "1", "raise ValueError('first\\nsecond')", "2")
    out = tmp_path / "out.ipynb"
    with pytest.raises(ReportError) as caught:
        execute(source, out)
    assert str(caught.value) == "a.ipynb, cell [2]: ValueError: first second"
    assert not out.exists()


@pytest.mark.usefixtures("warm_kernels")
def test_our_own_errors_come_through(tmp_path):
    source = notebook(
        tmp_path / "04.ipynb",
        "from mnist_report.common.errors import MissingRunError\n"
        "raise MissingRunError('run 03 first')",
    )
    with pytest.raises(ReportError) as caught:
        execute(source, tmp_path / "out.ipynb")
    assert str(caught.value) == "04.ipynb, cell [1]: MissingRunError: run 03 first"


def test_a_dead_kernel_is_told(tmp_path):
    source = notebook(tmp_path / "a.ipynb", "import os; os._exit(1)")
    with pytest.raises(ReportError, match="the kernel died"):
        execute(source, tmp_path / "out.ipynb")


def test_an_endless_cell_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "CELL_TIME_OUT", 1)
    source = notebook(tmp_path / "a.ipynb", "import time; time.sleep(60)")
    with pytest.raises(ReportError, match="a cell ran for more than"):
        execute(source, tmp_path / "out.ipynb")


@pytest.mark.parametrize("content", ["", "{}", "not a notebook", json.dumps({"nbformat": 4})])
def test_what_is_no_notebook_is_told(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match="no notebook") as caught:
        execute(path, tmp_path / "out.ipynb")
    assert "\n" not in str(caught.value)


def test_a_missing_notebook_is_told(tmp_path):
    with pytest.raises(ReportError, match="Cannot read"):
        execute(tmp_path / "none.ipynb", tmp_path / "out.ipynb")


def test_written_back_notebooks_carry_no_digest(tmp_path):
    executed = new_notebook(
        cells=[new_code_cell("1", outputs=[new_output("stream", text="1")], execution_count=1)],
        metadata={execution.DIGEST: "abc", "lang": "en"},
    )
    nbformat.write(executed, tmp_path / "executed.ipynb")
    execution.write_back(tmp_path / "executed.ipynb", tmp_path / "a.ipynb")
    written = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    assert written.metadata == {"lang": "en"}
    assert written.cells == executed.cells


def test_a_foreign_kernel_of_the_same_name_is_not_used(tmp_path, monkeypatch):
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    foreign = {"argv": ["no-such-program"], "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(foreign), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    assert execute(notebook(tmp_path / "a.ipynb", "print(1)"), tmp_path / "out.ipynb")
    assert outputs(tmp_path / "out.ipynb") == ["1\n"]


@pytest.mark.usefixtures("warm_kernels")
def test_widgets_are_not_kept(tmp_path):
    """Without their kernel they would only show that one is missing."""
    source = notebook(
        tmp_path / "w.ipynb", "import ipywidgets\nipywidgets.Button(description='a')", "print(1)"
    )
    execute(source, tmp_path / "out.ipynb", recipe="fast")
    content = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [len(cell.outputs) for cell in content.cells[1:]] == [0, 1]
    assert "widgets" not in content.metadata


def several(folder: Path, *sources: str) -> dict[Path, Path]:
    """Notebooks, one a source, and their copies."""
    paths = [notebook(folder / f"{n}.ipynb", source) for n, source in enumerate(sources)]
    return {path: folder / f"out{path.name}" for path in paths}


def test_several_have_fresh_kernels_whose_imports_are_shared(tmp_path, results, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    look = (
        "import os, sys; print('torch' in sys.modules, 'matplotlib_inline.backend_inline' in "
        "sys.modules, os.environ['OMP_NUM_THREADS'], os.environ['MNIST_REPORT_RECIPE'], "
        "os.getcwd(), globals().get('mine')); mine = 1\n"
        "import torch, numpy as np; print(torch.get_num_threads(), np.random.rand())"
    )
    copies = several(tmp_path, look, look, look)
    assert sorted(execution.execute_all(copies, "fast")) == sorted(copies)
    said = ["".join(outputs(out)).splitlines() for out in copies.values()]
    share = max(1, (os.cpu_count() or 1) // 2)
    shared = sys.platform == "linux"
    assert {first for first, _ in said} == {f"{shared} False {share} fast {tmp_path} None"}
    assert len({second for _, second in said}) == 3, "each begins with random numbers of its own"
    assert {second.split()[0] for _, second in said} == {str(share)}
    assert list(execution.execute_all(copies, "fast")) == []


def test_figures_of_several_are_those_of_one(tmp_path, results):
    """The backend sets up each kernel, and the fonts and sizes are ours."""
    draw = "import matplotlib.pyplot as plt\nfrom mnist_report import figures\nfigures.use_style()"
    draw += "\nplt.plot([1, 2])\nplt.show()"
    wide = "\nimport pandas as pd\nprint(pd.DataFrame([range(15)], columns=['c' * 12] * 15))"
    copies = several(tmp_path, draw + wide, draw + wide)
    assert len(list(execution.execute_all(copies))) == 2
    alone = tmp_path / "alone.ipynb"
    execute(next(iter(copies)), alone)
    pictures, tables = [], set()
    for path in (alone, *copies.values()):
        (cell,) = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        pictures += [output.data["image/png"] for output in cell.outputs if "data" in output]
        tables |= {output.text for output in cell.outputs if output.output_type == "stream"}
    assert len(tables) == 1  # whole, as pandas prints it outside of a terminal
    assert len(pictures) == 3
    assert len(set(pictures)) == 1


def test_what_fails_among_several_is_named_and_no_other_begins(tmp_path, results):
    written = "from pathlib import Path; Path('begun').touch()"
    copies = several(tmp_path, "1 / 0", "import time; time.sleep(2)", written)
    with pytest.raises(ReportError, match=r"0.ipynb, cell \[1\]: ZeroDivisionError"):
        list(execution.execute_all(copies))
    out = several(tmp_path, "import os; os._exit(3)", "1")
    with pytest.raises(ReportError, match=r"0.ipynb: the kernel died"):
        list(execution.execute_all(out))
