"""Every style of the Word file: the table that decides how the document looks."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

GREY, SHADE, INK = "595959", "F6F8FA", "000000"


@dataclass(frozen=True)
class Look:
    """Fonts and measures of one language. Sizes are in half points, distances in twentieths."""

    latin: str
    serif: str
    sans: str
    quote: str
    mono: str
    tag: str
    east: str
    size: int
    small: int
    line: int
    after: int
    indent: int
    headings: tuple[int, int, int]
    heading_bold: bool
    title: int = 48
    width: int = 9070  # of the text: 16 cm


CHINESE = Look(
    latin="Times New Roman", serif="SimSun", sans="SimHei", quote="KaiTi", mono="Consolas",
    tag="en-US", east="zh-CN", size=24, small=21, line=400, after=0, indent=200,
    headings=(32, 28, 24), heading_bold=False,
)  # fmt: skip
ENGLISH = Look(
    latin="Times New Roman", serif="SimSun", sans="SimHei", quote="KaiTi", mono="Consolas",
    tag="en-US", east="zh-CN", size=24, small=21, line=340, after=140, indent=0,
    headings=(32, 28, 24), heading_bold=True,
)  # fmt: skip


def fonts(latin: str, east: str) -> str:
    latin, east = quoteattr(latin), quoteattr(east)
    return f"<w:rFonts w:ascii={latin} w:hAnsi={latin} w:eastAsia={east} w:cs={latin}/>"


def run(
    face: str = "", size: int = 0, bold: bool | None = None, italic: bool | None = None,
    color: str = "", extra: str = "",
) -> str:  # fmt: skip
    """Run properties, in the order that the schema asks for."""
    mark = {True: "", False: ' w:val="0"'}
    parts = [
        face,
        "" if bold is None else f"<w:b{mark[bold]}/><w:bCs{mark[bold]}/>",
        "" if italic is None else f"<w:i{mark[italic]}/><w:iCs{mark[italic]}/>",
        f'<w:color w:val="{color}"/>' if color else "",
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else "",
        extra,
    ]
    return f"<w:rPr>{''.join(parts)}</w:rPr>" if any(parts) else ""


def paragraph(
    before: int = 0, after: int = 0, line: int = 0, rule: str = "atLeast", align: str = "",
    first: int | None = None, left: int = 0, hanging: int = 0, right: int = 0, keep: bool = False,
    page: bool = False, level: int | None = None, number: str = "", tabs: str = "",
    borders: str = "", shade: str = "", together: bool = False,
) -> str:  # fmt: skip
    """Paragraph properties, in the order that the schema asks for."""
    spacing = f'w:before="{before}" w:after="{after}"'
    if line:
        spacing += f' w:line="{line}" w:lineRule="{rule}"'
    if first is None:
        indent = f'<w:ind w:left="{left}" w:right="{right}" w:hanging="{hanging}"/>'
        indent = indent if left or hanging or right else ""
    else:
        chars = f'w:firstLineChars="{first}" w:firstLine="{round(first * 2.4)}"'
        indent = f'<w:ind w:left="{left}" w:right="{right}" {chars}/>'
    parts = [
        "<w:keepNext/>" if keep else "",
        "<w:keepLines/>" if keep or together else "",
        "<w:pageBreakBefore/>" if page else "",
        "<w:widowControl/>",
        number,
        f"<w:pBdr>{borders}</w:pBdr>" if borders else "",
        f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else "",
        f"<w:tabs>{tabs}</w:tabs>" if tabs else "",
        f"<w:spacing {spacing}/>",
        indent,
        f'<w:jc w:val="{align}"/>' if align else "",
        "" if level is None else f'<w:outlineLvl w:val="{level}"/>',
    ]
    return f"<w:pPr>{''.join(parts)}</w:pPr>"


def style(
    name: str,
    ppr: str = "",
    rpr: str = "",
    base: str = "Normal",
    after: str = "",
    extra: str = "",
    identifier: str = "",
    kind: str = "paragraph",
    default: bool = False,
) -> str:
    """One w:style element. Its id is its name without spaces, or ``identifier``."""
    identifier = identifier or "".join(word[0].upper() + word[1:] for word in name.split())
    built_in = name in BUILT_IN or name.startswith(("heading", "toc"))
    flags = (' w:default="1"' if default else "") + ("" if built_in else ' w:customStyle="1"')
    parts = [
        f'<w:name w:val="{escape(name)}"/>',
        f'<w:basedOn w:val="{base}"/>' if base else "",
        f'<w:next w:val="{after}"/>' if after else "",
        "<w:qFormat/>" if kind == "paragraph" else "",
        ppr,
        rpr,
        extra,
    ]
    body = "".join(parts)
    return f'<w:style w:type="{kind}"{flags} w:styleId="{identifier}">{body}</w:style>'


BUILT_IN = {
    "Normal", "Body Text", "Title", "Subtitle", "Block Text", "footnote text", "caption",
    "footnote reference", "Hyperlink", "Default Paragraph Font", "Normal Table", "header",
    "footer", "List Paragraph", "TOC Heading", "table of figures", "Bibliography", "Strong",
    "Emphasis", "Signature",
}  # fmt: skip


def edge(name: str, size: int = 4, color: str = INK, space: int = 1) -> str:
    return f'<w:{name} w:val="single" w:sz="{size}" w:space="{space}" w:color="{color}"/>'


def number(level: int, identifier: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{identifier}"/></w:numPr>'
