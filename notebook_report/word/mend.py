"""Mend tables, colours and ids of pandoc's file, so that Word takes it without repair."""

import re

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import RGBColor

from .contents import style_of

W = nsdecls("w")
FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
LETTER = re.compile(r"[^\W\d_]")
AFTER_DIRECTION = {qn(f"w:{name}") for name in ("spacing", "ind", "jc", "outlineLvl", "sectPr")}
SHORT_TABLE = 16  # rows
BEFORE_SHADE = {qn(f"w:{name}") for name in ("tcW", "gridSpan", "hMerge", "vMerge", "tcBorders")}


def mend_tables(word: WordDocument) -> None:
    """Centre tables, keep rows whole, and keep a short table with itself."""
    for table in word.element.body.iter(qn("w:tbl")):
        properties_ = table.tblPr
        style = properties_.find(qn("w:tblStyle"))
        if style is None or style.get(qn("w:val")) != "Table":
            continue
        if properties_.find(qn("w:jc")) is None:
            width = properties_.find(qn("w:tblW"))
            width.addnext(parse_xml(f'<w:jc {W} w:val="center"/>'))
        style_padding(table)
        paint_cells(table)
        rule_last_head_row(table)
        keep_short_table_whole(table)
        for row in table.findall(qn("w:tr")):
            settings = row.get_or_add_trPr()
            if settings.find(qn("w:cantSplit")) is None:
                settings.insert(0, parse_xml(f"<w:cantSplit {W}/>"))


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
            after = [item for item in properties if item.tag in AFTER_DIRECTION]
            direction = parse_xml(f"<w:bidi {W}/>")
            after[0].addprevious(direction) if after else properties.append(direction)


def style_padding(table) -> None:
    """The cells that pandoc adds to short rows get a style, like all others."""
    for paragraph in table.iter(qn("w:p")):
        if not style_of(paragraph):
            paragraph.get_or_add_pPr().style = "TableLeft"


def paint_cells(table) -> None:
    """Fill cells with their colours, which docx.lua wrote on empty paragraphs; those go."""
    for mark in list(table.iter(qn("w:p"))):
        if mark.get("fill") is None:
            continue
        fill, ink, cell = mark.get("fill"), mark.get("ink"), mark.getparent()
        cell.remove(mark)
        if fill:
            shade = f'<w:shd {W} w:val="clear" w:color="auto" w:fill="{fill}"/>'
            properties = cell.get_or_add_tcPr()
            before = sum(item.tag in BEFORE_SHADE for item in properties)
            properties.insert(before, parse_xml(shade))
        for own in cell.iter(qn("w:r")) if ink else ():
            own.get_or_add_rPr().append(parse_xml(f'<w:color {W} w:val="{ink}"/>'))


def keep_short_table_whole(table) -> None:
    """Rows that keep with the next one hold a table together that would fit on a page."""
    rows = table.findall(qn("w:tr"))
    if len(rows) > SHORT_TABLE:
        return
    for row in rows[:-1]:
        for paragraph in row.iter(qn("w:p")):
            style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            if style is not None:
                style.addnext(parse_xml(f"<w:keepNext {W}/>"))


def rule_last_head_row(table) -> None:
    """Of several header rows only the last has the rule below; the style knows one row only."""
    rows = [
        row for row in table.findall(qn("w:tr")) if row.find(f".//{qn('w:tblHeader')}") is not None
    ]
    if len(rows) < 2:
        return
    for row in rows:
        line = "single" if row is rows[-1] else "nil"
        for cell in row.findall(qn("w:tc")):
            edge = f'<w:bottom w:val="{line}" w:sz="6" w:space="0" w:color="000000"/>'
            borders = parse_xml(f"<w:tcBorders {W}>{edge}</w:tcBorders>")
            cell.get_or_add_tcPr().append(borders)


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
