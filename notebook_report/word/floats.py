"""Figures and tables that would leave a gap stand behind text that follows, as in the PDF."""

from docx.document import Document as WordDocument

from ..typesetting import Pages
from .contents import style_of

TEXT = {"BodyText", "FirstParagraph", "BodyTextContinued", "ListParagraph"}
HEADINGS = {f"Heading{level}" for level in range(1, 7)}
PASSING = TEXT | HEADINGS


def move(word: WordDocument, pages: Pages) -> None:
    """Let text pass a figure that the PDF has on a later page; docx.lua's numbers of blocks go."""
    body, pieces = word.element.body, {}
    for element in list(body):
        place = element.get("place")
        if place is not None:
            piece = pieces[int(place)] = []
            body.remove(element)
        elif pieces:
            piece.append(element)
    places, order = dict(pages.places), list(pieces)
    for number, page in sorted(pages.floats, reverse=True):  # so that none passes another one
        start = at = order.index(number)
        while styles(pieces[order[at + 1]]) <= PASSING and places.get(order[at + 1], page) < page:
            at += 1
        while styles(pieces[order[at]]) <= HEADINGS:  # which stay with their text
            at -= 1
        if at > start:
            anchor = pieces[order[at]][-1]
            for element in reversed(pieces[number]):
                anchor.addnext(element)
            order.insert(at, order.pop(start))


def styles(piece: list) -> set[str]:
    """Return the styles of a piece's paragraphs; "" stands for anything else, or nothing."""
    return {style_of(element) for element in piece if "bookmark" not in element.tag} or {""}
