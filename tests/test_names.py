"""Names and docstrings of both packages: the field's words, typed borders, a small house."""

import ast
import re

import pytest

from mnist_report.common import settings

ROOT = settings.project_root()
FILES = sorted(
    path for name in ("mnist_report", "notebook_report") for path in (ROOT / name).rglob("*.py")
)
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
QUESTIONS = {"What", "Whether", "Where", "How", "Is", "Are", "Can", "Does", "When", "Which"}
NAMELESS = re.compile(r"(?:dict|Mapping)\[str, Any\]")


@pytest.mark.parametrize("path", FILES, ids=str)
def test_docstrings_begin_with_a_verb_or_a_noun(path):
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    texts = [ast.get_docstring(node) for node in ast.walk(TREES[path]) if isinstance(node, kinds)]
    firsts = [text.split()[0].strip("`,:") for text in texts if text]
    assert not QUESTIONS & set(firsts)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_labels_are_y_and_a_network_is_never_read(path):
    functions = [node for node in ast.walk(TREES[path]) if isinstance(node, ast.FunctionDef)]
    assert not path.stem.startswith("labels")
    assert [node.name for node in functions if node.name.startswith("labels")] == []
    networks = [
        node.name
        for node in functions
        if re.match(r"_?read", node.name) and {"model", "network"} & {a.arg for a in node.args.args}
    ]
    assert networks == []


def test_few_dictionaries_have_no_names():
    found = [name for path in FILES for name in NAMELESS.findall(path.read_text(encoding="utf-8"))]
    assert len(found) <= 25
