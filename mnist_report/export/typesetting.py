"""Typst: source to PDF, and the page on which each heading, figure and table falls."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typst

from .document import Document
from .errors import ExportError
from .fonts import font_files, font_folders

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
MAIN = """#import "report.typ": *
#show: setup
#if doc.cover {{ cover() }}
{body}
#pages()
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


def compiler(source: Path) -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[str(folder) for folder in font_folders()],
    )
    return typst.Compiler(input=str(source), root=str(source.parent), font_paths=fonts)


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
    extra: dict[str, Any] = {"fonts": font_names(), "logo": logo}
    for plain in (False, True):
        out, warnings = write(document, "typst", folder, plain_math=plain, **extra)
        source = folder / "main.typ"
        source.write_text(MAIN.format(body=out.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            engine = compiler(source)
            engine.query("<pages>")
        except (RuntimeError, ValueError, typst.TypstError) as error:
            if plain:
                raise ExportError(
                    f"the typesetter stopped: {' '.join(str(error).split())}"
                ) from error
            problem = " ".join(str(error).split())
            continue
        if plain:
            warnings = [*warnings, f"formulas shown as their source: {problem}"]
        return engine, warnings
    raise AssertionError("unreachable")


def page_numbers(engine: typst.Compiler) -> dict[str, list[int]]:
    """Pages of the outlined headings, the figures and the tables, in their order."""
    return json.loads(engine.query("<pages>", field="value", one=True))
