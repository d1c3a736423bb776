"""Native numbering of headings (1, 1.1, …) and appendices (A, A.1, …)."""

from __future__ import annotations

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ..document import Document
from .text_styles import APPENDIX_LIST, HEADING_LIST

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

# Where the title of a heading starts, in twentieths of a point: about 1 em after its number.
HEADING_TABS = (480, 640, 800, 960, 1120, 1280)
APPENDIX_TABS = {"en": 2040, "zh-CN": 1280}


def levels(style: str, first: str, first_format: str, tabs: tuple[int, ...]) -> str:
    """Level definitions, each bound to the heading style of its depth."""
    parts = []
    for depth, tab in enumerate(tabs):
        text = first if depth == 0 else ".".join(f"%{level}" for level in range(1, depth + 2))
        kind = first_format if depth == 0 else "decimal"
        parts.append(
            f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
            f'<w:pStyle w:val="{style}{depth + 1}"/><w:suff w:val="tab"/>'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:tabs><w:tab w:val="num" w:pos="{tab}"/></w:tabs>'
            '<w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        )
    return "".join(parts)


def chinese_levels() -> str:
    """一、 （一） 1. （1）, as many Chinese schools number their headings."""
    shapes = [("chineseCountingThousand", text) for text in ("%1、", "（%2）")]
    shapes += [("decimal", text) for text in ("%3.", "（%4）", "%5.", "%6.")]
    return "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:pStyle w:val="Heading{depth + 1}"/><w:suff w:val="nothing"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for depth, (kind, text) in enumerate(shapes)
    )


def define(word: WordDocument, document: Document) -> None:
    """Add the two lists that the heading and appendix styles refer to."""
    root = word.part.numbering_part.element
    label = document.language.labels["app"]
    wide = APPENDIX_TABS[document.language.tag]
    lists = {
        HEADING_LIST: chinese_levels()
        if document.metadata.numbering == "chinese"
        else levels("Heading", "%1", "decimal", HEADING_TABS),
        APPENDIX_LIST: levels("Appendix", f"{label} %1", "upperLetter", (wide, *HEADING_TABS[1:3])),
    }
    bound = {item.get(qn("w:val")) for item in word.styles.element.iter(qn("w:numId"))}
    lists = {key: content for key, content in lists.items() if str(key) in bound}
    first = root.find(qn("w:num"))
    for identifier, content in lists.items():
        abstract = parse_xml(
            f'<w:abstractNum {W} w:abstractNumId="{identifier}">'
            f'<w:multiLevelType w:val="multilevel"/>{content}</w:abstractNum>'
        )
        if first is None:
            root.append(abstract)
        else:
            first.addprevious(abstract)
    for identifier in lists:
        root.append(
            parse_xml(
                f'<w:num {W} w:numId="{identifier}"><w:abstractNumId w:val="{identifier}"/></w:num>'
            )
        )
