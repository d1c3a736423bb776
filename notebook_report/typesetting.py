"""Typst: source to PDF, and the page on which each heading, figure and table falls."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import typst

from .document import Attempt, Document
from .errors import ExportError, Note, one_line
from .fonts import font_files, font_folders
from .metadata import FILE, Metadata
from .pandoc import convert
from .refusals import ERRORS, without_refused

TEMPLATES = Path(__file__).parent / "templates"
MAIN = """#import "report.typ"
#show: report.setup
#if report.doc.report {{ report.cover() }}
{body}
#report.pages()
"""


def font_names() -> dict[str, str]:
    """Family names of the Chinese fonts, as Typst knows them."""
    from fontTools.ttLib import TTFont

    names = {}
    for kind, path in font_files().items():
        number = 2 if path.name.startswith("NotoSansCJK-") else 0  # the SC face of the collection
        number = number if path.suffix.lower() == ".ttc" else -1
        with TTFont(path, fontNumber=number, lazy=True) as font:
            names[kind] = font["name"].getBestFamilyName() or path.stem
    return names


def available(data: Metadata, system: bool = False) -> typst.Fonts:
    """Our own fonts; the machine's as well where the metadata name fonts, or ours lack a script."""
    return typst.Fonts(
        include_system_fonts=bool(data.fonts) or system,
        include_embedded_fonts=True,
        font_paths=[str(folder) for folder in font_folders()],
    )


def wanted(data: Metadata, fonts: typst.Fonts) -> tuple[dict[str, str], list[str]]:
    """The fonts of the metadata that are here, by role, and a note on each that is not."""
    families = {name.casefold(): name for name in fonts.families()} if data.fonts else {}
    found = {role: families.get(name.casefold(), "") for role, name in data.fonts.items()}
    notes = [
        Note(f"{FILE}: font '{data.fonts[role]}' is not on this machine, the PDF uses our own")
        for role, family in found.items()
        if not family
    ]
    return {role: family for role, family in found.items() if family}, notes


def typeset(document: Document, folder: Path, attempt: Attempt) -> tuple[typst.Compiler, list[str]]:
    """A compiler that holds the document, ready to give its PDF or its page numbers, and warnings.

    What Typst does not take gives way to its source or its words.
    """
    fonts = available(document.metadata, attempt.system_fonts)
    attempt, notes = prepared(document, folder, attempt, fonts)
    while True:
        out, warnings = convert(document, "typst", folder, attempt)
        source = folder / "main.typ"
        source.write_text(MAIN.format(body=out.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            engine = typst.Compiler(input=str(source), root=str(folder), font_paths=fonts)
            engine.query("<pages>")
        except ERRORS as error:
            problem = one_line(error)
        else:
            return engine, [*warnings, *notes]
        following = without_refused(attempt, folder)
        if following is None:
            raise ExportError(f"the typesetter stopped: {problem}")
        attempt = following


def prepared(
    document: Document, folder: Path, attempt: Attempt, fonts: typst.Fonts
) -> tuple[Attempt, list[str]]:
    """Put templates and logo into ``folder``; give the attempt that knows of them, and notes."""
    data, logo = document.metadata, ""
    if data.logo:
        path = document.find(data.logo)
        logo = f"logo{path.suffix}"
        shutil.copyfile(path, folder / logo)
    for template in TEMPLATES.glob("*.typ"):
        shutil.copyfile(template, folder / template.name)
    here, notes = wanted(data, fonts)
    return replace(attempt, our_fonts=font_names(), wanted_fonts=here, logo=logo), notes


def page_numbers(engine: typst.Compiler) -> dict[str, list[int]]:
    """Pages of the outlined headings, the figures and the tables, in their order.

    `shared` holds a truth where the contents stand on the abstract's page.
    """
    shared = json.loads(engine.query("<shared>", field="value"))
    return json.loads(engine.query("<pages>", field="value", one=True)) | {"shared": shared}
