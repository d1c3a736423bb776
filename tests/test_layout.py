"""The package's own rules: which module may import which, sizes, and what importing costs."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from mnist_report import settings

PACKAGE = settings.project_root() / "mnist_report"
FILES = sorted(PACKAGE.rglob("*.py"))

# From the bytes to the report: a module imports only from its own line or from lines above it.
LAYERS = (
    ("errors", "settings", "files", "json_files", "pictures", "export"),
    ("allocator", "devices"),
    ("notebook_files", "passages"),
    ("sources", "preprocessing"),
    ("labels", "labels_classes", "labels_evaluation", "labels_handwriting", "labels_studies"),
    ("classes",),
    ("collection",),
    ("named", "folders"),
    ("dataset",),
    ("networks", "own_network", "models", "statistics", "exploration", "published", "logits"),
    ("calibration", "rejection", "label_audit", "pairs", "paired_tests", "corruptions"),
    ("recipe_checks", "recipe_files", "provenance"),
    ("recipes",),
    ("results", "checkpoints", "optimisation"),
    ("fitting",),
    ("training", "evaluation"),
    ("study_jobs",),
    ("handwriting",),
    ("robustness", "second_hand", "baselines", "attribution"),
    ("comparison", "faults", "estimates"),
    ("grids",),
    ("study_record", "ablation", "scaling"),
    ("studies",),
    ("figures", "tables", "evaluation_tables", "handwriting_tables"),
    ("exploration_tables",),
    ("report_values", "reliability_values", "study_report", "readme"),
    ("study_values",),
    ("dependencies",),
    ("running", "doctor", "predicting", "widgets"),
    ("translation", "gallery"),
    ("steps", "failures", "checking", "cli_options"),
    ("cli",),
    ("__main__",),
)


def module(path: Path) -> str:
    """mnist_report/figures/style.py → figures.style"""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in FILES if module(path) != "__init__"}


def imported(path: Path) -> set[str]:
    """The package's modules that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            within = node.module.removeprefix(PACKAGE.name).removeprefix(".")
            names = [f"{within}.{name.name}".removeprefix(".") for name in node.names]
            found |= {name if name in MODULES else within for name in names}
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names if name.name.startswith(f"{PACKAGE.name}.")]
            found |= {name.removeprefix(f"{PACKAGE.name}.") for name in names}
    return found - {""}


GRAPH = {name: imported(path) for name, path in MODULES.items()}


def layer(name: str) -> int:
    top = name.split(".", maxsplit=1)[0]
    return next(number for number, names in enumerate(LAYERS) if top in names)


def test_the_graph_is_read():
    assert {"settings", "errors", "sources"} <= GRAPH["dataset"]
    assert "steps" in GRAPH["cli"]


def test_imports_go_in_no_circle():
    TopologicalSorter(GRAPH).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_data(name):
    assert [other for other in GRAPH[name] if layer(other) > layer(name)] == []


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("export")])
def test_export_stands_alone(name):
    assert {other.split(".")[0] for other in GRAPH[name]} <= {"export"}


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
        ("mnist_report.settings", HEAVY),
        ("mnist_report.study_jobs", REPORTING),  # every worker of a study begins with it
    ],
)
def test_importing_is_light(name, heavy):
    code = f"import sys, {name}; print(*({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert answer.stdout.split() == []
