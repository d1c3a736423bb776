"""Typst: source to PDF, and the page on which each heading, figure and table falls."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from .document import Attempt, Document
from .errors import ExportError, Note
from .fonts import font_files, wheel_folder
from .metadata import FILE, Metadata
from .pandoc import convert
from .refusals import without_refused
from .typesetter import Fonts, RefusedError, Typesetter

TEMPLATES = Path(__file__).parent / "templates"
MAIN = """#import "report.typ"
#show: report.setup
#if report.doc.report {{ report.cover() }}
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


def available(data: Metadata, system: bool = False) -> Fonts:
    """Our own fonts; the machine's as well where the metadata name fonts, or ours lack a script."""
    folders = sorted({str(path.parent) for path in font_files().values()})
    return Fonts(bool(data.fonts) or system, tuple(folders))


def wanted(data: Metadata, fonts: Fonts) -> tuple[dict[str, str], list[str]]:
    """Return the metadata's fonts that are here, by role, and a note on each that is not."""
    import typst

    names = typst.Fonts(font_paths=list(fonts.folders)).families() if data.fonts else []
    families = {name.casefold(): name for name in names}
    here = {role: families.get(name.casefold()) for role, name in data.fonts.items()}
    missing = (data.fonts[role] for role, family in here.items() if not family)
    note = f"{FILE}: font '{{}}' is not on this machine, the PDF uses our own"
    return {role: family for role, family in here.items() if family}, [
        Note(note.format(name)) for name in missing
    ]


def furnished(document: Document, folder: Path, attempt: Attempt) -> tuple[Attempt, list[str]]:
    """Put beside a document what it is set with; return settings for it, and notes on fonts."""
    data = document.metadata
    here, notes = wanted(data, available(data, attempt.system_fonts))
    attempt = replace(attempt, our_fonts=font_names(), wanted_fonts=here)
    if data.logo:
        path = document.find(data.logo)
        attempt = replace(attempt, logo=f"logo{path.suffix}")
        shutil.copyfile(path, folder / attempt.logo)
    for template in TEMPLATES.glob("*.typ"):
        shutil.copyfile(template, folder / template.name)
    return attempt, notes


def opened(typesetter: Typesetter, folder: Path, fonts: Fonts) -> None:
    """Let the typesetter hold what pandoc has written of a document. RefusedError."""
    body, source = (folder / "out.typst").read_text(encoding="utf-8"), folder / "main.typ"
    source.write_text(MAIN.format(body=body), encoding="utf-8")
    typesetter.open(source, fonts)


def typeset(
    typesetter: Typesetter, document: Document, folder: Path, attempt: Attempt
) -> list[str]:
    """Let the typesetter hold the document, without what Typst refuses; return warnings."""
    fonts = available(document.metadata, attempt.system_fonts)
    attempt, notes = furnished(document, folder, attempt)
    while True:
        _, warnings = convert(document, "typst", folder, attempt)
        try:
            opened(typesetter, folder, fonts)
        except RefusedError as error:
            following = without_refused(typesetter, attempt, folder)
            if following is None:
                raise ExportError(f"the typesetter stopped: {error}") from error
            attempt = following
        else:
            return [*warnings, *notes]


class Pages(NamedTuple):
    """Pages of the outlined headings, the figures and the tables, in their order."""

    headings: Sequence[int] = ()
    figures: Sequence[int] = ()
    tables: Sequence[int] = ()
    places: Sequence[tuple[int, int]] = ()  # of blocks by their numbers
    floats: Sequence[tuple[int, int]] = ()  # of those that float
    shared: bool = False  # the contents begin on the abstract's page
    dense: bool = False  # their lines stand closer, to fit there or on one page


def pages(typesetter: Typesetter, document: Document, folder: Path, attempt: Attempt) -> Pages:
    """Set the document, as pandoc wrote it beside Word's, to tell where things fall."""
    try:
        opened(typesetter, folder, available(document.metadata))
    except RefusedError:
        typeset(typesetter, document, folder, replace(attempt, paged=False))
    (front,) = json.loads(typesetter.query("<contents>", field="value")) or [{}]
    found = json.loads(typesetter.query("<pages>", field="value", one=True))
    return Pages(**found, **front)
