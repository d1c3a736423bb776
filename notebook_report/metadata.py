"""``metadata.yml``: what stands on the cover and how the document is set, checked key by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from .languages import LANGUAGES
from .yaml_reader import Declaration, Reader

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
    declaration: Declaration | None = None
    numbering: str = "decimal"
    code_appendix: bool = False
    template: str = ""
    fonts: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)  # points
    margins: dict[str, float] = field(default_factory=dict)  # centimetres
    line_spacing: float = 0.0  # points
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
            declaration=self.declaration and changed(self.declaration, change),
        )


def changed(declaration: Declaration, change: Callable[[str], str]) -> Declaration:
    return Declaration(
        tuple(map(change, declaration.text)),
        change(declaration.title),
        tuple(map(change, declaration.signature)),
    )


REPORT = Metadata(toc=True, number_sections=True, echo=False, report=True)


FLAGS = ("toc", "list_of_figures", "list_of_tables", "number_sections", "echo", "code_appendix")
READERS: dict[str, str] = {
    "cover": "cover",
    "date": "date",
    "author": "texts",
    "keywords": "texts",
    "bibliography": "texts",
    "toc_depth": "depth",
    "line_spacing": "points",
    **{name: name for name in ("declaration", "numbering", "fonts", "sizes", "margins")},
    **dict.fromkeys(FLAGS, "flag"),
}
KEYS = [item.name for item in fields(Metadata) if item.name not in {"folder", "report"}]


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
