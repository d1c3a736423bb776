"""A YAML file as its nodes, which know their lines, and as plain content for the models."""

from pathlib import Path
from typing import Any

import yaml

from .errors import ExportError

LARGEST = 1_000_000  # bytes
Place = tuple[int | str, ...]  # the keys and indices that lead to a node


class Loader(yaml.BaseLoader):
    """Scalars as they are written, so that 0012345 keeps its zeros, and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        names = set()
        for key, _ in node.value:
            if (name := str(key.value)) in names:
                problem = f"key '{name[:80]}' appears twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            names.add(name)
        return super().construct_mapping(node, deep)


class YamlFile:
    """A file that is read once, and can say where in it something is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if self.path.stat().st_size > LARGEST or not self.path.is_file():
                raise self.refusal(None, f"is no file of at most {LARGEST:,} bytes")
            loader = Loader(self.path.read_text(encoding="utf-8"))
            self.root = loader.get_single_node()
            self.content = loader.construct_document(self.root) if self.root else None
        except OSError as error:
            raise self.refusal(None, f"cannot be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise self.refusal(getattr(error, "problem_mark", None), reason(error)) from error
        if self.root is None:
            raise self.refusal(None, "is empty; give at least a title")

    def refusal(self, where: yaml.Node | yaml.Mark | None, message: str) -> ExportError:
        mark = getattr(where, "start_mark", where)
        line = f" line {mark.line + 1}" if mark else ""
        return ExportError(f"{self.path.name}{line}: {message}")

    def node(self, place: Place, key: bool = False) -> yaml.Node:
        """Return the node in a place, or the last one on the way; with ``key`` that of its key."""
        node = self.root
        for step in place:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step]
            elif isinstance(node, yaml.MappingNode):
                found = [pair for pair in node.value if str(pair[0].value) == step]
                node = found[0][not (key and step == place[-1])] if found else node
        return node


HINTS = {  # by how PyYAML's words begin
    "mapping values": "a text with a colon stands between quotation marks, and a key ends in :",
    "found character '\\t'": "lines are indented by spaces, not by tabs",
    "expected <block end>": "here or above, a quotation mark or the indentation is wrong",
}


def reason(error: Exception) -> str:
    """Say why a file cannot be read."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    problem = getattr(error, "problem", None) or "not UTF-8 text"
    if problem.startswith("key '"):
        return problem
    problem = next((hint for start, hint in HINTS.items() if problem.startswith(start)), problem)
    return f"not readable YAML: {problem}"
