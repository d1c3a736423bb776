"""The last hand on pandoc's Word file: cover, contents, sections, numbering, properties."""

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
PROPERTY = 255  # characters
MARKERS = {"AppendixStart", "PageBreak", "LandscapeStart", "LandscapeEnd"}


def finish(path: Path, document: Document, pages: dict[str, list[int]]) -> WordDocument:
    """The finished document. ``pages`` are the page numbers that the contents show."""
    word = docx.Document(str(path))
    add_numbering(word, document)
    front = contents.build(word, document, pages)
    assemble(word, document, front)
    if front and any(pages["shared"]):
        keep_on_page(front[0])
    mend.mend_tables(word)
    mend.mend_directions(word)
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
        keep_on_page(body[0])  # the section starts a page already
    body.remove(marker)
    break_pages(word)
    turn_pages(word)
    if document.metadata.report:
        for index, element in enumerate([*cover.build(word, document), break_after(last, None)]):
            body.insert(index, element)


def break_pages(word: WordDocument) -> None:
    """Start a page at the appendix and wherever the text asks for one."""
    for style in ("AppendixStart", "PageBreak"):
        for marker in paragraphs_of(word, style):
            following = marker.getnext()
            if following.tag == qn("w:p") and contents.style_of(following) not in MARKERS:
                style_ = following.get_or_add_pPr().find(qn("w:pStyle"))
                before = parse_xml(f"<w:pageBreakBefore {W}/>")
                following.pPr.insert(0, before) if style_ is None else style_.addnext(before)
                marker.getparent().remove(marker)
            else:
                marker.pPr.style = "SectionBreak"
                marker.append(parse_xml(f'<w:r {W}><w:br w:type="page"/></w:r>'))


def turn_pages(word: WordDocument) -> None:
    """Put what stands between the marks of turned pages into sections of their own."""
    body = word.element.body
    last = body.sectPr
    ends = paragraphs_of(word, "LandscapeEnd")
    for start, end in zip(paragraphs_of(word, "LandscapeStart"), ends, strict=True):
        before = start.getprevious()
        if before is not None and before.find(f".//{qn('w:sectPr')}") is None:
            start.addprevious(section_end(last))
            last.find(qn("w:pgNumType")).attrib.pop(qn("w:start"), None)
        if end.getnext() is last:
            turn(last)
        else:
            end.addprevious(section_end(last))
            turn(end.getprevious().find(f".//{qn('w:sectPr')}"))
            last.find(qn("w:pgNumType")).attrib.pop(qn("w:start"), None)
        body.remove(start)
        body.remove(end)


def section_end(section):
    """A paragraph that ends a section like ``section``, its page numbers included."""
    start = section.find(qn("w:pgNumType")).get(qn("w:start"))
    paragraph = break_after(section, "decimal")
    if start is None:
        paragraph.find(f".//{qn('w:pgNumType')}").attrib.pop(qn("w:start"))
    return paragraph


def turn(section) -> None:
    size = section.find(qn("w:pgSz"))
    width, height = size.get(qn("w:w")), size.get(qn("w:h"))
    size.set(qn("w:w"), height)
    size.set(qn("w:h"), width)
    size.set(qn("w:orient"), "landscape")


def keep_on_page(element) -> None:
    """Let a heading of the front matter, or the list that begins with it, start no page."""
    first = element.find(f".//{qn('w:p')}") if element.tag == qn("w:sdt") else element
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
    core.title = short(data.title)
    core.subject = short(data.subtitle or data.description)
    core.author = short(", ".join(data.author))
    core.last_modified_by = core.author
    core.keywords = short(", ".join(data.keywords))
    core.language = document.language.tag
    core.comments = short(data.description)
    core.created = core.modified = moment


def short(text: str) -> str:
    """As much of a text as Word's properties take; all of it stands in the document."""
    return text if len(text) <= PROPERTY else f"{text[: PROPERTY - 1]}…"


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
