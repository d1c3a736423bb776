"""A school's own Word file: its styles and its page, and ours for whatever it has no style for.

Word in Chinese calls the style "heading 1" by the id "1", others by "Heading1". The styles that we
write get our ids first; after that nobody needs to know where they came from.
"""

from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.part import PartFactory
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.package import Package
from docx.parts.document import DocumentPart
from docx.shared import Cm, Length
from lxml import etree

from ..document import Document
from ..errors import ExportError, Note
from ..metadata import FILE, PAGE_WIDTH
from .look import twips
from .reference import HEADING_LIST, filled, replace_content, store, styles

# Main parts of documents, which we write, of templates, and of either with macros.
OPEN, WORD = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml",
    "application/vnd.ms-word",
)
KINDS = (f"{OPEN}.document.main+xml", f"{OPEN}.template.main+xml")
KINDS += tuple(
    f"{WORD}.{k}.main+xml" for k in ("document.macroEnabled", "template.macroEnabledTemplate")
)
PartFactory.part_type_for.update(dict.fromkeys(KINDS, DocumentPart))
MACROS = ("/vbaProject", "/keyMapCustomizations")
FURNITURE = ("w:headerReference", "w:footerReference")
REFERRING = [qn(f"w:{tag}") for tag in ("basedOn", "next", "link", "pStyle", "rStyle", "tblStyle",
                                        "styleLink", "numStyleLink")]  # fmt: skip


def build(path: Path, source: Path, document: Document) -> set[str]:
    """Write ``source`` without its text to ``path``, for pandoc; give the ids of styles added."""
    word = opened(source)
    keep_furniture(word, document)
    ours = styles(document).findall(qn("w:style"))
    rename(word, new_ids(word, ours))
    added = add_missing(word, ours)
    mend_contents(word)
    if document.metadata.number_sections:
        number_headings(word, added)
    store(path, word)
    return added


def opened(source: Path) -> WordDocument:
    """Open a document or a template (.docx, .dotx, .docm, .dotm), without its macros."""
    message = f"{FILE}: template '{source.name}' is not a Word file (.docx, .dotx, .docm, .dotm)"
    try:
        part = Package.open(str(source)).main_document_part
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise ExportError(message) from error
    if part.content_type not in KINDS:
        raise ExportError(message)
    part._content_type = KINDS[0]
    for name in [name for name, one in part.rels.items() if one.reltype.endswith(MACROS)]:
        del part.rels[name]  # what nothing refers to is not stored
    return part.document


def keep_furniture(word: WordDocument, document: Document) -> None:
    """Empty the body; its last section keeps the headers and footers that it had or inherited."""
    body = word.element.body
    inherit(list(body.iter(qn("w:sectPr"))))
    for element in list(body):
        if element.tag != qn("w:sectPr"):
            body.remove(element)
    section = word.sections[-1]
    if section.footer.is_linked_to_previous:  # no footer at all: then no page numbers either
        replace_content(section.footer, filled("footer.xml"))
    if document.metadata.header and section.header.is_linked_to_previous:
        replace_content(section.header, filled("header.xml", words=document.metadata.header))


def inherit(sections: list) -> None:
    """A section without a header of its own continues that of the section before it."""
    for before, section in pairwise(sections):
        for tag in FURNITURE:
            own = {item.get(qn("w:type")) for item in section.findall(qn(tag))}
            for item in before.findall(qn(tag)):
                if item.get(qn("w:type")) not in own:
                    section.insert(0, parse_xml(item.xml))


def text_width(path: Path) -> float:
    """Centimetres between the margins of a reference document."""
    return inner_width(docx.Document(str(path)))


def inner_width(word: WordDocument) -> float:
    section = word.sections[-1]
    sides = (section.left_margin, section.right_margin, section.gutter)
    return Length((section.page_width or Cm(PAGE_WIDTH)) - sum(side or 0 for side in sides)).cm


def note(word: WordDocument, added: set[str], name: str) -> Note | None:
    """Name the styles that the document uses and the template did not have."""
    used = {style.get(qn("w:val")) for style in word.element.body.iter(qn("w:pStyle"))}
    names = [style.name for style in word.styles if style.style_id in used & added]
    if not names:
        return None
    return Note(f"{FILE}: template '{name}' lacks the styles {', '.join(names)}; ours were added")


