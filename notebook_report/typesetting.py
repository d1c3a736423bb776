"""Typst: source to PDF, and the page on which each heading, figure and table falls."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from .document import Attempt, Document
from .errors import ExportError, Note
from .fonts import font_files, font_folders
from .metadata import FILE, Metadata
from .pandoc import convert
from .refusals import without_refused
from .typesetter import Fonts, RefusedError, Typesetter

TEMPLATES = Path(__file__).parent / "templates"
MAIN = """#import "report.typ"
#show: report.setup
#if report.doc.report {{ report.cover() }}
#if report.doc.declaration != none {{ report.declaration(report.doc.declaration) }}
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


def available(data: Metadata, system: bool = False) -> Fonts:
    """Our own fonts; the machine's as well where the metadata name fonts, or ours lack a script."""
    return Fonts(bool(data.fonts) or system, tuple(map(str, font_folders())))


def wanted(data: Metadata) -> tuple[dict[str, str], list[str]]:
    """The fonts of the metadata that are here, by role, and a note on each that is not."""
    import typst

    names = typst.Fonts(font_paths=list(available(data).folders)).families() if data.fonts else []
    families = {name.casefold(): name for name in names}
    found = {role: families.get(name.casefold(), "") for role, name in data.fonts.items()}
    notes = [
        Note(f"{FILE}: font '{data.fonts[role]}' is not on this machine, the PDF uses our own")
        for role, family in found.items()
        if not family
    ]
    return {role: family for role, family in found.items() if family}, notes


def typeset(
    typesetter: Typesetter, document: Document, folder: Path, attempt: Attempt
) -> list[str]:
    """Let the typesetter hold the document, ready for its PDF or page numbers; give warnings.

    What Typst does not take gives way to its source or its words.
    """
    fonts = available(document.metadata, attempt.system_fonts)
    attempt, notes = prepared(document, folder, attempt)
    while True:
        out, warnings = convert(document, "typst", folder, attempt)
        source = folder / "main.typ"
        source.write_text(MAIN.format(body=out.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            typesetter.open(source, fonts)
        except RefusedError as error:
            following = without_refused(typesetter, attempt, folder)
            if following is None:
                raise ExportError(f"the typesetter stopped: {error}") from error
            attempt = following
        else:
            return [*warnings, *notes]


def prepared(document: Document, folder: Path, attempt: Attempt) -> tuple[Attempt, list[str]]:
    """Put templates and logo into ``folder``; give the attempt that knows of them, and notes."""
    data, logo = document.metadata, ""
    if data.logo:
        path = document.find(data.logo)
        logo = f"logo{path.suffix}"
        shutil.copyfile(path, folder / logo)
    for template in TEMPLATES.glob("*.typ"):
        shutil.copyfile(template, folder / template.name)
    here, notes = wanted(data)
    return replace(attempt, our_fonts=font_names(), wanted_fonts=here, logo=logo), notes


def page_numbers(typesetter: Typesetter) -> dict[str, list[int]]:
    """Pages of the outlined headings, the figures and the tables, in their order.

    `shared` holds a truth where the contents stand on the abstract's page.
    """
    shared = json.loads(typesetter.query("<shared>", field="value"))
    return json.loads(typesetter.query("<pages>", field="value", one=True)) | {"shared": shared}
