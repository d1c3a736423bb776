"""Table of contents and lists of figures and tables, filled in before Word ever updates them."""

import re
from typing import NamedTuple

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ..document import Document
from .reference import filled

HEADING = re.compile(r"(?:Heading|Appendix)([1-9])(?:Unnumbered)?")


class Entry(NamedTuple):
    """A line of the contents."""

    style: str
    words: str
    bookmark: str
    page: int


def build(word: WordDocument, document: Document, pages: dict[str, list[int]]) -> list:
    """The elements of the contents and of the lists that the metadata ask for."""
    data, language = document.metadata, document.language
    parts = []
    if data.toc:
        instruction = rf'TOC \o "1-{data.toc_depth}" \h \z \t "{extra_styles(data.toc_depth)}"'
        entries = headings(word, data.toc_depth, pages["headings"])
        parts.append(listing(language.words["contents"], instruction, entries))
    for wanted, kind, style, title in (
        (data.list_of_figures, "fig", "ImageCaption", "figures"),
        (data.list_of_tables, "tbl", "TableCaption", "tables"),
    ):
        if wanted:
            label = language.labels[kind]
            entries = captions(word, style, label, pages[title])
            parts.append(listing(language.words[title], rf'TOC \h \z \c "{label}"', entries))
    return [part for part in parts if part is not None]


def extra_styles(depth: int) -> str:
    names = [
        f"{name},{level}"
        for level in range(1, min(depth, 3) + 1)
        for name in (f"Heading {level} Unnumbered", f"Appendix {level}")
    ]
    return ",".join(names)


def style_of(paragraph) -> str:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return style.get(qn("w:val")) if style is not None else ""


def headings(word: WordDocument, depth: int, pages: list[int]) -> list[Entry]:
    """An entry for each heading in the contents, with the number that the filters gave it."""
    found, index = [], 0
    for paragraph in word.element.body.iter(qn("w:p")):
        match = HEADING.fullmatch(style_of(paragraph))
        if not match:
            continue
        number = take_number(paragraph)
        gap = "" if number[-1:] in "、）" else "\u2002"  # their own space is wide enough
        page = pages[index] if index < len(pages) else 1
        index += 1
        if int(match[1]) <= depth:
            words = f"{number}{gap}{text_of(paragraph)}"
            found.append(Entry(f"TOC{match[1]}", words, mark(paragraph, "Toc", index), page))
    return found


def take_number(paragraph) -> str:
    """The number that docx.lua wrote on an empty run at the head of a heading, which goes."""
    run = paragraph.find(f"{qn('w:r')}[@number]")
    if run is None:
        return ""
    paragraph.remove(run)
    return run.get("number")


def captions(word: WordDocument, style: str, label: str, pages: list[int]) -> list[Entry]:
    found = []
    for paragraph in word.element.body.iter(qn("w:p")):
        text = text_of(paragraph)
        if style_of(paragraph) == style and text.startswith(f"{label} "):
            index = len(found)
            page = pages[index] if index < len(pages) else 1
            bookmark = mark(paragraph, f"List{style}", index + 1)
            found.append(Entry("TableofFigures", text, bookmark, page))
    return found


def text_of(paragraph) -> str:
    return "".join(t.text or "" for t in paragraph.iter(qn("w:t"), qn("m:t"))).strip()


def mark(paragraph, kind: str, number: int) -> str:
    """Put a bookmark round the paragraph's content and give its name."""
    name, identifier = f"_{kind}{number:05d}", f"{kind}{number}"
    w = nsdecls("w")
    start = parse_xml(f'<w:bookmarkStart {w} w:id="{identifier}" w:name="{name}"/>')
    paragraph.find(qn("w:pPr")).addnext(start)
    paragraph.append(parse_xml(f'<w:bookmarkEnd {w} w:id="{identifier}"/>'))
    return name


def listing(title: str, instruction: str, entries: list[Entry]):
    """A block with a heading and one field that holds all entries; None without any."""
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
