"""word/styles.xml: the styles of ``styles`` filled in for a language."""

from __future__ import annotations

from .styles import (
    CHINESE,
    ENGLISH,
    GREY,
    SHADE,
    TEXT_WIDTH,
    Look,
    edge,
    fonts,
    number,
    paragraph,
    run,
    style,
)

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
HEADING_LIST, APPENDIX_LIST = 9001, 9002
SIZES = {"": 0, " Small": 18, " Tiny": 15}


def look_of(chinese: bool) -> Look:
    return CHINESE if chinese else ENGLISH


def defaults(look: Look) -> str:
    language = f'<w:lang w:val="{look.tag}" w:eastAsia="{look.east}" w:bidi="ar-SA"/>'
    rpr = run(fonts(look.latin, look.serif), look.size, extra=language)
    return (
        f"<w:docDefaults><w:rPrDefault>{rpr}</w:rPrDefault>"
        "<w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>"
    )


def body_styles(look: Look) -> list[str]:
    text = paragraph(after=look.after, line=look.line, align="both", first=look.indent)
    flush = paragraph(after=look.after, line=look.line, align="both", first=0)
    item = paragraph(after=40, line=look.line, align="both")
    quote = paragraph(before=80, after=120, line=look.line, left=480, right=240, align="both")
    mono = run(fonts(look.mono, look.serif), 18)
    box = "".join(
        edge(side, color="E1E4E8", space=4) for side in ("top", "left", "bottom", "right")
    )
    code = paragraph(before=60, after=160, line=250, align="left", left=110, right=110, borders=box, shade=SHADE)
    printed = paragraph(
        before=40, after=160, line=250, align="left", left=120,
        borders=edge("left", 12, "D0D4D8", 6),
    )  # fmt: skip
    rule = paragraph(
        before=200, after=200, borders=edge("bottom", 4, "A0A0A0"), left=2600, right=2600
    )
    return [
        style("Normal", "paragraph", "", paragraph(line=look.line), default=True),
        style("Body Text", "paragraph", "Normal", text),
        style("First Paragraph", "paragraph", "BodyText", after="BodyText"),
        style("Body Text Continued", "paragraph", "BodyText", flush, after="BodyText"),
        style("Compact", "paragraph", "Normal", flush),
        style("List Paragraph", "paragraph", "Normal", item),
        style("Block Text", "paragraph", "Normal", quote, run(fonts(look.latin, look.quote), color="404040")),
        style("Source Code", "paragraph", "Normal", code, mono),
        style("Cell Output", "paragraph", "Normal", printed, mono),
        style("Horizontal Rule", "paragraph", "Normal", rule),
        style("Definition Term", "paragraph", "Normal", paragraph(before=60, keep=True), run(bold=True), "Definition"),
        style("Definition", "paragraph", "Normal", paragraph(left=480, line=look.line)),
        style("footnote text", "paragraph", "Normal", paragraph(line=240), run(size=18), identifier="FootnoteText"),
        style("Footnote Block Text", "paragraph", "FootnoteText"),
        style("Bibliography", "paragraph", "Normal",
              paragraph(after=60, line=320, left=480, hanging=480, align="both"), run(size=look.small)),
    ]  # fmt: skip


def heading_styles(look: Look, numbered: bool) -> list[str]:
    face = fonts(look.latin, look.sans)
    styles = []
    for level in range(1, 10):
        size = look.headings[min(level, 3) - 1]
        before, after = ((480, 240), (320, 160), (240, 120))[min(level, 3) - 1]
        rpr = run(face, size, bold=look.heading_bold, color="000000")

        def ppr(list_id: int, level: int = level, before: int = before, after: int = after) -> str:
            depth = level - 1
            prefix = number(depth, list_id) if list_id and level <= 6 else ""
            return paragraph(
                before, after, line=0, keep=True, level=depth, number=prefix, align="left"
            )

        list_id = HEADING_LIST if numbered else 0
        styles.append(
            style(f"heading {level}", "paragraph", "Normal", ppr(list_id), rpr, "BodyText",
                  identifier=f"Heading{level}")
        )  # fmt: skip
        if level <= 3:
            none = paragraph(
                before, after, keep=True, level=level - 1, number=number(0, 0), align="left"
            )
            styles += [
                style(f"Heading {level} Unnumbered", "paragraph", f"Heading{level}", none, after="BodyText"),
                style(f"Appendix {level}", "paragraph", f"Heading{level}", ppr(APPENDIX_LIST), after="BodyText"),
            ]  # fmt: skip
    return styles


