"""Notebook to Word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from traitlets import Unicode

from .base import ReportExporter
from .document import Document
from .layout import ROUNDING


class ReportDocxExporter(ReportExporter):
    """``jupyter nbconvert --to report-docx``: real styles, native fields, no touching up."""

    format = "docx"
    export_from_notebook = "Word report"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file_extension = Unicode(".docx")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        from .word import finish, reference, template

        reference_file = folder / "reference.docx"
        school = document.metadata.template and document.find(document.metadata.template)
        added, extra = set(), {}
        if school:
            added = template.build(reference_file, school, document)
            extra["text_width"] = template.text_width(reference_file) - ROUNDING
        else:
            reference.build(reference_file, document)
        arguments = ["--reference-doc", "reference.docx", "--syntax-highlighting", "pygments"]
        beside = folder / "pages"
        beside.mkdir()
        with ThreadPoolExecutor() as pool:  # pandoc and Typst work outside Python
            pages = pool.submit(self.pages, document, beside)
            out, found = self.pandoc(document, "docx", folder, arguments, **extra)
        word = finish.finish(out, document, pages.result())
        note = template.note(word, added, school.name) if school else None
        warnings += [*found, *([note] if note else [])]
        return finish.saved(word, document.timestamp)

    def pages(self, document: Document, folder: Path) -> dict[str, list[int]]:
        """Page numbers for the contents, from setting the text as a PDF with Word's measures."""
        from .typesetting import page_numbers, typeset
        from .word.stylesheet import measures_of

        data = document.metadata
        if not (data.toc or data.list_of_figures or data.list_of_tables):
            return {"headings": [], "figures": [], "tables": []}
        write = partial(self.pandoc, **measures_of(document))
        engine, _ = typeset(document, folder, write, floats=False)
        return page_numbers(engine)
