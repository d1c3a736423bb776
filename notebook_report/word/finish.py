"""The last hand on pandoc's Word file: cover, contents, sections, numbering, properties."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt

from ..document import Attempt, Document
from ..pandoc import convert
from ..typesetter import Typesetter
from ..typesetting import Pages, furnished, pages
from . import contents, cover, floats, formulas, mend
from .look import with_measures
from .reference import numbering

W = nsdecls("w")
CLOSE = Pt(15.5)  # from line to line of dense contents
PROPERTY = 255  # characters
MARKERS = {"AppendixStart", "PageBreak", "LandscapeStart", "LandscapeEnd"}
SECTION = f".//{qn('w:sectPr')}"
PACKED = (".png", ".jpg", ".jpeg", ".gif")  # pictures, which are compressed already


def without_pages(
    document: Document, folder: Path, attempt: Attempt, arguments: list[str]
) -> tuple[WordDocument, list[str]]:
    """Return the finished document, and warnings."""
    out, warnings = convert(document, "docx", folder, attempt, arguments)
    return finished(opened(out, document), document, Pages()), warnings


def with_pages(
    document: Document, folder: Path, attempt: Attempt, arguments: list[str]
) -> tuple[WordDocument, list[str]]:
    """Return the finished document, which tells the pages of a PDF with its measures; warnings."""
    document = with_measures(document)
    attempt, _ = furnished(document, folder, replace(attempt, paged=True))
    with Typesetter() as typesetter, ThreadPoolExecutor() as pool:  # Typst works outside Python
        out, warnings = convert(document, "docx", folder, attempt, arguments)
        known = pool.submit(pages, typesetter, document, folder, attempt)
        word = opened(out, document)
        return finished(word, document, known.result()), warnings


def opened(path: Path, document: Document) -> WordDocument:
    """Return pandoc's Word file with what does not depend on its pages done."""
    word = docx.Document(str(path))
    add_numbering(word, document)
    mend.mend_tables(word)
    mend.centre_headings(word)
    return word


def finished(word: WordDocument, document: Document, known: Pages) -> WordDocument:
    """Return the finished document; its contents show the ``known`` pages."""
    floats.move(word, known)
    front = contents.build(word, document, known)
    assemble(word, document, front)
    if front and known.shared:
        keep_on_page(front[0])
    if known.dense:
        for level in range(1, 5):  # as close as in the PDF, or they would not fit
            word.styles[f"toc {level}"].paragraph_format.line_spacing = CLOSE
    mend.mend_directions(word)
    formulas.mend(word)
    mend.colour_styles(word)
    mend.unique_ids(word)
    properties(word, document)
    return word


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
    number_pages(last, "decimal")
    for index, end in enumerate(paragraphs_of(word, "AbstractEnd")):
        for element in cover.keywords(document) if index == 0 else []:
            end.addprevious(element)
        body.remove(end)
    marker = paragraphs_of(word, "FrontEnd")[0]
    has_front = marker is not body[0] or front
    for element in front:
        marker.addprevious(element)
    if has_front:
        numerals = "upperRoman" if document.metadata.report else "decimal"
        marker.addprevious(section_end(last, numerals))
        keep_on_page(body[0])  # the section starts a page already
    body.remove(marker)
    break_pages(word)
    turn_pages(word)
    if document.metadata.report:
        for index, element in enumerate([*cover.build(word, document), section_end(last, None)]):
            body.insert(index, element)


def break_pages(word: WordDocument) -> None:
    """Start a page at the appendix and wherever the text asks for one."""
    for marker in [*paragraphs_of(word, "AppendixStart"), *paragraphs_of(word, "PageBreak")]:
        following = marker.getnext()
        if following.tag == qn("w:p") and contents.style_of(following) not in MARKERS:
            start_page(following, True)
            marker.getparent().remove(marker)
        else:
            marker.pPr.style = "SectionBreak"
            marker.append(parse_xml(f'<w:r {W}><w:br w:type="page"/></w:r>'))


