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
        # In a file, since a command cannot hold such words where only ASCII is known.
        (folder / "words.yaml").write_text(variables(document), encoding="utf-8")
        arguments = [
            *("--standalone", "--embed-resources", "--mathml", "--section-divs"),
            *("--template", str(TEMPLATES / "report.html"), "--defaults", "words.yaml"),
            *("--css", str(TEMPLATES / "report.css"), "--syntax-highlighting", "pygments"),
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


def variables(document: Document) -> str:
    """The template's variables, as JSON; everything the author wrote is escaped."""
    data = document.metadata
    words = data.model_dump(include={"institution", "subtitle"}) | {
        "pagetitle": data.title,
        "toc-title": document.language.words["contents"],
        "report": data.report,
        "logo": data.logo and logo_uri(document.find(data.logo)),
        "cover": [row._asdict() for row in data.cover],
    }
    return html.escape(json.dumps({"variables": words}), quote=False)


def logo_uri(path: Path) -> str:
    kind = {".svg": "svg+xml", ".jpg": "jpeg"}.get(path.suffix.lower(), path.suffix[1:].lower())
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