def style_elements(word: WordDocument) -> list:
    return word.styles.element.findall(qn("w:style"))


def key(style) -> tuple[str, str]:
    """Kind and name, in whatever case, which make two styles the same."""
    name = style.find(qn("w:name")).get(qn("w:val"))
    return style.get(qn("w:type"), "paragraph"), name.casefold()


def new_ids(word: WordDocument, ours: list) -> dict[str, str]:
    """Old id → new id: ours where the names agree, and something else where only the ids do."""
    known = {key(style): style.get(qn("w:styleId")) for style in ours}
    taken, found = set(known.values()), {}
    for style in style_elements(word):
        old = style.get(qn("w:styleId"))
        found[old] = known.get(key(style)) or (f"Template{old}" if old in taken else old)
    return found


def rename(word: WordDocument, ids: dict[str, str]) -> None:
    """Give the styles their new ids wherever the file mentions them."""
    for style in style_elements(word):
        style.set(qn("w:styleId"), ids[style.get(qn("w:styleId"))])
    for part in word.part.package.iter_parts():
        element = getattr(part, "_element", None)
        if element is None:
            continue
        for mention in element.iter(*REFERRING):
            old = mention.get(qn("w:val"))
            mention.set(qn("w:val"), ids.get(old, old))


def add_missing(word: WordDocument, ours: list) -> set[str]:
    """Add the styles that the template has not; give their ids."""
    there = {style.get(qn("w:styleId")): style for style in style_elements(word)}
    missing = [style for style in ours if style.get(qn("w:styleId")) not in there]
    for style in missing:
        adapt(style, there)
        style.attrib.pop(qn("w:default"), None)
        word.styles.element.append(style)
    return {style.get(qn("w:styleId")) for style in missing}


def adapt(style, there: dict) -> None:
    """Leave to the template's own styles what they decide for those based on them."""
    base = style.find(qn("w:basedOn"))
    base = there.get(base.get(qn("w:val"))) if base is not None else None
    if base is None or style.get(qn("w:type")) != "paragraph":
        return
    if base is not there.get("Normal") or style.get(qn("w:styleId")) == "BodyText":
        for name in ("w:spacing", "w:ind", "w:jc"):
            own = setting(style, name)
            if own is not None and setting(base, name) is not None:
                own.getparent().remove(own)
    flush = base in (there.get("Normal"), there.get("Caption"))
    if flush and style.get(qn("w:styleId")) != "BodyText" and setting(style, "w:ind") is None:
        indent = style.get_or_add_pPr().get_or_add_ind()  # whatever indent "Normal" may have
        indent.set(qn("w:firstLineChars"), "0")
        indent.set(qn("w:firstLine"), "0")


def setting(style, name: str):
    return style.find(f"{qn('w:pPr')}/{qn(name)}")


def mend_contents(word: WordDocument) -> None:
    """Page numbers stand at the right margin, even if the template's styles do not say so."""
    width = twips(inner_width(word))
    tab = f'<w:tabs {nsdecls("w")}><w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs>'
    for style in style_elements(word):
        entry = key(style)[1].startswith("toc ") and key(style)[1] != "toc heading"
        if entry and setting(style, "w:tabs") is None:
            style.get_or_add_pPr()._insert_tabs(parse_xml(tab))


def number_headings(word: WordDocument, added: set[str]) -> None:
    """Bind headings to our list where the template does not number them itself."""
    styles = {style.get(qn("w:styleId")): style for style in style_elements(word)}
    headings = [styles[f"Heading{level}"] for level in range(1, 7)]
    own = [style for style in headings if style.get(qn("w:styleId")) not in added]
    if setting(styles["TOCHeading"], "w:numPr") is None:  # Word bases it on heading 1
        bind(styles["TOCHeading"], 0, 0)
    if any(setting(style, "w:numPr") is not None for style in own):
        return
    for level, style in enumerate(headings):
        if style in own:
            bind(style, level, HEADING_LIST)


def bind(style, level: int, identifier: int) -> None:
    """Put a style on a level of a numbered list; list 0 is none."""
    listed = f'<w:ilvl w:val="{level}"/><w:numId w:val="{identifier}"/>'
    style.get_or_add_pPr()._insert_numPr(parse_xml(f"<w:numPr {nsdecls('w')}>{listed}</w:numPr>"))
