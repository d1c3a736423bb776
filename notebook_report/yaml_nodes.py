"""A YAML file as its nodes, which know their lines, and as plain content for the models."""

import re
from pathlib import Path

import yaml

from .errors import ExportError
from .fields import Scalar

LARGEST = 1_000_000  # bytes
UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # for XML
Place = tuple[int | str, ...]  # the keys and indices that lead to a node


class YamlFile:
    """A file that is read once, and can say where in it something is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: dict[yaml.Node, object] = {}  # what is named twice is read once, and no circle
        self.root = self.composed()
        self.content = self.plain(self.root)

    def composed(self) -> yaml.Node:
        try:
            if self.path.stat().st_size > LARGEST or not self.path.is_file():
                raise self.refusal(None, f"is no file of at most {LARGEST:,} bytes")
            root = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise self.refusal(None, f"cannot be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "not UTF-8 text"
            if reason.startswith("mapping values"):
                reason = "a text with a colon stands between quotation marks"
            raise self.refusal(mark, f"not readable YAML: {reason}") from error
        if root is None:
            raise self.refusal(None, "is empty; give at least a title")
        return root

    def refusal(self, where: yaml.Node | yaml.Mark | None, message: str) -> ExportError:
        mark = getattr(where, "start_mark", where)
        line = f" line {mark.line + 1}" if mark else ""
        return ExportError(f"{self.path.name}{line}: {message}")

    def plain(self, node: yaml.Node) -> object:
        """Scalars as they are written, in lists and mappings without repeated keys."""
        if node in self.seen:
            return self.seen[node]
        if isinstance(node, yaml.ScalarNode):
            scalar = self.seen[node] = Scalar(UNFIT.sub("", node.value))
            scalar.kind = node.tag.rpartition(":")[2]
            return scalar
        if isinstance(node, yaml.SequenceNode):
            items = self.seen[node] = []
            items += map(self.plain, node.value)
            return items
        pairs = self.seen[node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in pairs:
                raise self.refusal(key, f"key '{name}' appears twice")
            pairs[name] = self.plain(value)
        return pairs

    def node(self, place: Place, key: bool = False) -> yaml.Node:
        """The node in a place, or the last one on the way to it; ``key`` asks for that of a key."""
        node = self.root
        for step in place:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step]
            elif isinstance(node, yaml.MappingNode):
                found = [pair for pair in node.value if str(pair[0].value) == step]
                node = found[0][not (key and step == place[-1])] if found else node
        return node
