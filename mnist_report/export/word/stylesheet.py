"""word/styles.xml for a language."""

from __future__ import annotations

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


def stylesheet(chinese: bool, numbered: bool) -> str:
    """The whole of word/styles.xml; ``numbered`` binds the headings to their numbered list."""
    look = CHINESE if chinese else ENGLISH
    styles = [
        *text_styles.characters(look),
        *text_styles.body(look),
        *text_styles.code(look),
        *text_styles.headings(look, numbered),
        *page_styles.cover(look),
        *page_styles.front(look),
        *page_styles.figures(look),
        *page_styles.tables(),
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:styles xmlns:w="{NAMESPACE}">{defaults(look)}{"".join(styles)}</w:styles>'
    )
