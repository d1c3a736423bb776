"""The committed notebooks: whole, in order, and with no output that every run would change."""

import re

import nbformat
import pytest
import warm

from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.reporting.notebooks import execute as execution
from mnist_report.reporting.notebooks import files

NAMES = (
    "01_data_exploration",
    "02_preprocessing",
    "03_cnn_training",
    "04_evaluation",
    "05_reliability",
)
CHECKED = "nbval-check-output"
ENGLISH = files.analysis_notebooks()
CHINESE = [path.parent / "zh-CN" / path.name for path in ENGLISH]
SAYS = {"notebooks": ("In this notebook", "learn"), "zh-CN": ("在这个笔记本中", "学到")}
REPORTS = [files.report_notebook(language) for language in ("zh-CN", "en")]
LONGEST = 12  # lines of a code cell other than the imports
LARGEST = 3e6  # bytes of a notebook with its figures

# Paths of somebody's machine, which would also tell on whoever ran the notebook.
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|Users|root|tmp|work|private|mnt)/|\b[A-Z]:\\\\")
WITHOUT_MEANING = re.compile(r"<Figure|<Axes|\bat 0x[0-9a-f]+|<\w+\.\w+ object")


def read(path):
    return nbformat.read(path, as_version=4)


def code(content):
    return [cell for cell in content.cells if cell.cell_type == "code"]


def texts(content):
    """All output that is text, with the number of its cell."""
    for number, cell in enumerate(code(content), start=1):
        for output in cell.outputs:
            yield number, output.get("text", "")
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield number, value


def name_of(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(params=[*ENGLISH, *CHINESE], ids=name_of)
def path(request):
    return request.param


@pytest.fixture
def content(path):
    return read(path)


def test_the_notebooks_are_there():
    assert tuple(path.stem for path in ENGLISH)[: len(NAMES)] == NAMES


def test_cells_were_run_once_and_in_order(content):
    counts = [cell.execution_count for cell in code(content)]
    assert counts == list(range(1, len(counts) + 1))


def test_the_kernel_is_everybodys(content):
    assert content.metadata.kernelspec.name == "python3"


def test_checked_cells_have_outputs(content):
    checked = [cell for cell in code(content) if CHECKED in cell.metadata.get("tags", [])]
    assert [cell.source for cell in checked if not cell.outputs] == []


def test_cells_with_exact_outputs_are_checked():
    cells = [cell for path in ENGLISH for cell in code(read(path))]
    assert sum(CHECKED in cell.metadata.get("tags", []) for cell in cells) >= 4


def test_marks_for_nbval_are_tags_that_it_knows(content):
    for cell in content.cells:
        assert "NBVAL_" not in cell.source
        marks = {tag for tag in cell.metadata.get("tags", []) if tag.startswith("nbval")}
        assert marks <= {CHECKED}


def test_no_errors_no_stderr_no_widgets(content):
    for number, cell in enumerate(code(content), start=1):
        for output in cell.outputs:
            assert output.output_type != "error", f"cell [{number}]"
            assert output.get("name") != "stderr", f"cell [{number}]"
            kinds = set(output.get("data", {}))
            assert not {kind for kind in kinds if "widget" in kind}, f"cell [{number}]"
            assert "image/svg+xml" not in kinds, f"cell [{number}]: nbval compares SVG's dates"


def test_no_output_is_an_object_without_meaning(content):
    found = [(number, text) for number, text in texts(content) if WITHOUT_MEANING.search(text)]
    # A figure's text alternative stands beside its picture; only one by itself is a slip.
    assert [number for number, text in found if not _beside_picture(content, number, text)] == []


def _beside_picture(content, number, text):
    outputs = code(content)[number - 1].outputs
    return any(
        "image/png" in output.get("data", {}) and output.data.get("text/plain") == text
        for output in outputs
        if output.output_type == "display_data"
    )


@pytest.mark.parametrize("path", [*ENGLISH, *CHINESE, *REPORTS], ids=name_of)
def test_no_paths_of_somebodys_machine(path):
    content = read(path)
    found = [number for number, text in texts(content) if MACHINE_PATH.search(text)]
    assert found == []
    assert [cell.source for cell in content.cells if MACHINE_PATH.search(cell.source)] == []


def test_nothing_is_kept_that_differs_between_runs(content):
    assert execution.DIGEST not in content.metadata
    assert [cell for cell in content.cells if "execution" in cell.metadata] == []


def test_it_says_what_it_does_and_what_was_learnt(path, content):
    opening, closing = SAYS[path.parent.name]
    first, last = content.cells[0], content.cells[-1]
    assert first.cell_type == last.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert opening in first.source
    assert re.search(rf"^## .*{closing}", last.source, re.MULTILINE | re.IGNORECASE)


def test_cells_are_short(content):
    _, *cells = (cell for cell in code(content) if cell.id != "language")  # the imports may be long
    assert [cell.source for cell in cells if cell.source.count("\n") >= LONGEST] == []


def test_it_is_small(path):
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("name", ["04_evaluation", "05_reliability"])
def test_evaluation_before_training_says_what_to_run_first(monkeypatch, tmp_path, name):
    warm.kernels(monkeypatch)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    notebook = settings.project_root() / "notebooks" / f"{name}.ipynb"
    with pytest.raises(ReportError, match="03_cnn_training") as caught:
        list(execution.execute_all({notebook: tmp_path / "out.ipynb"}, recipe="fast"))
    assert "\n" not in str(caught.value)
