"""Typst: source to PDF, and the page on which each heading, figure and table falls."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import typst

from .document import Attempt, Document
from .errors import ExportError, Note, one_line
from .fonts import font_files, wheel_folder
from .metadata import FILE, Metadata
from .pandoc import convert
from .refusals import ERRORS, without_refused

TEMPLATES = Path(__file__).parent / "templates"
MAIN = """#import "report.typ"
#show: report.setup
#if report.doc.report {{ report.cover() }}
#if report.doc.declaration != none {{ report.declaration(report.doc.declaration) }}
{body}
#report.pages()
"""


def font_names() -> dict[str, str]:
    """Return the family names of the Chinese fonts, as Typst knows them."""
    names = {}
    for kind, path in font_files().items():
        if path.parent == wheel_folder():
            names[kind] = f"Noto {kind.title()} SC"
            continue
        from PIL import ImageFont

        index = 2 if path.name.startswith("NotoSansCJK-") else 0  # the SC face of the collection
        names[kind] = ImageFont.truetype(path, index=index).getname()[0]
    return names


def available(data: Metadata, system: bool = False) -> typst.Fonts:
    """Our own fonts; the machine's as well where the metadata name fonts, or ours lack a script."""
    return typst.Fonts(
        include_system_fonts=bool(data.fonts) or system,
        include_embedded_fonts=True,
        font_paths=sorted({str(path.parent) for path in font_files().values()}),
    )


def wanted(data: Metadata, fonts: typst.Fonts) -> tuple[dict[str, str], list[str]]:
    """Return the metadata's fonts that are here, by role, and a note on each that is not."""
    families = {name.casefold(): name for name in fonts.families()} if data.fonts else {}
    here = {role: families.get(name.casefold()) for role, name in data.fonts.items()}
    missing = (data.fonts[role] for role, family in here.items() if not family)
    note = f"{FILE}: font '{{}}' is not on this machine, the PDF uses our own"
    return {role: family for role, family in here.items() if family}, [
        Note(note.format(name)) for name in missing
    ]


def typeset(document: Document, folder: Path, attempt: Attempt) -> tuple[typst.Compiler, list[str]]:
    """Return a compiler that holds the document, ready to give its PDF or pages, and warnings.

    What Typst does not take gives way to its source or its words.
    """
    data, fonts = document.metadata, available(document.metadata, attempt.system_fonts)
    here, notes = wanted(data, fonts)
    attempt = replace(attempt, our_fonts=font_names(), wanted_fonts=here)
    if data.logo:
        path = document.find(data.logo)
        attempt = replace(attempt, logo=f"logo{path.suffix}")
        shutil.copyfile(path, folder / attempt.logo)
    for template in TEMPLATES.glob("*.typ"):
        shutil.copyfile(template, folder / template.name)
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


class Pages(NamedTuple):
    """Pages of the outlined headings, the figures and the tables, in their order."""

    headings: Sequence[int] = ()
    figures: Sequence[int] = ()
    tables: Sequence[int] = ()
    places: Sequence[tuple[int, int]] = ()  # of blocks by their numbers
    floats: Sequence[tuple[int, int]] = ()  # of those that float
    shared: bool = False  # the contents stand on the abstract's page


def pages(document: Document, folder: Path, attempt: Attempt) -> Pages:
    """Set the document, to tell where things fall."""
    engine, _ = typeset(document, folder, attempt)
    shared = json.loads(engine.query("<shared>", field="value"))
    found = json.loads(engine.query("<pages>", field="value", one=True))
    return Pages(**found, shared=any(shared))
