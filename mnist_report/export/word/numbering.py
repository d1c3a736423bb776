"""Native numbering of headings (1, 1.1, …) and appendices (A, A.1, …)."""

from __future__ import annotations

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ..document import Document
from .stylesheet import APPENDIX_LIST, HEADING_LIST

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def levels(style: str, count: int, first: str, first_format: str, suffix: str) -> str:
    """Level definitions, each bound to the heading style of its depth."""
    parts = []
    for depth in range(count):
        text = first if depth == 0 else ".".join(f"%{level}" for level in range(1, depth + 2))
        kind = first_format if depth == 0 else "decimal"
        parts.append(
            f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
            f'<w:pStyle w:val="{style}{depth + 1}"/><w:suff w:val="{suffix}"/>'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            '<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        )
    return "".join(parts)


def define(word: WordDocument, document: Document) -> None:
    """Add the two lists that the heading and appendix styles refer to."""
    root = word.part.numbering_part.element
    label = document.language.labels["app"]
    # A full-width space keeps number and title apart in Chinese, two spaces in English.
    gap = "\u3000" if document.settings()["chinese"] else "\u2002"
    lists = {
        HEADING_LIST: levels("Heading", 6, "%1", "decimal", "nothing"),
        APPENDIX_LIST: levels("Appendix", 3, f"{label} %1", "upperLetter", "nothing"),
    }
    first = root.find(qn("w:num"))
    for identifier, content in lists.items():
        spaced = content.replace('"/><w:lvlJc', f'{gap}"/><w:lvlJc')
        abstract = parse_xml(
            f'<w:abstractNum {W} w:abstractNumId="{identifier}">'
            f'<w:multiLevelType w:val="multilevel"/>{spaced}</w:abstractNum>'
        )
        if first is None:
            root.append(abstract)
        else:
            first.addprevious(abstract)
    for identifier in lists:
        root.append(
            parse_xml(
                f'<w:num {W} w:numId="{identifier}"><w:abstractNumId w:val="{identifier}"/></w:num>'
            )
        )