def start_page(paragraph, starts: bool) -> None:
    """Let a paragraph start a page, or not, whatever its style says."""
    paragraph.get_or_add_pPr().get_or_add_pageBreakBefore().val = starts


def keep_on_page(element) -> None:
    """Let a heading of the front matter, or the list that begins with it, start no page."""
    first = element.find(f".//{qn('w:p')}") if element.tag == qn("w:sdt") else element
    if contents.style_of(first) in {"FrontHeading", "TOCHeading"}:
        start_page(first, False)
        first.pPr.spacing_before = CLOSE


def turn_pages(word: WordDocument) -> None:
    """Put what stands between the marks of turned pages into sections of their own."""
    last = word.element.body.sectPr
    marks = (paragraphs_of(word, f"Landscape{side}") for side in ("Start", "End"))
    for start, end in zip(*marks, strict=True):
        before, turned = start.getprevious(), last
        if before is not None and before.find(SECTION) is None:
            start.addprevious(section_before(last))
        if end.getnext() is not last:
            end.addprevious(section_before(last))
            turned = end.getprevious().find(SECTION)
        size = turned.find(qn("w:pgSz"))
        size.w, size.h, size.orient = size.h, size.w, WD_ORIENT.LANDSCAPE
        for mark in (start, end):
            mark.getparent().remove(mark)


def section_before(section):
    """Return a paragraph that ends a section like ``section``, which goes on with its numbers."""
    starts = section.find(qn("w:pgNumType")).get(qn("w:start")) is not None
    paragraph = section_end(section, "decimal", starts)
    number_pages(section, "decimal", starts=False)
    return paragraph


def number_pages(section, kind: str | None, starts: bool = True) -> None:
    """Number a section's pages, from 1 on where it ``starts``; without ``kind`` not at all."""
    for old in section.findall(qn("w:pgNumType")):
        section.remove(old)
    if kind:
        start = ' w:start="1"' if starts else ""
        number = parse_xml(f'<w:pgNumType {W} w:fmt="{kind}"{start}/>')
        section.find(qn("w:pgMar")).addnext(number)


def section_end(section, kind: str | None, starts: bool = True):
    """Return a paragraph that ends a section like ``section``; without ``kind`` no header."""
    paragraph = parse_xml(f'<w:p {W}><w:pPr><w:pStyle w:val="SectionBreak"/></w:pPr></w:p>')
    copy = parse_xml(section.xml if hasattr(section, "xml") else section)
    unwanted = ["w:type"] if kind else ["w:type", "w:headerReference", "w:footerReference"]
    for old in [item for name in unwanted for item in copy.findall(qn(name))]:
        copy.remove(old)
    number_pages(copy, kind, starts)
    copy.find(qn("w:pgSz")).addprevious(parse_xml(f'<w:type {W} w:val="nextPage"/>'))
    paragraph[0].append(copy)
    return paragraph


def properties(word: WordDocument, document: Document) -> None:
    """Fill in the file's properties: as much of each text as Word takes."""
    data, core = document.metadata, word.core_properties
    author = ", ".join(data.author)
    texts = {
        **{"title": data.title, "subject": data.subtitle or data.description},
        **{"author": author, "last_modified_by": author, "comments": data.description},
        **{"keywords": ", ".join(data.keywords), "language": document.language.tag},
    }
    for name, text in texts.items():
        setattr(core, name, text if len(text) <= PROPERTY else f"{text[: PROPERTY - 1]}…")
    moment = datetime.fromtimestamp(document.timestamp, UTC).replace(tzinfo=None)
    core.created = core.modified = moment


def saved(word: WordDocument, timestamp: int) -> bytes:
    """Return the file's bytes, with one fixed time on every entry of the archive."""
    moment = datetime.fromtimestamp(max(timestamp, 315532800), UTC).timetuple()[:6]
    written, stream = io.BytesIO(), io.BytesIO()
    word.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            fixed = zipfile.ZipInfo(entry.filename, moment)
            is_packed = entry.filename.endswith(PACKED)
            fixed.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o600 << 16
            new.writestr(fixed, old.read(entry))
    return stream.getvalue()
