"""Notebook to Word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from traitlets import Unicode

from .base import ReportExporter
from .document import Document


class ReportDocxExporter(ReportExporter):
    """``jupyter nbconvert --to report-docx``: real styles, native fields, no touching up."""

    format = "docx"
    export_from_notebook = "Word report"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file_extension = Unicode(".docx")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        from .word import finish, reference

        data = document.metadata
        chinese = document.settings()["chinese"]
        reference.build(folder / "reference.docx", chinese, data.number_sections, data.header)
        arguments = ["--reference-doc", "reference.docx", "--syntax-highlighting", "pygments"]
        beside = folder / "pages"
        beside.mkdir()
        with ThreadPoolExecutor() as pool:  # pandoc and Typst work outside Python
            pages = pool.submit(self.pages, document, beside)
            out, found = self.pandoc(document, "docx", folder, arguments)
        warnings += found
        return finish.finish(out, document, pages.result())

    def pages(self, document: Document, folder: Path) -> dict[str, list[int]]:
        """Page numbers for the contents, from setting the same text as a PDF."""
        from .typesetting import page_numbers, typeset

        data = document.metadata
        if not (data.toc or data.list_of_figures or data.list_of_tables):
            return {"headings": [], "figures": [], "tables": []}
        engine, _ = typeset(document, folder, self.pandoc)
        return page_numbers(engine)
