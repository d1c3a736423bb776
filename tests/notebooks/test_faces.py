"""What notebooks take from the package: one import of few names, all of which exist."""

import ast
import importlib
import json
from functools import reduce
from pathlib import Path

import pytest

from mnist_report.common import settings

ROOT = settings.project_root()
ANALYSIS, REPORTS = ROOT / "notebooks", ROOT / "report"
PATHS = sorted([*ANALYSIS.rglob("*.ipynb"), *REPORTS.glob("*.ipynb")])
FEW = {ANALYSIS: 5, REPORTS: 6}


def tree(path: Path) -> ast.Module:
    """The code of all cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return ast.parse("\n".join(code))


def faces(code: ast.Module) -> list[str]:
    imports = [node for node in ast.walk(code) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if (node.module or "").split(".")[0] == "mnist_report"]
    assert {node.module for node in ours} == {"mnist_report"}
    return [name.name for node in ours for name in node.names]


def dotted(node: ast.expr) -> list[str]:
    """tables.words → ["tables", "words"]; nothing for what is no chain of names."""
    if isinstance(node, ast.Name):
        return [node.id]
    above = dotted(node.value) if isinstance(node, ast.Attribute) else []
    return [*above, node.attr] if above else []


def face(name: str) -> object:
    """What `from mnist_report import name` gives."""
    package = importlib.import_module("mnist_report")
    if hasattr(package, name):
        return getattr(package, name)
    return importlib.import_module(f"mnist_report.{name}")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_few_names(path):
    most = next(count for folder, count in FEW.items() if folder in path.parents)
    assert 1 <= len(faces(tree(path))) <= most


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_name_taken_from_a_face_exists(path):
    code = tree(path)
    ours = {name: face(name) for name in faces(code)}
    for node in ast.walk(code):
        chain = dotted(node) if isinstance(node, ast.Attribute) else []
        if chain and chain[0] in ours:
            reduce(getattr, chain[1:3], ours[chain[0]])  # raises if one is missing
