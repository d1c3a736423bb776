"""Notebook to PDF."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import typst
from traitlets import Unicode

from .base import Command, ReportExporter
from .document import Attempt, Document
from .errors import one_line
from .refusals import missing, replaced
from .typesetting import available, typeset


class ReportPdfExporter(ReportExporter):
    """``jupyter nbconvert --to ReportPDF``: tagged PDF (PDF/A-2a, PDF/UA-1) by Typst."""

    format = "pdf"
    export_from_notebook = "PDF report"
    output_mimetype = "application/pdf"
    file_extension = Unicode(".pdf")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        attempt = Attempt(floats=document.metadata.report)
        engine, found = typeset(document, folder, attempt)
        data, problem = compiled(engine, document.timestamp)
        names = {} if data else self.missing(document, folder, attempt)
        if names:  # the machine may have a font for this script
            attempt = replace(attempt, system_fonts=True)
            names = self.missing(document, folder, attempt)
            texts = document.metadata.texts(partial(replaced, names=names))
            document = replace(document, metadata=texts)
            engine, found = typeset(document, folder, replace(attempt, missing=names))
            data, problem = compiled(engine, document.timestamp)
        warnings += found
        if data is None:  # headings that skip a level, say: a PDF all the same
            self.log.info("no archival PDF: %s", problem)
            data = engine.compile(format="pdf", timestamp=document.timestamp)
        return data

    def missing(self, document: Document, folder: Path, attempt: Attempt) -> dict[str, str]:
        """Return the characters without a glyph, once there is reason to suspect some."""
        names = ("main.typ", "settings.json")
        text = "".join((folder / name).read_text(encoding="utf-8") for name in names)
        fonts = available(document.metadata, attempt.system_fonts)
        return missing(text, fonts, folder, document.timestamp)


class PdfCommand(Command, ReportPdfExporter):
    """``jupyter nbconvert --to report-pdf``"""


def compiled(engine: typst.Compiler, timestamp: int) -> tuple[bytes | None, str]:
    """An archival PDF that is accessible, too; else one that is archival; else why it is not."""
    problem = ""
    for standards in (["a-2a", "ua-1"], ["a-2a"]):
        try:
            data = engine.compile(format="pdf", timestamp=timestamp, pdf_standards=standards)
        except (RuntimeError, typst.TypstError) as error:
            problem = problem or one_line(error)
        else:
            return data, problem
    return None, problem
