"""Table of contents and lists of figures and tables, filled in before Word ever updates them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ..document import Document
from ..typesetting import Pages
from .reference import filled

HEADING = re.compile(r"(?:Heading|Appendix)([1-9])(?:Unnumbered)?")


class Entry(NamedTuple):
    """A line of the contents."""

    style: str
    words: str
    bookmark: str
    page: int


def build(word: WordDocument, document: Document, pages: Pages) -> list:
    """Return the elements of the contents and of the lists that the metadata ask for."""
    data, language = document.metadata, document.language
    parts = []
    if data.toc:
        levels = range(1, min(data.toc_depth, 3) + 1)
        more = ",".join(f"Heading {n} Unnumbered,{n},Appendix {n},{n}" for n in levels)
        instruction = rf'TOC \o "1-{data.toc_depth}" \h \z \t "{more}"'
        entries = headings(word, data.toc_depth, pages.headings)
        parts.append(listing(language.words["contents"], instruction, entries))
    for wanted, kind, style, title, numbers in (
        (data.list_of_figures, "fig", "ImageCaption", "figures", pages.figures),
        (data.list_of_tables, "tbl", "TableCaption", "tables", pages.tables),
    ):
        if wanted:
            label = language.labels[kind]
            entries = captions(word, style, label, numbers)
            parts.append(listing(language.words[title], rf'TOC \h \z \c "{label}"', entries))
    return [part for part in parts if part is not None]


def style_of(paragraph) -> str:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return style.get(qn("w:val")) if style is not None else ""


def page_of(index: int, pages: Sequence[int]) -> int:
    return pages[index] if index < len(pages) else 1


def headings(word: WordDocument, depth: int, pages: Sequence[int]) -> list[Entry]:
    """Return an entry for each heading; docx.lua wrote its number on an empty run, which goes."""
    found, index = [], 0
    for paragraph in word.element.body.iter(qn("w:p")):
        match = HEADING.fullmatch(style_of(paragraph))
        if not match:
            continue
        run, number = paragraph.find(f"{qn('w:r')}[@number]"), ""
        if run is not None:
            number = run.get("number")
            paragraph.remove(run)
        gap = "" if number[-1:] in "、）" else "\u2002"  # their own space is wide enough
        page = page_of(index, pages)
        index += 1
        if int(match[1]) <= depth:
            words = f"{number}{gap}{text_of(paragraph)}"
            found.append(Entry(f"TOC{match[1]}", words, mark(paragraph, "Toc", index), page))
    return found


def captions(word: WordDocument, style: str, label: str, pages: Sequence[int]) -> list[Entry]:
    found = []
    for paragraph in word.element.body.iter(qn("w:p")):
        text = text_of(paragraph)
        if style_of(paragraph) == style and text.startswith(f"{label} "):
            bookmark = mark(paragraph, f"List{style}", len(found) + 1)
            found.append(Entry("TableofFigures", text, bookmark, page_of(len(found), pages)))
    return found


def text_of(paragraph) -> str:
    return "".join(t.text or "" for t in paragraph.iter(qn("w:t"), qn("m:t"))).strip()


def mark(paragraph, kind: str, number: int) -> str:
    """Put a bookmark round the paragraph's content and give its name."""
    name, w = f"_{kind}{number:05d}", nsdecls("w")
    start = parse_xml(f'<w:bookmarkStart {w} w:id="{kind}{number}" w:name="{name}"/>')
    paragraph.find(qn("w:pPr")).addnext(start)
    paragraph.append(parse_xml(f'<w:bookmarkEnd {w} w:id="{kind}{number}"/>'))
    return name


def listing(title: str, instruction: str, entries: list[Entry]):
    """Return a block with a heading and one field that holds all entries; None without any."""
    if not entries:
        return None
    of_headings = entries[0].style.startswith("TOC")
    return filled(
        "contents.xml",
        title=title,
        heading_style="TOCHeading" if of_headings else "ListHeading",
        gallery="Table of Contents" if of_headings else "Table of Figures",
        instruction=instruction,
        entries=entries,
    )
