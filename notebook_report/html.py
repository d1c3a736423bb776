"""Notebook to one self-contained HTML page."""

import base64
import html
import json
import re
from pathlib import Path

from traitlets import Unicode

from .base import Command, ReportExporter
from .document import Document
from .pandoc import convert

TEMPLATES = Path(__file__).parent / "templates"

# The marks that filters/formulas.lua puts around what has a colour in a formula, and in its source.
COLOURS = {
    r"<mtext[^>]*>\ue000(\w{6})</mtext>": r'<mrow style="color:#\1">',
    r"<mtext[^>]*>\ue001</mtext>": "</mrow>",
    r"\{\\text\{\ue000(\w{6})\}": r"\\color{#\1}{",
    r"\\text\{\ue001\}": "",
}


class ReportHtmlExporter(ReportExporter):
    """A page with pictures embedded, formulas as MathML."""

    format = "html"
    export_from_notebook = "HTML report"
    output_mimetype = "text/html"
    file_extension = Unicode(".html")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> str:
        data = document.metadata
        (folder / "head.html").write_text(title_block(document), encoding="utf-8")
        # In a file, since a command cannot hold such words where only ASCII is known.
        contents = document.language.words["contents"]
        words = {"pagetitle": html.escape(data.title), "toc-title": contents}
        (folder / "words.yaml").write_text(json.dumps({"variables": words}), encoding="utf-8")
        arguments = [
            *("--standalone", "--embed-resources", "--mathml", "--section-divs"),
            *("--template", str(TEMPLATES / "report.html")),
            *("--css", str(TEMPLATES / "report.css")),
            *("--include-before-body", "head.html", "--syntax-highlighting", "pygments"),
            *("--defaults", "words.yaml"),
            *(("--toc", f"--toc-depth={data.toc_depth}") if data.toc else ()),
        ]
        out, found = convert(document, "html", folder, arguments=arguments)
        warnings += found
        page = out.read_text(encoding="utf-8")
        for mark, tag in COLOURS.items():
            page = re.sub(mark, tag, page)
        return page


class HtmlCommand(Command, ReportHtmlExporter):
    """``jupyter nbconvert --to report-html``"""


def title_block(document: Document) -> str:
    """The cover as the head of the page; everything the author wrote is escaped."""
    data = document.metadata
    if not data.report:
        return ""
    rows = "".join(
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd></div>"
        for label, value in data.cover
    )
    parts = [
        f'<img class="logo" alt="" src="{logo_uri(document.find(data.logo))}">'
        if data.logo
        else "",
        f'<p class="institution">{html.escape(data.institution)}</p>' if data.institution else "",
        f'<h1 class="title">{html.escape(data.title)}</h1>',
        f'<p class="subtitle">{html.escape(data.subtitle)}</p>' if data.subtitle else "",
        f"<dl>{rows}</dl>" if rows else "",
    ]
    return f"<header class='cover'>{''.join(parts)}</header>"


def logo_uri(path: Path) -> str:
    kind = {".svg": "svg+xml", ".jpg": "jpeg"}.get(path.suffix.lower(), path.suffix[1:].lower())
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
