"""The notebook as the document sees it: what is hidden is gone, what stays has one form."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from nbformat import NotebookNode

from .metadata import Declaration
from .options import CellOptions, split_options, tag_options
from .outputs import (
    DRAWING,
    FORBIDDEN,
    PHOTOS,
    clean,
    joined,
    merged,
    simplified,
    stored_widgets,
)
from .values import Values, escape

# What Matplotlib and seaborn return, which Jupyter shows of the last line of a cell.
ARTIST = re.compile(r"^Text\(|<(?:matplotlib|mpl_toolkits|seaborn)\.|<Axes|Container object of")
LINE = r"\_" * 20  # to sign on
ROLES = ("abstract", "appendix", "references")


@dataclass
class Cells:
    """Prepares cells for a format; ``warn`` takes the warnings."""

    to: str
    warn: Callable[[str], None]
    echo: bool = True
    report: bool = False
    exclude: frozenset[str] = frozenset()
    values: Values | None = None
    widgets: Mapping[str, Any] = field(default_factory=dict)  # what the notebook stores of them

    def prepare(self, nb: NotebookNode) -> list[NotebookNode]:
        """The cells to export, each a Markdown or a code cell that names itself in its metadata."""
        prepared, self.widgets = [], stored_widgets(nb.metadata)
        for number, cell in enumerate(nb.cells, 1):
            name = cell_name(number, cell.source)
            make = getattr(self, f"{cell.cell_type}_cell", None)
            done = (
                make(cell, name)
                if make and not self.exclude & {cell.cell_type, f"{cell.cell_type}_cell"}
                else None
            )
            if done is not None:
                done.metadata.update({"cell-name": name, **role(cell)})
                prepared.append(done)
        return prepared

    def markdown_cell(self, cell: NotebookNode, name: str) -> NotebookNode:
        source = FORBIDDEN.sub("", cell.source)
        source = self.values.render(source, name) if self.values else source
        return made("markdown", source, attachments=cell.get("attachments") or {})

    def raw_cell(self, cell: NotebookNode, name: str) -> NotebookNode | None:
        """Raw Markdown and HTML as what they are; anything else was meant for another tool."""
        kind = cell.metadata.get("raw_mimetype") or cell.metadata.get("format") or ""
        pages = cell.source.strip() in {r"\newpage", r"\pagebreak", r"\clearpage"}
        if pages or kind in {"text/markdown", "markdown", "text/html", "html"}:
            return made("markdown", FORBIDDEN.sub("", cell.source))
        foreign = kind or ("front matter" if cell.source.startswith("---") else "")
        if foreign and cell.source.strip():
            self.warn(f"{name}: raw cell ({foreign}) is meant for another tool, left out")
        elif cell.source.strip():
            return made("code", clean(cell.source), metadata={"kind": "raw"})
        return None

    def code_cell(self, cell: NotebookNode, name: str) -> NotebookNode | None:
        written, source = split_options(cell.source, name, self.warn)
        tagged = tag_options(cell.metadata)
        unwritten = {key: tagged[key] for key in tagged if key not in written.model_fields_set}
        options = written.model_copy(update=unwritten)
        if not options.include or options.values:
            return None
        removed = (cell.metadata.get("transient") or {}).get("remove_source")
        shown = (self.echo if options.echo is None else options.echo) and not removed
        outputs = self.outputs(cell, name, options) if options.output else []
        shown = shown and "input" not in self.exclude and source.strip()
        if not shown and not outputs:
            return None
        captions = options.captions()
        if self.values:
            captions = {key: self.values.render(text, name) for key, text in captions.items()}
        return made("code", clean(source) if shown else "", outputs=outputs, metadata=captions)

    def outputs(self, cell: NotebookNode, name: str, options: CellOptions) -> list[NotebookNode]:
        """The outputs to show. A report has no place for stderr and for a call of Matplotlib's."""
        if "output" in self.exclude:
            return []
        quiet = self.report or not options.warning
        shown, outputs = [], merged(cell.get("outputs") or [])
        for output in outputs:
            if quiet and output.output_type == "stream" and output.get("name") == "stderr":
                continue
            if self.report and beside_a_figure(output, outputs):
                continue
            simple, warning = simplified(output, self.to, self.widgets)
            if warning:
                self.warn(f"{name}: {warning}")
            if simple is not None:
                shown.append(simple)
        return shown


def beside_a_figure(output: NotebookNode, outputs: Iterable[NotebookNode]) -> bool:
    """Tell what a call of Matplotlib returned where the cell shows the figure itself."""
    data = output.get("data") or {}
    text = joined(data.get("text/plain", ""))
    of_call = output.output_type == "execute_result" and set(data) == {"text/plain"}
    drawn = any({*PHOTOS, DRAWING} & set(one.get("data") or {}) for one in outputs)
    return of_call and drawn and bool(ARTIST.search(text))


def made(kind: str, source: str, **parts: Any) -> NotebookNode:
    """Make a cell; nbformat would ask its schema about each, a tenth of an export's own time."""
    empty = {"outputs": [], "execution_count": None} if kind == "code" else {}
    head = {"id": uuid4().hex[:8], "cell_type": kind, "metadata": {}, "source": source}
    return NotebookNode(head | empty | parts)


def code_appendix(nb: NotebookNode, heading: str, label: str) -> list[NotebookNode]:
    """All code of the notebook as it was run, for the end of the document."""
    sources = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            source = split_options(cell.source, "")[1]
            sources += [clean(source)] if source.strip() else []
    if not sources:
        return []
    about = {"role": "appendix", "cell-name": "the appendix of code"}
    first = made("markdown", f"# {heading} {{#{label}}}", metadata=about)
    return [first, *(made("code", source, metadata=about) for source in sources)]


def declaration(page: Declaration, title: str) -> NotebookNode:
    """Write a cell for the end of the text: a declaration of the author, and lines to sign."""
    signed = [f"{escape(line)} {LINE}" for line in page.signature]
    heading = f"# {escape(page.title or title)} {{.unnumbered}}"
    text = "\n\n".join([heading, *map(escape, page.text), *signed])
    about = {"role": "declaration", "cell-name": "the declaration"}
    return made("markdown", text, metadata=about)


def cell_name(number: int, source: str) -> str:
    """Name a cell in messages by its place in the notebook and its beginning."""
    lines = (line.strip() for line in FORBIDDEN.sub("", source).splitlines())
    first = next((line for line in lines if line), "")
    return f'cell {number} ("{first[:40]}{"…" if len(first) > 40 else ""}")'


def role(cell: NotebookNode) -> dict[str, str]:
    tags = cell.metadata.get("tags") or ()
    found = next(({"role": name} for name in ROLES if name in tags), {})
    return {**found, "landscape": "on"} if "landscape" in tags else found


def values_handed_over(nb: NotebookNode) -> dict[str, Any] | None:
    """The values that ``#| values: true`` cells put out as JSON; None if there is no such cell."""
    values = None
    for cell in nb.cells:
        if cell.cell_type != "code" or "values" not in cell.source:
            continue
        if not split_options(cell.source, "")[0].values:
            continue
        values = values or {}
        for output in cell.get("outputs") or []:
            data = (output.get("data") or {}).get("application/json")
            values |= data if isinstance(data, dict) else {}
    return values
