"""The cover page and the line of keywords."""

from __future__ import annotations

from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.shared import Cm

from ..document import Document
from ..layout import text_width, twips
from ..metadata import Metadata

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
VALUE = 4300  # twentieths of a point
BLANK = "\u2007" + "_" * 20


def paragraph(style: str, text: str) -> str:
    return (
        f'<w:p {W}><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def cell(width: int, content: str, ruled: bool) -> str:
    line = '<w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
    rule = f"<w:tcBorders>{line}</w:tcBorders>"
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{rule if ruled else ""}'
        f'<w:vAlign w:val="bottom"/></w:tcPr>{content}</w:tc>'
    )


def fields(rows: tuple[tuple[str, str], ...]) -> str:
    """The fields as a table of two columns, the values on ruled lines."""
    label_width = 300 + max(width(label) for label, _ in rows)
    lines = "".join(
        f"<w:tr>{cell(label_width, paragraph('CoverLabel', label), False)}"
        f"{cell(VALUE, paragraph('CoverValue', value), True)}</w:tr>"
        for label, value in rows
    )
    return (
        f'<w:tbl {W}><w:tblPr><w:tblStyle w:val="CoverTable"/>'
        f'<w:tblW w:w="{label_width + VALUE}" w:type="dxa"/>'
        '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>'
        f'<w:gridCol w:w="{label_width}"/><w:gridCol w:w="{VALUE}"/></w:tblGrid>{lines}</w:tbl>'
    )


def width(text: str) -> int:
    """Width of 14-point text in twentieths of a point: Chinese characters are square."""
    return sum(280 if ord(character) > 0x2E7F else 150 for character in text)


def logo(word: WordDocument, path: str) -> str:
    """A paragraph with the picture; python-docx files the picture and hands back its XML."""
    holder = word.add_paragraph()
    holder.add_run().add_picture(path, height=Cm(2.4))
    xml = holder._p.xml
    holder._p.getparent().remove(holder._p)
    return xml.replace("<w:r>", '<w:pPr><w:pStyle w:val="CoverLogo"/></w:pPr><w:r>', 1)


def spaced(xml: str, data: Metadata) -> str:
    """The subtitle with so much space below it that the fields end near the foot of the page."""
    lines = 1 + width(data.title) * 24 // 14 // twips(text_width(data))
    used = 3200 + 640 * lines + 600 * bool(data.subtitle) + 1700 * bool(data.institution)
    used += 2000 * bool(data.logo) + 600 * max(len(data.cover), 2)
    space = max(600, min(5200, 12600 - used))
    return xml.replace("</w:pPr>", f'<w:spacing w:after="{space}"/></w:pPr>', 1)


def build(word: WordDocument, document: Document) -> list:
    """The cover's elements, in order."""
    data = document.metadata
    parts = []
    if data.logo:
        parts.append(logo(word, str(document.find(data.logo))))
    if data.institution:
        parts.append(paragraph("CoverInstitution", data.institution))
    parts.append(paragraph("CoverTitle", data.title))
    parts.append(spaced(paragraph("CoverSubtitle", data.subtitle), data))
    if data.cover:
        parts.append(fields(data.cover))
    else:
        names = document.language.list_separator.join(data.author)
        parts += [paragraph("CoverValue", line) for line in (names, data.date) if line]
    return [parse_xml(part) for part in [*parts, *declaration(document)]]


def declaration(document: Document) -> list[str]:
    """A page below the cover with a text, and lines to sign on."""
    page = document.settings()["declaration"]
    if not page:
        return []
    return [
        paragraph("FrontHeading", page["title"]),
        *(paragraph("BodyText", text) for text in page["text"]),
        *(paragraph("Signature", f"{line}{BLANK}") for line in page["signature"]),
    ]


def keywords(document: Document) -> list:
    """“Keywords: a, b, c” below the first abstract."""
    words = document.metadata.keywords
    if not words:
        return []
    label = escape(document.language.words["keywords"])
    text = escape(document.language.keyword_separator.join(words))
    return [
        parse_xml(
            f'<w:p {W}><w:pPr><w:pStyle w:val="Keywords"/></w:pPr><w:r><w:rPr>'
            '<w:rStyle w:val="KeywordsLabel"/></w:rPr>'
            f'<w:t xml:space="preserve">{label}</w:t></w:r>'
            f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
        )
    ]
