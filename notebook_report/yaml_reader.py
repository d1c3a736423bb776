"""``metadata.yml`` read node by node, so that every mistake is named with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from .errors import ExportError

CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72}
LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(cm|mm|in|pt)")
SIDES = ("top", "bottom", "left", "right")
FONTS = ("latin", "text", "headings", "code")
SIZES = ("text", "small", "title", "heading1", "heading2", "heading3")
NUMBERINGS = ("decimal", "chinese")


@dataclass(frozen=True)
class Declaration:
    """A page on which the author declares something and signs."""

    text: tuple[str, ...]
    title: str = ""
    signature: tuple[str, ...] = ()


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

    def length(self, node: yaml.Node, low: float, high: float) -> float:
        """Centimetres; a length needs its unit, since authors think in cm, mm, in and pt."""
        match = LENGTH.fullmatch(self.text(node))
        value = float(match[1]) * CENTIMETRES[match[2]] if match else -1.0
        if not low <= value <= high:
            raise self.fail(node, f"must be a length like 2.5cm, from {low:g} to {high:g} cm")
        return value

    def margins(self, node: yaml.Node) -> dict[str, float]:
        """Centimetres of each side; one length stands for all four."""
        if isinstance(node, yaml.ScalarNode):
            return dict.fromkeys(SIDES, self.length(node, 0, 6))
        return {side: self.length(value, 0, 6) for side, value in self.pairs(node, SIDES).items()}

    def sizes(self, node: yaml.Node) -> dict[str, float]:
        """Points of each kind of text."""
        pairs = self.pairs(node, SIZES)
        return {name: self.points(value) for name, value in pairs.items()}

    def points(self, node: yaml.Node) -> float:
        return round(self.length(node, 0.15, 4) * 72 / 2.54, 2)

    def fonts(self, node: yaml.Node) -> dict[str, str]:
        pairs = self.pairs(node, FONTS)
        return {name: self.text(value) for name, value in pairs.items()}

    def numbering(self, node: yaml.Node) -> str:
        if node.value not in NUMBERINGS:
            raise self.fail(node, f"must be one of {', '.join(NUMBERINGS)}")
        return node.value

    def declaration(self, node: yaml.Node) -> Declaration:
        pairs = self.pairs(node, ("title", "text", "signature"))
        if "text" not in pairs:
            raise self.fail(node, "a declaration needs a 'text'")
        title = self.text(pairs["title"]) if "title" in pairs else ""
        signature = self.texts(pairs["signature"]) if "signature" in pairs else ()
        return Declaration(self.texts(pairs["text"]), title, signature)
