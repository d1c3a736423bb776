"""Mend tables, colours and ids of pandoc's file, so that Word takes it without repair."""

import re

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import RGBColor

from .contents import style_of

W = nsdecls("w")
FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
LETTER = re.compile(r"[^\W\d_]")
SHORT_TABLE = 16  # rows
# What the schema wants behind a paragraph's direction, and behind a cell's borders and shade.
BEHIND_DIRECTION = ("w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:sectPr")
BEHIND_SHADE = ("w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark")


def mend_tables(word: WordDocument) -> None:
    """Centre tables, keep rows whole, and keep a short table with itself."""
    for table in word.element.body.iter(qn("w:tbl")):
        properties = table.tblPr
        style = properties.find(qn("w:tblStyle"))
        if style is not None and style.get(qn("w:val")) == "EquationTable":  # in a list, say
            for number in list(table.iter(qn("w:numPr"))):
                number.getparent().remove(number)
        if style is None or style.get(qn("w:val")) != "Table":
            continue
        if properties.find(qn("w:jc")) is None:
            width = properties.find(qn("w:tblW"))
            width.addnext(parse_xml(f'<w:jc {W} w:val="center"/>'))
        for paragraph in table.iter(qn("w:p")):
            if not style_of(paragraph):  # of a cell that pandoc adds to a short row
                paragraph.get_or_add_pPr().style = "TableLeft"
        paint_cells(table)
        rule_last_head_row(table)
        words = LETTER.search("".join(t.text or "" for t in table.iter(qn("w:t"))))
        if words and FROM_RIGHT.match(words[0]):
            style.addnext(parse_xml(f"<w:bidiVisual {W}/>"))
        rows = table.findall(qn("w:tr"))
        for row in rows[:-1] if len(rows) <= SHORT_TABLE else ():
            for paragraph in row.iter(qn("w:p")):
                paragraph.get_or_add_pPr().get_or_add_keepNext()
        for row in rows:
            settings = row.get_or_add_trPr()
            if settings.find(qn("w:cantSplit")) is None:
                settings.insert(0, parse_xml(f"<w:cantSplit {W}/>"))


def centre_headings(word: WordDocument) -> None:
    """Centre the headings that docx.lua has marked by an empty run."""
    for mark in word.element.body.xpath(".//w:r[@centred]"):
        mark.getparent().get_or_add_pPr().jc_val = WD_ALIGN_PARAGRAPH.CENTER
        mark.getparent().remove(mark)


def mend_directions(word: WordDocument) -> None:
    """Let paragraphs and runs of Arabic and Hebrew run from the right."""
    for text in word.element.body.iter(qn("w:t")):
        if not FROM_RIGHT.search(text.text or ""):
            continue
        run = text.getparent()
        if run.find(f"{qn('w:rPr')}/{qn('w:rtl')}") is None:
            run.get_or_add_rPr().append(parse_xml(f"<w:rtl {W}/>"))
        paragraph = next(run.iterancestors(qn("w:p")))
        words = LETTER.search("".join(t.text or "" for t in paragraph.iter(qn("w:t"))))
        properties = paragraph.get_or_add_pPr()
        if FROM_RIGHT.match(words[0]) and properties.find(qn("w:bidi")) is None:
            properties.insert_element_before(parse_xml(f"<w:bidi {W}/>"), *BEHIND_DIRECTION)


def paint_cells(table) -> None:
    """Fill cells with their colours, which docx.lua wrote on empty paragraphs; those go."""
    for mark in [p for p in table.iter(qn("w:p")) if p.get("fill") is not None]:
        fill, ink, cell = mark.get("fill"), mark.get("ink"), mark.getparent()
        cell.remove(mark)
        if fill:
            shade = parse_xml(f'<w:shd {W} w:val="clear" w:color="auto" w:fill="{fill}"/>')
            cell.get_or_add_tcPr().insert_element_before(shade, *BEHIND_SHADE)
        for own in cell.iter(qn("w:r")) if ink else ():
            own.get_or_add_rPr().append(parse_xml(f'<w:color {W} w:val="{ink}"/>'))


def rule_last_head_row(table) -> None:
    """Of several header rows only the last has the rule below; the style knows one row only."""
    rows = [r for r in table.findall(qn("w:tr")) if r.find(f".//{qn('w:tblHeader')}") is not None]
    for row in rows if len(rows) > 1 else ():
        line = "single" if row is rows[-1] else "nil"
        edge = f'<w:bottom w:val="{line}" w:sz="6" w:space="0" w:color="000000"/>'
        for cell in row.findall(qn("w:tc")):
            borders = parse_xml(f"<w:tcBorders {W}>{edge}</w:tcBorders>")
            cell.get_or_add_tcPr().insert_element_before(borders, "w:shd", *BEHIND_SHADE)


def unique_ids(word: WordDocument) -> None:
    """Bookmarks and drawings numbered afresh, since pandoc and our fields counted apart."""
    body = word.element.body
    numbers: dict[str, str] = {}
    for number, start in enumerate(body.iter(qn("w:bookmarkStart")), 1):
        numbers[start.get(qn("w:id"))] = str(number)
        start.set(qn("w:id"), str(number))
    for end in body.iter(qn("w:bookmarkEnd")):
        end.set(qn("w:id"), numbers[end.get(qn("w:id"))])
    for number, drawing in enumerate(body.iter(qn("wp:docPr")), 1):
        drawing.set("id", str(number))
        for side in ("distT", "distB", "distL", "distR"):  # LibreOffice assumes 9 pt without
            drawing.getparent().set(side, "0")


def colour_styles(word: WordDocument) -> None:
    """Give the styles of coloured words, which pandoc makes by their name, their colour."""
    for style in word.styles:
        first, _, rest = (style.name or "").partition(" ")
        if first == "Colour":
            colour, _, base = rest.partition(" ")
            style.font.color.rgb = RGBColor.from_string(colour.upper())
            style.base_style = word.styles[base] if base else style.base_style
