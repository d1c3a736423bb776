"""Header, footer and page set-up that a template brings, and ours where it has none."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ..document import Document
from .reference import field
from .stylesheet import NAMESPACE

REFERENCES = ("w:headerReference", "w:footerReference")


def keep_furniture(word: WordDocument, document: Document) -> None:
    """Empty the body; its last section keeps the headers and footers that it had or inherited."""
    body = word.element.body
    inherit(list(body.iter(qn("w:sectPr"))))
    for element in list(body):
        if element.tag != qn("w:sectPr"):
            body.remove(element)
    section = word.sections[-1]
    if section.footer.is_linked_to_previous:  # no footer at all: then no page numbers either
        write(section.footer, "Footer", field("PAGE", "1"))
    if document.metadata.header and section.header.is_linked_to_previous:
        text = f"<w:r><w:t>{escape(document.metadata.header)}</w:t></w:r>"
        write(section.header, "Header", text)


def inherit(sections: list) -> None:
    """A section without a header of its own continues that of the section before it."""
    for before, section in pairwise(sections):
        for tag in REFERENCES:
            own = {item.get(qn("w:type")) for item in section.findall(qn(tag))}
            for item in before.findall(qn(tag)):
                if item.get(qn("w:type")) not in own:
                    section.insert(0, parse_xml(item.xml))


def write(part, style: str, content: str) -> None:
    part.is_linked_to_previous = False
    old = part.paragraphs[0]._p
    ppr = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
    old.getparent().replace(old, parse_xml(f'<w:p xmlns:w="{NAMESPACE}">{ppr}{content}</w:p>'))
