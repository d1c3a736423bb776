"""Notebook to Word."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from traitlets import Unicode

from .base import Command, ReportExporter
from .document import ROUNDING, Attempt, Document
from .pandoc import convert


class ReportDocxExporter(ReportExporter):
    """``jupyter nbconvert --to word``: real styles, native fields, no touching up."""

    format = "docx"
    export_from_notebook = "Word report"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file_extension = Unicode(".docx")

    def convert(self, document: Document, folder: Path, warnings: list[str]) -> bytes:
        from .word import finish, reference, template

        reference_file = folder / "reference.docx"
        school = document.metadata.template and document.find(document.metadata.template)
        added, attempt = set(), Attempt()
        if school:
            added = template.build(reference_file, school, document)
            attempt = Attempt(text_width=template.text_width(reference_file) - ROUNDING)
        else:
            reference.build(reference_file, document)
        arguments = ["--reference-doc", "reference.docx", "--syntax-highlighting", "pygments"]
        beside = folder / "pages"
        beside.mkdir()
        with ThreadPoolExecutor() as pool:  # pandoc and Typst work outside Python
            pages = pool.submit(page_numbers, document, beside)
            out, found = convert(document, "docx", folder, attempt, arguments)
        word = finish.finish(out, document, pages.result())
        note = template.note(word, added, school.name) if school else None
        warnings += [*found, *([note] if note else [])]
        return finish.saved(word, document.timestamp)


class DocxCommand(Command, ReportDocxExporter):
    """``jupyter nbconvert --to report-docx``"""


def page_numbers(document: Document, folder: Path) -> dict[str, list[int]]:
    """Pages of headings, figures and tables, as a PDF with Word's measures has them."""
    from .typesetter import Typesetter
    from .typesetting import page_numbers, typeset
    from .word.look import with_measures

    data = document.metadata
    if not (data.toc or data.list_of_figures or data.list_of_tables):
        return {key: [] for key in ("headings", "figures", "tables", "shared")}
    with Typesetter() as typesetter:
        typeset(typesetter, with_measures(document), folder, Attempt())
        return page_numbers(typesetter)
