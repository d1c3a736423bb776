"""Notebook to PDF."""

from __future__ import annotations

from pathlib import Path

from traitlets import Unicode

from .base import ReportExporter
from .document import Document
from .typesetting import typeset


class ReportPdfExporter(ReportExporter):
    """``jupyter nbconvert --to report-pdf``: tagged PDF, set by Typst."""

    format = "pdf"
    export_from_notebook = "PDF report"
    output_mimetype = "application/pdf"
    file_extension = Unicode(".pdf")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        engine, found = typeset(document, folder, self.pandoc)
        warnings += found
        return engine.compile(format="pdf", timestamp=document.timestamp)
