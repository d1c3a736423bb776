"""Typst: source to PDF, and the page on which each heading, figure and table falls."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typst

from .document import Document
from .errors import ExportError, Note
from .fonts import font_files, font_folders
from .metadata import FILE, Metadata
from .options import one_line

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
MAIN = """#import "report.typ": *
#show: setup
#if doc.cover {{ cover() }}
#if doc.declaration != none {{ declaration(doc.declaration) }}
{body}
#pages()
"""


PICTURES = {".png", ".jpg", ".gif", ".svg", ".webp"}


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


def available(data: Metadata) -> typst.Fonts:
    """Our own fonts; the machine's as well where the metadata name fonts."""
    return typst.Fonts(
        include_system_fonts=bool(data.fonts),
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


def typeset(
    document: Document, folder: Path, write: Callable[..., tuple[Path, list[str]]]
) -> tuple[typst.Compiler, list[str]]:
    """A compiler that holds the document, ready to give its PDF or its page numbers.

    ``write`` runs pandoc. Where Typst does not take the mathematics, they are set as their source.
    """
    logo = ""
    if document.metadata.logo:
        path = document.find(document.metadata.logo)
        logo = f"logo{path.suffix}"
        shutil.copyfile(path, folder / logo)
    shutil.copyfile(TEMPLATE, folder / "report.typ")
    data = document.metadata
    fonts = available(data)
    here, notes = wanted(data, fonts)
    extra: dict[str, Any] = {"fonts": font_names(), "wanted_fonts": here, "logo": logo}
    attempt, problem = {"plain_math": False, "bad_images": {}}, ""
    while True:
        out, warnings = write(document, "typst", folder, **attempt, **extra)
        source = folder / "main.typ"
        source.write_text(MAIN.format(body=out.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            engine = typst.Compiler(input=str(source), root=str(folder), font_paths=fonts)
            engine.query("<pages>")
        except (RuntimeError, ValueError, typst.TypstError) as error:
            problem = one_line(error)
            attempt = simpler(attempt, folder, problem)
            continue
        if attempt["plain_math"]:
            warnings = [*warnings, f"the notebook: formulas shown as their source: {problem}"]
        return engine, [*warnings, *notes]


def simpler(attempt: dict[str, Any], folder: Path, problem: str) -> dict[str, Any]:
    """The next attempt at a document that Typst does not take: without damaged pictures first.

    Raises ExportError when nothing is left to leave out.
    """
    bad = {path.name: True for path in sorted((folder / "media").iterdir()) if damaged(path)}
    if bad != attempt["bad_images"]:
        return attempt | {"bad_images": bad}
    if attempt["plain_math"]:
        raise ExportError(f"the typesetter stopped: {problem}")
    return attempt | {"plain_math": True}


def damaged(path: Path) -> bool:
    """Whether Typst cannot set a picture by itself."""
    if path.suffix not in PICTURES:
        return False
    source = path.parent / "probe.typ"
    source.write_text(f"#image({json.dumps(path.name)})", encoding="utf-8")
    try:
        typst.compile(str(source))
    except (RuntimeError, ValueError, typst.TypstError):
        return True
    return False


def page_numbers(engine: typst.Compiler) -> dict[str, list[int]]:
    """Pages of the outlined headings, the figures and the tables, in their order."""
    return json.loads(engine.query("<pages>", field="value", one=True))
