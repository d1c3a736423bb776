"""Formulas as the schema has them: pandoc writes some of their properties in another order."""

from __future__ import annotations

from docx.document import Document as WordDocument

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
ORDERS = {
    "mcPr": ("count", "mcJc"),
    "rPr": ("lit", "nor", "scr", "sty", "brk", "aln"),
}


def mend(word: WordDocument) -> None:
    """Put the properties of matrices and of mathematical runs into their order."""
    for parent, names in ORDERS.items():
        order = {f"{M}{name}": place for place, name in enumerate(names)}
        for properties in word.element.body.iter(f"{M}{parent}"):
            properties[:] = sorted(properties, key=lambda item: order.get(item.tag, len(order)))
            drop_style_of_text(properties)


def drop_style_of_text(properties) -> None:
    """Text in a formula is either normal or has a style of mathematics, not both."""
    if properties.find(f"{M}nor") is None:
        return
    for name in ("scr", "sty"):
        for style in properties.findall(f"{M}{name}"):
            properties.remove(style)
