"""Styles of everything around the text: cover, contents, header, figures and tables."""

from __future__ import annotations

from functools import partial

from .styles import GREY, Look, edge, fonts, paragraph, run, style

TABLE_SIZES = {"": 0, " Small": 18, " Tiny": 15}  # half points; 0 is the size of captions
CELL = '<w:{side} w:w="{width}" w:type="dxa"/>'


def cover(look: Look) -> list[str]:
    """The cover page, and the title of a notebook without one."""
    title = partial(run, fonts(look.latin, look.sans), bold=look.heading_bold)
    centred = partial(paragraph, align="center")
    return [
        style("Title", centred(0, 360, keep=True), title(40)),
        style("Cover Logo", centred(600)),
        style("Cover Institution", centred(1200), run(fonts(look.latin, look.sans), 40)),
        style("Cover Title", centred(2000, 300), title(look.title)),
        style("Cover Subtitle", centred(0, 3600), run(size=30, color="404040")),
        style(
            "Cover Label", paragraph(160, 20, align="left"), run(fonts(look.latin, look.sans), 28)
        ),
        style("Cover Value", centred(160, 20), run(size=28)),
        style("Signature", paragraph(480, align="right")),
        style("Section Break", paragraph(line=20, rule="exact"), run(size=2)),
    ]


def front(look: Look) -> list[str]:
    """Abstract, contents, lists of figures and tables, header and footer."""
    face, bold = fonts(look.latin, look.sans), look.heading_bold
    tab = f'<w:tab w:val="right" w:leader="dot" w:pos="{look.width}"/>'
    title = run(face, 32, bold)
    head = paragraph(borders=edge("bottom", 4, "808080", 4), align="center")
    entry = paragraph(line=380, tabs=tab)
    styles = [
        style("Front Heading", paragraph(0, 320, keep=True, page=True, align="center"), title),
        style("TOC Heading", base="FrontHeading"),
        style("List Heading", paragraph(480, 320, keep=True, align="center"), title),
        style("Keywords", paragraph(240, line=look.line)),
        style("table of figures", entry, identifier="TableofFigures"),
        style("header", head, run(size=18, color=GREY), identifier="Header"),
        style("footer", paragraph(align="center"), run(size=18), identifier="Footer"),
    ]
    for level in range(1, 5):
        first = level == 1
        indented = paragraph(60 * first, line=380, left=(level - 1) * 360, tabs=tab)
        weight = run(face, bold=bold) if first else ""
        styles.append(style(f"toc {level}", indented, weight, identifier=f"TOC{level}"))
    return styles


def figures(look: Look) -> list[str]:
    """Pictures, captions, equations and the text of tables."""
    picture = partial(paragraph, line=240, rule="auto", align="center")
    caption = partial(paragraph, align="center")
    styles = [
        style("caption", caption(60, 200), run(size=look.small)),
        style("Figure", picture(120, 160)),
        style("Captioned Figure", picture(200, keep=True), base="Figure"),
        style("Image Caption", caption(80, 260, together=True), base="Caption"),
        style("Table Caption", caption(240, 80, keep=True), base="Caption"),
        style("Equation", paragraph(60, 60, align="center")),
        style("Equation Number", paragraph(60, 60, align="right")),
        style("Table End", paragraph(line=160, rule="exact"), run(size=8)),
    ]
    for side in ("Left", "Right", "Center"):
        for suffix, size in TABLE_SIZES.items():
            cell = paragraph(20, 20, line=240, rule="auto", align=side.lower())
            styles.append(style(f"Table {side}{suffix}", cell, run(size=size or look.small)))
    return styles


def margins(top: int, side: int) -> str:
    widths = {"top": top, "left": side, "bottom": top, "right": side}
    cells = "".join(CELL.format(side=name, width=width) for name, width in widths.items())
    return f"<w:tblCellMar>{cells}</w:tblCellMar>"


def tables() -> list[str]:
    """The three-line table, and bare tables that only place things."""
    bare = f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{margins(0, 0)}</w:tblPr>'
    rules = edge("top", 12, space=0) + edge("bottom", 12, space=0)
    three_lines = (
        f'<w:tblPr><w:jc w:val="center"/><w:tblBorders>{rules}</w:tblBorders>'
        f"{margins(30, 100)}</w:tblPr>"
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr><w:tcPr><w:tcBorders>'
        f'{edge("bottom", 6, space=0)}</w:tcBorders><w:vAlign w:val="center"/></w:tcPr>'
        "</w:tblStylePr>"
    )
    table = partial(style, kind="table", base="TableNormal")
    return [
        style(
            "Normal Table", kind="table", base="", extra=bare,
            identifier="TableNormal", default=True,
        ),
        table("Table", extra=three_lines),
        table("Equation Table"),
        table("Cover Table", extra='<w:tblPr><w:jc w:val="center"/></w:tblPr>'),
    ]  # fmt: skip
