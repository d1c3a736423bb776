"""Notebook to Word."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from traitlets import Unicode

from .base import Command, ReportExporter
from .document import ROUNDING, Attempt, Document
from .errors import ExportError
from .pandoc import convert
from .typesetting import Pages, pages

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
        beside = folder / "pages"
        beside.mkdir()
        with ThreadPoolExecutor() as pool:  # pandoc and Typst work outside Python
            known = pool.submit(page_numbers, document, beside, attempt)
            out, found = convert(document, "docx", folder, attempt, arguments)
        word = finish.finish(out, document, known.result())
        note = template.note(word, added, school.name) if school else None
        warnings += [*found, *([note] if note else [])]
        return finish.saved(word, document.timestamp)


class DocxCommand(Command, ReportDocxExporter):
    """``jupyter nbconvert --to report-docx``"""


def page_numbers(document: Document, folder: Path, attempt: Attempt) -> Pages:
    """Return the pages of all that is listed, as a PDF with Word's measures has them."""
    from .word.look import with_measures

    data = document.metadata
    listed = data.toc or data.list_of_figures or data.list_of_tables
    return pages(with_measures(document), folder, attempt) if listed else Pages()