def front_styles(look: Look) -> list[str]:
    face, bold = fonts(look.latin, look.sans), look.heading_bold
    tab = f'<w:tab w:val="right" w:leader="dot" w:pos="{TEXT_WIDTH}"/>'
    centred = {"align": "center"}
    styles = [
        style("Title", "paragraph", "Normal", paragraph(0, 360, keep=True, **centred), run(face, 40, bold)),
        style("Subtitle", "paragraph", "Normal", paragraph(0, 240, **centred), run(size=28, color=GREY)),
        style("Cover Institution", "paragraph", "Normal", paragraph(1200, 0, **centred), run(face, 40, extra="")),
        style("Cover Logo", "paragraph", "Normal", paragraph(600, 0, **centred)),
        style("Cover Title", "paragraph", "Normal", paragraph(2000, 300, **centred), run(face, 48, bold)),
        style("Cover Subtitle", "paragraph", "Normal", paragraph(0, 3600, **centred), run(size=30, color="404040")),
        style("Cover Label", "paragraph", "Normal", paragraph(160, 20, align="left"), run(face, 28)),
        style("Cover Value", "paragraph", "Normal", paragraph(160, 20, **centred), run(size=28)),
        style("Front Heading", "paragraph", "Normal", paragraph(0, 320, keep=True, page=True, **centred),
              run(face, 32, bold), "BodyText"),
        style("TOC Heading", "paragraph", "FrontHeading"),
        style("List Heading", "paragraph", "Normal", paragraph(480, 320, keep=True, **centred), run(face, 32, bold)),
        style("Keywords", "paragraph", "Normal", paragraph(240, 0, line=look.line)),
        style("table of figures", "paragraph", "Normal", paragraph(line=380, tabs=tab), identifier="TableofFigures"),
        style("header", "paragraph", "Normal", paragraph(borders=edge("bottom", 4, "808080", 4), **centred),
              run(size=18, color=GREY), identifier="Header"),
        style("footer", "paragraph", "Normal", paragraph(**centred), run(size=18), identifier="Footer"),
        style("Section Break", "paragraph", "Normal", paragraph(line=20, rule="exact"), run(size=2)),
    ]  # fmt: skip
    for level in (1, 2, 3, 4):
        rpr = run(face, bold=bold) if level == 1 else ""
        ppr = paragraph(before=60 if level == 1 else 0, line=380, left=(level - 1) * 360, tabs=tab)
        styles.append(
            style(f"toc {level}", "paragraph", "Normal", ppr, rpr, identifier=f"TOC{level}")
        )
    return styles


def figure_styles(look: Look) -> list[str]:
    small = run(size=look.small)
    picture = {"line": 240, "rule": "auto", "align": "center"}
    styles = [
        style("caption", "paragraph", "Normal", paragraph(60, 200, align="center"), small),
        style("Figure", "paragraph", "Normal", paragraph(120, 160, **picture)),
        style("Captioned Figure", "paragraph", "Figure", paragraph(200, 0, keep=True, **picture)),
        style(
            "Image Caption",
            "paragraph",
            "Caption",
            paragraph(80, 260, align="center", together=True),
        ),
        style(
            "Table Caption", "paragraph", "Caption", paragraph(240, 80, align="center", keep=True)
        ),
        style("Equation", "paragraph", "Normal", paragraph(60, 60, align="center")),
        style("Equation Number", "paragraph", "Normal", paragraph(60, 60, align="right")),
        style("Table End", "paragraph", "Normal", paragraph(line=160, rule="exact"), run(size=8)),
    ]
    for side in ("Left", "Right", "Center"):
        for suffix, size in SIZES.items():
            ppr = paragraph(20, 20, line=240, rule="auto", align=side.lower())
            styles.append(
                style(
                    f"Table {side}{suffix}",
                    "paragraph",
                    "Normal",
                    ppr,
                    run(size=size or look.small),
                )
            )
    return styles


def character_styles(look: Look) -> list[str]:
    return [
        style("Default Paragraph Font", "character", "", default=True),
        style("Verbatim Char", "character", "DefaultParagraphFont", rpr=run(fonts(look.mono, look.serif), look.size - 4)),
        style("Strong", "character", "DefaultParagraphFont", rpr=run(bold=True)),
        style("Emphasis", "character", "DefaultParagraphFont", rpr=run(italic=True)),
        style("Strong Chinese", "character", "DefaultParagraphFont", rpr=run(fonts(look.latin, look.sans))),
        style("Emphasis Chinese", "character", "DefaultParagraphFont", rpr=run(fonts(look.latin, look.quote))),
        style("Keywords Label", "character", "DefaultParagraphFont", rpr=run(fonts(look.latin, look.sans), bold=look.heading_bold)),
        style("footnote reference", "character", "DefaultParagraphFont",
              rpr=run(extra='<w:vertAlign w:val="superscript"/>'), identifier="FootnoteReference"),
        style("Hyperlink", "character", "DefaultParagraphFont", rpr=run(color="1A4F8B")),
    ]  # fmt: skip


def table_styles() -> list[str]:
    top, bottom, thin = (
        edge("top", 12, space=0),
        edge("bottom", 12, space=0),
        edge("bottom", 6, space=0),
    )
    cells = (
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="100" w:type="dxa"/>'
        '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar>'
    )
    head = (
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr><w:tcPr><w:tcBorders>'
        f'{thin}</w:tcBorders><w:vAlign w:val="center"/></w:tcPr></w:tblStylePr>'
    )
    three = f'<w:tblPr><w:jc w:val="center"/><w:tblBorders>{top}{bottom}</w:tblBorders>{cells}</w:tblPr>'
    none = '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    return [
        style("Normal Table", "table", "", extra=none, identifier="TableNormal", default=True),
        style("Table", "table", "TableNormal", extra=three + head),
        style("Equation Table", "table", "TableNormal"),
        style(
            "Cover Table", "table", "TableNormal", extra='<w:tblPr><w:jc w:val="center"/></w:tblPr>'
        ),
    ]


def stylesheet(chinese: bool, numbered: bool) -> str:
    """The whole of word/styles.xml."""
    look = look_of(chinese)
    styles = [
        *character_styles(look),
        *body_styles(look),
        *heading_styles(look, numbered),
        *front_styles(look),
        *figure_styles(look),
        *table_styles(),
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:styles xmlns:w="{NAMESPACE}">{defaults(look)}{"".join(styles)}</w:styles>'
    )
