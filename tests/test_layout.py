"""The package's own rules: which room may import which, sizes, and what importing costs."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from mnist_report.common import settings

ROOT = settings.project_root()
FILES = sorted(
    path for name in ("mnist_report", "notebook_report") for path in (ROOT / name).rglob("*.py")
)

# From the ground up. A room imports from itself and from lines above its own.
ROOMS = (
    ("common",),
    ("datasets",),
    ("training",),
    ("evaluation",),
    ("studies", "handwriting"),
    ("figures",),
    ("reporting",),
    ("checking",),
    ("cli",),
)
EXPORTS = {"figures", "reporting", "checking", "cli"}  # what may know of notebook_report


def module(path: Path) -> str:
    """mnist_report/figures/style.py → mnist_report.figures.style"""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES}


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            # In a module or in a face, one dot is the folder that it lies in.
            near = ".".join(path.relative_to(ROOT).parts[: -node.level]) if node.level else ""
            source = ".".join(filter(None, (near, node.module)))
            names = [f"{source}.{name.name}" for name in node.names]
            found |= {name if name in MODULES else source for name in names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if name in MODULES}


GRAPH = {name: imported(path) - {name} for name, path in MODULES.items()}


def room(name: str) -> str:
    """mnist_report.figures.style → figures"""
    return ([*name.split("."), ""])[1]


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(ROOMS) if room(name) in rooms)


INSIDE = [name for name in MODULES if name.startswith("mnist_report.") and room(name) != "__main__"]


def test_the_graph_is_read():
    assert "mnist_report.common.settings" in GRAPH["mnist_report.datasets.mnist"]
    assert "mnist_report.cli.pipeline" in GRAPH["mnist_report.cli.commands"]
    assert "mnist_report.figures.style" in GRAPH["mnist_report.figures.training"]
    assert "mnist_report.evaluation.metrics" in GRAPH["mnist_report.evaluation.evaluate"]


def test_only_rooms_stand_in_the_house():
    files = {path.name for path in (ROOT / "mnist_report").glob("*.py")}
    assert files == {"__init__.py", "__main__.py"}
    assert {room(name) for name in INSIDE} == {name for rooms in ROOMS for name in rooms}


def test_imports_go_in_no_circle():
    files = {
        name: {other for other in imports if MODULES[other].name != "__init__.py"}
        for name, imports in GRAPH.items()
    }
    TopologicalSorter(files).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", INSIDE)
def test_imports_go_down_the_stairs(name):
    ours = [other for other in GRAPH[name] if other in INSIDE and room(other) != room(name)]
    assert [other for other in ours if floor(other) >= floor(name)] == []


@pytest.mark.parametrize("name", INSIDE)
def test_the_exporter_is_known_where_documents_are_made(name):
    exporter = [other for other in GRAPH[name] if other.startswith("notebook_report")]
    assert exporter == [] or room(name) in EXPORTS


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("notebook_report")])
def test_the_exporter_stands_alone(name):
    assert [other for other in GRAPH[name] if other.startswith("mnist_report")] == []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_modules_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", FILES, ids=str)
def test_text_files_name_their_encoding(path):
    """Windows in Chinese defaults to GBK, on which a report in UTF-8 breaks."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in {"read_text", "write_text"}:
            assert "encoding" in {word.arg for word in node.keywords}, f"line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_package_never_prints(path):
    names = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Name) and node.id == "print"]  # fmt: skip
    assert names == []


TORCH = {"torch", "torchvision"}
REPORTING = {"matplotlib", "seaborn", "sklearn", "scipy", "nbconvert", "nbformat"}
HEAVY = TORCH | REPORTING | {"pandas", "numpy"}


@pytest.mark.parametrize(
    ("name", "heavy"),
    [
        ("mnist_report", HEAVY),
        ("mnist_report.cli", HEAVY),
        ("mnist_report.common.settings", HEAVY),
        ("mnist_report.studies.worker", REPORTING),  # every worker of a study begins with it
        # As most notebooks and commands do.
        ("mnist_report.figures, mnist_report.checking.project", {"torchvision", "sklearn", "lark"}),
    ],
)
def test_importing_is_light(name, heavy):
    code = f"import sys, {name}; print(*({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert answer.stdout.split() == []
