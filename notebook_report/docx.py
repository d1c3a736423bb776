"""Notebook to Word."""

import time
from pathlib import Path

from traitlets import Unicode

from .base import Command, ReportExporter
from .document import ROUNDING, Attempt, Document
from .errors import ExportError

YEARS = range(1980, 2108)  # of archives


class ReportDocxExporter(ReportExporter):
    """``jupyter nbconvert --to word``: real styles, native fields, no touching up."""

    format = "docx"
    export_from_notebook = "Word report"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file_extension = Unicode(".docx")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        from .word import finish, reference, template

        if (year := time.localtime(time.time()).tm_year) not in YEARS:
            raise ExportError(f"this machine's clock is in {year}, which Word files do not know")
        data, added = document.metadata, set()
        reference_file = folder / "reference.docx"
        school = data.template and document.find(data.template)
        attempt = Attempt(floats=data.report and not school)
        if school:
            added = template.build(reference_file, school, document)
            attempt = Attempt(text_width=template.text_width(reference_file) - ROUNDING)
        else:
            reference.build(reference_file, document)
        arguments = ["--reference-doc", "reference.docx", "--syntax-highlighting", "pygments"]
        listed = data.toc or data.list_of_figures or data.list_of_tables
        word, found = (finish.with_pages if listed else finish.without_pages)(
            document, folder, attempt, arguments
        )
        note = template.note(word, added, school.name) if school else None
        warnings += [*found, *([note] if note else [])]
        return finish.saved(word, document.timestamp)


class DocxCommand(Command, ReportDocxExporter):
    """``jupyter nbconvert --to report-docx``"""
