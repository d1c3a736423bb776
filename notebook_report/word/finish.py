"""The last hand on pandoc's Word file: cover, contents, sections, numbering, properties."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ..document import Document
from . import contents, cover, formulas, mend
from .reference import numbering

W = nsdecls("w")


def finish(path: Path, document: Document, pages: dict[str, list[int]]) -> WordDocument:
    """The finished document. ``pages`` are the page numbers that the contents show."""
    word = docx.Document(str(path))
    add_numbering(word, document)
    front = contents.build(word, document, pages)
    assemble(word, document, front)
    mend.mend_tables(word)
    formulas.mend(word)
    mend.colour_styles(word)
    mend.unique_ids(word)
    properties(word, document)
    return word


def saved(word: WordDocument, timestamp: int) -> bytes:
    """The file's bytes, the same ones every time."""
    stream = io.BytesIO()
    word.save(stream)
    return frozen(stream.getvalue(), timestamp)


def paragraphs_of(word: WordDocument, style: str) -> list:
    return [p for p in word.element.body.iter(qn("w:p")) if contents.style_of(p) == style]


def add_numbering(word: WordDocument, document: Document) -> None:
    """Add the numbered lists that the file's styles refer to."""
    root = word.part.numbering_part.element
    bound = {item.get(qn("w:val")) for item in word.styles.element.iter(qn("w:numId"))}
    first = root.find(qn("w:num"))  # the schema wants all definitions before it
    for item in numbering(document):
        definition = item.get(qn("w:abstractNumId"))
        if (definition or item.get(qn("w:numId"))) not in bound:
            continue
        if definition and first is not None:
            first.addprevious(item)
        else:
            root.append(item)


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
    if contents.style_of(first) in {"FrontHeading", "TOCHeading"}:
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
    """Tell pictures, whose formats are compressed already."""
    return entry.filename.endswith((".png", ".jpg", ".jpeg", ".gif"))
