"""Table of contents and lists of figures and tables, filled in before Word ever updates them."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ..document import Document
from .reference import field

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
# Levels of headings numbered the Chinese way, with a Chinese numeral and an Arabic one.
CHINESE = ("{0}、", "（{0}）", "{1}.", "（{1}）", "{1}.", "{1}.")
HEADING = re.compile(r"(?:Heading|Appendix)([1-9])(Unnumbered)?")


def build(word: WordDocument, document: Document, pages: dict[str, list[int]]) -> list:
    """The elements of the contents and of the lists that the metadata ask for."""
    data, language = document.metadata, document.language
    parts = []
    if data.toc:
        code = rf'TOC \o "1-{data.toc_depth}" \h \z \t "{extra_styles(data.toc_depth)}"'
        entries = headings(word, document, pages["headings"])
        parts.append(listing(language.words["contents"], code, entries, "TOC"))
    for wanted, kind, style, title in (
        (data.list_of_figures, "fig", "ImageCaption", "figures"),
        (data.list_of_tables, "tbl", "TableCaption", "tables"),
    ):
        if wanted:
            label = language.labels[kind]
            entries = captions(word, style, label, pages[title])
            code = rf'TOC \h \z \c "{label}"'
            parts.append(listing(language.words[title], code, entries, "Table"))
    return [parse_xml(part) for part in parts if part]


def extra_styles(depth: int) -> str:
    names = [
        f"{name},{level}"
        for level in range(1, min(depth, 3) + 1)
        for name in (f"Heading {level} Unnumbered", f"Appendix {level}")
    ]
    return ",".join(names)


def headings(word: WordDocument, document: Document, pages: list[int]) -> list[tuple]:
    """(level, number, text, bookmark, page) of each heading in the contents."""
    found, counts, appendix = [], [0] * 9, False
    depth, numbered = document.metadata.toc_depth, document.metadata.number_sections
    index, chinese = 0, document.metadata.numbering == "chinese"
    for paragraph in word.element.body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        match = HEADING.fullmatch(style.get(qn("w:val")) if style is not None else "")
        if not match:
            continue
        level = int(match.group(1))
        number = ""
        if numbered and not match.group(2):
            if style.get(qn("w:val")).startswith("Appendix") and not appendix:
                appendix, counts = True, [0] * 9
            counts[level - 1 :] = [counts[level - 1] + 1, *[0] * (9 - level)]
            number = heading_number(
                counts[:level], appendix, document.language.labels["app"], chinese
            )
        page = pages[index] if index < len(pages) else 1
        index += 1
        if level <= depth:
            found.append((level, number, text_of(paragraph), mark(paragraph, "Toc", index), page))
    return found


def heading_number(counts: list[int], appendix: bool, label: str, chinese: bool = False) -> str:
    """The number that Word will show before a heading."""
    if chinese and not appendix:
        return CHINESE[len(counts) - 1].format(chinese_numeral(counts[-1]), counts[-1])
    parts = [str(count) for count in counts]
    if appendix:
        parts[0] = chr(64 + max(counts[0], 1))
        if len(parts) == 1:
            parts[0] = f"{label} {parts[0]}"
    return ".".join(parts)


def chinese_numeral(count: int) -> str:
    """1 to 99 in Chinese."""
    tens, ones = divmod(count, 10)
    digits = " 一二三四五六七八九"
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones]}".strip()


def captions(word: WordDocument, style: str, label: str, pages: list[int]) -> list[tuple]:
    found = []
    for paragraph in word.element.body.iter(qn("w:p")):
        name = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if name is None or name.get(qn("w:val")) != style:
            continue
        text = text_of(paragraph)
        if text.startswith(f"{label} "):
            index = len(found)
            page = pages[index] if index < len(pages) else 1
            found.append((1, "", text, mark(paragraph, f"List{style}", index + 1), page))
    return found


def text_of(paragraph) -> str:
    mathematics = qn("m:t")
    texts = (t.text or "" for t in paragraph.iter(qn("w:t"), mathematics))
    return "".join(texts).strip()


def mark(paragraph, kind: str, number: int) -> str:
    """Put a bookmark round the paragraph's content and give its name."""
    name, identifier = f"_{kind}{number:05d}", f"{kind}{number}"
    start = parse_xml(f'<w:bookmarkStart {W} w:id="{identifier}" w:name="{name}"/>')
    paragraph.find(qn("w:pPr")).addnext(start)
    paragraph.append(parse_xml(f'<w:bookmarkEnd {W} w:id="{identifier}"/>'))
    return name


def listing(title: str, code: str, entries: list[tuple], style: str) -> str:
    """A block with a heading and one field that holds all entries."""
    if not entries:
        return ""
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    lines = []
    for index, (level, number, text, name, page) in enumerate(entries):
        gap = "" if number[-1:] in "、）" else "\u2002"  # their own space is wide enough
        label = f"{number}{gap}{text}"
        entry_style = f"TOC{level}" if style == "TOC" else "TableofFigures"
        reference = field(rf"PAGEREF {name} \h", str(page))
        lines.append(
            f'<w:p><w:pPr><w:pStyle w:val="{entry_style}"/></w:pPr>'
            f"{begin if index == 0 else ''}"
            f'<w:hyperlink w:anchor={quoteattr(name)} w:history="1">'
            f'<w:r><w:t xml:space="preserve">{escape(label)}</w:t></w:r><w:r><w:tab/></w:r>'
            f"{reference}</w:hyperlink>"
            f"{end if index == len(entries) - 1 else ''}</w:p>"
        )
    heading_style = "TOCHeading" if style == "TOC" else "ListHeading"
    heading = (
        f'<w:p><w:pPr><w:pStyle w:val="{heading_style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(title)}</w:t></w:r></w:p>'
    )
    gallery = "Table of Contents" if style == "TOC" else "Table of Figures"
    return (
        f'<w:sdt {W}><w:sdtPr><w:docPartObj><w:docPartGallery w:val="{gallery}"/>'
        f"<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent>{heading}{''.join(lines)}"
        "</w:sdtContent></w:sdt>"
    )
