"""The last hand on pandoc's Word file: cover, contents, sections, numbering, properties."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ..document import Document
from . import contents, cover, mathematics, numbering

SHORT_TABLE = 16  # rows
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def finish(path: Path, document: Document, pages: dict[str, list[int]]) -> WordDocument:
    """The finished document. ``pages`` are the page numbers that the contents show."""
    word = docx.Document(str(path))
    numbering.define(word, document)
    front = contents.build(word, document, pages)
    assemble(word, document, front)
    mend_tables(word)
    mathematics.mend(word)
    unique_ids(word)
    properties(word, document)
    return word


def saved(word: WordDocument, timestamp: int) -> bytes:
    """The file's bytes, the same ones every time."""
    stream = io.BytesIO()
    word.save(stream)
    return frozen(stream.getvalue(), timestamp)


def paragraphs_of(word: WordDocument, style: str) -> list:
    wanted = (p for p in word.element.body.iter(qn("w:p")) if style_of(p) == style)
    return list(wanted)


def style_of(paragraph) -> str:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return style.get(qn("w:val")) if style is not None else ""


def assemble(word: WordDocument, document: Document, front: list) -> None:
    """Cover, front matter and text in sections of their own, each with its page numbers."""
    body = word.element.body
    last = body.sectPr
    restart(last, "decimal")
    for end in paragraphs_of(word, "AbstractEnd"):
        first = end is paragraphs_of(word, "AbstractEnd")[0]
        for element in cover.keywords(document) if first else []:
            end.addprevious(element)
        body.remove(end)
    marker = paragraphs_of(word, "FrontEnd")[0]
    has_front = marker is not body[0] or front
    for element in front:
        marker.addprevious(element)
    if has_front:
        marker.addprevious(
            break_after(last, "upperRoman" if document.metadata.report else "decimal")
        )
        drop_first_page_break(body)
    body.remove(marker)
    break_before_appendix(word)
    if document.metadata.report:
        for index, element in enumerate([*cover.build(word, document), break_after(last, None)]):
            body.insert(index, element)


def break_before_appendix(word: WordDocument) -> None:
    for marker in paragraphs_of(word, "AppendixStart"):
        following = next(marker.itersiblings(qn("w:p")), None)
        if following is not None and following.pPr is not None:
            following.pPr.find(qn("w:pStyle")).addnext(parse_xml(f"<w:pageBreakBefore {W}/>"))
        marker.getparent().remove(marker)


def drop_first_page_break(body) -> None:
    """The section starts a page already; a second break would leave an empty one."""
    first = body[0]
    if first.tag == qn("w:sdt"):
        first = first.find(f".//{qn('w:p')}")
    if style_of(first) in {"FrontHeading", "TOCHeading"}:
        first.find(qn("w:pPr")).find(qn("w:pStyle")).addnext(
            parse_xml(f'<w:pageBreakBefore {W} w:val="0"/>')
        )


def restart(section, kind: str | None) -> None:
    for old in section.findall(qn("w:pgNumType")):
        section.remove(old)
    if kind:
        number = parse_xml(f'<w:pgNumType {W} w:fmt="{kind}" w:start="1"/>')
        section.find(qn("w:pgMar")).addnext(number)


def break_after(section, kind: str | None):
    """A paragraph that ends a section like ``section``; without ``kind`` no header or footer."""
    paragraph = parse_xml(f'<w:p {W}><w:pPr><w:pStyle w:val="SectionBreak"/></w:pPr></w:p>')
    copy = parse_xml(section.xml if hasattr(section, "xml") else section)
    if kind is None:
        for name in ("w:headerReference", "w:footerReference"):
            for reference in copy.findall(qn(name)):
                copy.remove(reference)
    restart(copy, kind)
    kind_of_break = parse_xml(f'<w:type {W} w:val="nextPage"/>')
    for old in copy.findall(qn("w:type")):
        copy.remove(old)
    copy.find(qn("w:pgSz")).addprevious(kind_of_break)
    paragraph[0].append(copy)
    return paragraph


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
        rule_last_head_row(table)
        keep_short_table_whole(table)
        for row in table.findall(qn("w:tr")):
            settings = row.get_or_add_trPr()
            if settings.find(qn("w:cantSplit")) is None:
                settings.insert(0, parse_xml(f"<w:cantSplit {W}/>"))


def style_padding(table) -> None:
    """The cells that pandoc adds to short rows get a style, like all others."""
    for paragraph in table.iter(qn("w:p")):
        if not style_of(paragraph):
            paragraph.get_or_add_pPr().style = "TableLeft"


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


def properties(word: WordDocument, document: Document) -> None:
    data, core = document.metadata, word.core_properties
    moment = datetime.fromtimestamp(document.timestamp, UTC).replace(tzinfo=None)
    core.title = data.title
    core.subject = data.subtitle or data.description
    core.author = ", ".join(data.author)
    core.last_modified_by = core.author
    core.keywords = ", ".join(data.keywords)
    core.language = document.language.tag
    core.comments = data.description
    core.created = core.modified = moment


def frozen(data: bytes, timestamp: int) -> bytes:
    """The same archive with one fixed time on every entry."""
    moment = datetime.fromtimestamp(max(timestamp, 315532800), UTC).timetuple()[:6]
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            fixed = zipfile.ZipInfo(entry.filename, moment)
            fixed.compress_type = zipfile.ZIP_STORED if packed(entry) else zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            new.writestr(fixed, old.read(entry))
    return stream.getvalue()


def packed(entry: zipfile.ZipInfo) -> bool:
    """Is it a picture whose format is compressed already?"""
    return entry.filename.endswith((".png", ".jpg", ".jpeg", ".gif"))
