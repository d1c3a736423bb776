"""``metadata.yml``: what stands on the cover and how the document is set, checked key by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from .errors import ExportError
from .languages import LANGUAGES

FILE = "metadata.yml"


@dataclass(frozen=True)
class Metadata:
    """What the author says about the document, in one language."""

    title: str = ""
    subtitle: str = ""
    author: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    description: str = ""
    date: str = ""
    institution: str = ""
    logo: str = ""
    cover: tuple[tuple[str, str], ...] = ()
    header: str = ""
    toc: bool = False
    toc_depth: int = 2
    list_of_figures: bool = False
    list_of_tables: bool = False
    number_sections: bool = False
    echo: bool = True
    bibliography: tuple[str, ...] = ()
    csl: str = ""
    folder: Path | None = None
    report: bool = False

    def texts(self, change: Callable[[str], str]) -> Metadata:
        """A copy with ``change`` applied to every text a reader sees."""
        return replace(
            self,
            **{
                name: change(getattr(self, name))
                for name in ("title", "subtitle", "description", "date", "institution", "header")
            },
            author=tuple(map(change, self.author)),
            keywords=tuple(map(change, self.keywords)),
            cover=tuple((change(label), change(value)) for label, value in self.cover),
        )


REPORT = Metadata(toc=True, number_sections=True, echo=False, report=True)


class Reader:
    """Turns YAML nodes into values, and names the line of whatever is wrong.

    Scalars are taken as they are written, so that a student number 0012345 keeps its zeros.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, node: yaml.Node | None, message: str) -> ExportError:
        line = f" line {node.start_mark.line + 1}" if node else ""
        return ExportError(f"{self.path.name}{line}: {message}")

    def root(self) -> yaml.Node:
        try:
            node = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise self.fail(None, f"cannot be read: {error.strerror}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f" line {mark.line + 1}" if mark else ""
            reason = getattr(error, "problem", None) or "not UTF-8 text"
            raise ExportError(f"{self.path.name}{line}: not readable YAML: {reason}") from error
        if node is None:
            raise self.fail(None, "is empty; give at least a title")
        return node

    def pairs(self, node: yaml.Node, known: Any) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, "must be a mapping of `name: value`")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value not in known:
                close = get_close_matches(key.value, known, 1)
                hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
                raise self.fail(key, f"unknown key '{key.value}'; {hint}")
            if key.value in found:
                raise self.fail(key, f"key '{key.value}' appears twice")
            found[key.value] = value
        return found

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "must be a text")
        return "" if node.tag.endswith(":null") else " ".join(node.value.split())

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self.text(item) for item in items)

    def flag(self, node: yaml.Node) -> bool:
        if not node.tag.endswith(":bool"):
            raise self.fail(node, "must be true or false")
        return node.value.lower() in {"true", "yes", "on"}

    def depth(self, node: yaml.Node) -> int:
        if not node.tag.endswith(":int") or node.value not in "1234":
            raise self.fail(node, "must be a heading level from 1 to 4")
        return int(node.value)

    def cover(self, node: yaml.Node) -> tuple[tuple[str, str], ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, "must be a list of `- {label: …, value: …}`")
        rows = []
        for item in node.value:
            row = self.pairs(item, ("label", "value"))
            for key in ("label", "value"):
                if key not in row:
                    raise self.fail(item, f"a cover field needs a '{key}'")
            rows.append((self.text(row["label"]), self.text(row["value"])))
        return tuple(rows)

    def date(self, node: yaml.Node) -> str:
        text = self.text(node)
        if text:
            try:
                date.fromisoformat(text)
            except ValueError:
                raise self.fail(node, "must be a date like 2026-11-24") from None
        return text


READERS: dict[str, str] = {
    "cover": "cover",
    "date": "date",
    "author": "texts",
    "keywords": "texts",
    "bibliography": "texts",
    "toc_depth": "depth",
    **dict.fromkeys(
        ("toc", "list_of_figures", "list_of_tables", "number_sections", "echo"), "flag"
    ),
}
KEYS = [field.name for field in fields(Metadata) if field.name not in {"folder", "report"}]


def load(path: Path, tag: str) -> Metadata:
    """The metadata in ``path`` for the language ``tag``.

    Keys at the top level hold for every language; a block named after a language (``en``,
    ``zh-CN``) adds to them and overrides them. Raises ExportError, naming the line, for a key
    that is unknown, missing or of the wrong kind.
    """
    reader = Reader(path)
    root = reader.root()
    top = reader.pairs(root, (*KEYS, *LANGUAGES))
    blocks = {name: reader.pairs(top[name], KEYS) for name in LANGUAGES if name in top}
    if blocks and tag not in blocks:
        raise reader.fail(root, f"no block '{tag}:' for the notebook's language")
    common = {key: node for key, node in top.items() if key not in LANGUAGES}
    values = {
        key: getattr(reader, READERS.get(key, "text"))(node)
        for key, node in (common | blocks.get(tag, {})).items()
    }
    for name, block in blocks.items():
        if name != tag:  # the other languages are checked, too
            for key, node in block.items():
                getattr(reader, READERS.get(key, "text"))(node)
    if not values.get("title"):
        raise reader.fail(top.get(tag, root), "missing key 'title'")
    return replace(REPORT, **values, folder=path.parent)
