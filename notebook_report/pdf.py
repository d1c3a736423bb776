"""Notebook to PDF."""

from dataclasses import replace
from pathlib import Path

from traitlets import Unicode

from .base import Command, ReportExporter
from .document import Attempt, Document
from .refusals import missing
from .typesetter import RefusedError, Typesetter
from .typesetting import available, typeset


class ReportPdfExporter(ReportExporter):
    """``jupyter nbconvert --to ReportPDF``: tagged PDF (PDF/A-2a, PDF/UA-1) by Typst."""

    format = "pdf"
    export_from_notebook = "PDF report"
    output_mimetype = "application/pdf"
    file_extension = Unicode(".pdf")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        attempt = Attempt(floats=document.metadata.report)
        with Typesetter() as typesetter:
            found = typeset(typesetter, document, folder, attempt)
            data, problem = compiled(typesetter, document.timestamp)
            names = {} if data else lacking(typesetter, document, folder, attempt)
            if names:  # the machine may have a font for this script
                attempt = replace(attempt, system_fonts=True)
                names = lacking(typesetter, document, folder, attempt)
                instead = str.maketrans(names)
                texts = document.metadata.texts(lambda text: text.translate(instead))
                document = replace(document, metadata=texts)
                found = typeset(typesetter, document, folder, replace(attempt, missing=names))
                data, problem = compiled(typesetter, document.timestamp)
            warnings += found
            if data is None:  # headings that skip a level, say: a PDF all the same
                self.log.info("no archival PDF: %s", problem)
                data = typesetter.pdf(document.timestamp, [])
        return data


class PdfCommand(Command, ReportPdfExporter):
    """``jupyter nbconvert --to report-pdf``"""


def lacking(
    typesetter: Typesetter, document: Document, folder: Path, attempt: Attempt
) -> dict[str, str]:
    """Characters without a glyph, once there is reason to suspect some."""
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("main.typ", "settings.json")]
    fonts = available(document.metadata, attempt.system_fonts)
    return missing(typesetter, "".join(texts), fonts, folder)


def compiled(typesetter: Typesetter, timestamp: int) -> tuple[bytes | None, str]:
    """An archival PDF that is accessible, too; else one that is archival; else why it is not."""
    problem = ""
    for standards in (["a-2a", "ua-1"], ["a-2a"]):
        try:
            return typesetter.pdf(timestamp, standards), problem
        except RefusedError as error:
            problem = problem or str(error)
    return None, problem
