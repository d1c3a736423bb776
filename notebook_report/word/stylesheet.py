"""word/styles.xml for a language."""

from __future__ import annotations

from dataclasses import replace

from ..document import Document
from ..languages import CHINESE as CHINESE_LANGUAGE
from ..layout import text_width, twips
from . import page_styles, text_styles
from .styles import CHINESE, ENGLISH, Look, fonts, run

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def defaults(look: Look) -> str:
    language = f'<w:lang w:val="{look.tag}" w:eastAsia="{look.east}" w:bidi="ar-SA"/>'
    rpr = run(fonts(look.latin, look.serif), look.size, extra=language)
    return (
        f"<w:docDefaults><w:rPrDefault>{rpr}</w:rPrDefault>"
        "<w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>"
    )


# What the metadata call the fonts and sizes of a look.
FONTS = {"latin": "latin", "text": "serif", "headings": "sans", "code": "mono"}
SIZES = {"text": "size", "small": "small", "title": "title"}


def look_of(document: Document) -> Look:
    """The look of the document's language, with what its metadata want otherwise."""
    data = document.metadata
    look = CHINESE if document.language is CHINESE_LANGUAGE else ENGLISH
    wanted = {FONTS[name]: font for name, font in data.fonts.items()}
    wanted |= {SIZES[name]: round(2 * data.sizes[name]) for name in SIZES if name in data.sizes}
    headings = [
        round(2 * data.sizes.get(f"heading{level}", size / 2))
        for level, size in enumerate(look.headings, 1)
    ]
    if data.line_spacing:
        wanted["line"] = round(20 * data.line_spacing)
    return replace(look, headings=tuple(headings), width=twips(text_width(data)), **wanted)


def measures_of(document: Document) -> dict[str, object]:
    """Sizes of type and distance of lines in points, by the names of the typesetter's settings."""
    look = look_of(document)
    sizes = {name: getattr(look, measure) / 2 for name, measure in SIZES.items()}
    sizes |= {f"heading{level}": size / 2 for level, size in enumerate(look.headings, 1)}
    return {"sizes": sizes, "line_spacing": look.line / 20}


def style_list(look: Look, numbered: bool) -> list[str]:
    """Every style; ``numbered`` binds the headings to their numbered list."""
    return [
        *text_styles.characters(look),
        *text_styles.body(look),
        *text_styles.code(look),
        *text_styles.headings(look, numbered),
        *page_styles.cover(look),
        *page_styles.front(look),
        *page_styles.figures(look),
        *page_styles.tables(),
    ]


def stylesheet(look: Look, numbered: bool) -> str:
    """The whole of word/styles.xml."""
    styles = style_list(look, numbered)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:styles xmlns:w="{NAMESPACE}">{defaults(look)}{"".join(styles)}</w:styles>'
    )
