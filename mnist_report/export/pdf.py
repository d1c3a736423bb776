"""Notebook to PDF."""

from __future__ import annotations

from pathlib import Path

import typst
from traitlets import Unicode

from .base import ReportExporter
from .document import Document
from .options import one_line
from .typesetting import typeset


class ReportPdfExporter(ReportExporter):
    """``jupyter nbconvert --to report-pdf``: tagged PDF (PDF/A-2a, PDF/UA-1) by Typst."""

    format = "pdf"
    export_from_notebook = "PDF report"
    output_mimetype = "application/pdf"
    file_extension = Unicode(".pdf")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        engine, found = typeset(document, folder, self.pandoc)
        warnings += found
        try:
            return engine.compile(
                format="pdf", timestamp=document.timestamp, pdf_standards=["a-2a", "ua-1"]
            )
        except (RuntimeError, typst.TypstError) as error:
            # Emoji, which no font here has, or headings that skip a level: a PDF all the same.
            self.log.info("no archival PDF: %s", one_line(error))
            return engine.compile(format="pdf", timestamp=document.timestamp)
