"""Fonts and measures of the Word file, which templates/word/styles.xml puts into its styles."""

from dataclasses import dataclass, replace

from ..document import Document
from ..languages import CHINESE as CHINESE_LANGUAGE


@dataclass(frozen=True)
class Look:
    """Fonts and measures of one language. Sizes are in half points, distances in twentieths."""

    line: int  # from line to line
    after: int  # below a paragraph
    indent: int  # of a first line, in hundredths of a character
    heading_bold: bool
    latin: str = "Times New Roman"
    serif: str = "SimSun"
    sans: str = "SimHei"
    quote: str = "KaiTi"
    mono: str = "Consolas"
    size: int = 24
    small: int = 21
    title: int = 48
    headings: tuple[int, ...] = (32, 28, 24)  # of levels 1, 2 and 3
    width: int = 9070  # of the text: 16 cm


CHINESE = Look(line=400, after=0, indent=200, heading_bold=False)
ENGLISH = Look(line=320, after=120, indent=0, heading_bold=True)

# What the metadata call the fonts and sizes of a look.
FONTS = {"latin": "latin", "text": "serif", "headings": "sans", "code": "mono"}
SIZES = {"text": "size", "small": "small", "title": "title"}


def twips(centimetres: float) -> int:
    """Word's unit, a twentieth of a point."""
    return round(centimetres / 2.54 * 1440)


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
    return replace(look, headings=tuple(headings), width=twips(data.text_width), **wanted)


def with_measures(document: Document) -> Document:
    """The document with Word's sizes of type and distance of lines for the typesetter."""
    look = look_of(document)
    sizes = {name: getattr(look, measure) / 2 for name, measure in SIZES.items()}
    sizes |= {f"heading{level}": size / 2 for level, size in enumerate(look.headings, 1)}
    measures = {"sizes": sizes, "line_spacing": look.line / 20}
    return replace(document, metadata=document.metadata.model_copy(update=measures))
