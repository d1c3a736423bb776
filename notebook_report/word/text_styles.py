"""Styles of running text: paragraphs, headings, code, and the characters within them."""

from __future__ import annotations

from functools import partial

from .styles import SHADE, Look, edge, fonts, number, paragraph, run, style

HEADING_LIST, APPENDIX_LIST = 9001, 9002  # the numbered lists that headings belong to
SPACING = ((480, 240), (320, 160), (240, 120))  # before and after headings, by level


def body(look: Look) -> list[str]:
    """Paragraphs, lists, quotations, notes and references."""
    text = partial(paragraph, after=look.after, line=look.line, align="both")
    flush = text(first=0)
    quote = paragraph(80, 120, line=look.line, left=480, right=240, align="both")
    quoted = run(fonts(look.latin, look.quote), color="404040")
    entry = paragraph(after=60, line=320, left=480, hanging=480, align="left")
    rule = edge("bottom", 4, "A0A0A0")
    term = paragraph(60, keep=True)
    note = paragraph(line=240)
    return [
        style("Normal", paragraph(line=look.line), base="", default=True),
        style("Body Text", text(first=look.indent)),
        style("First Paragraph", base="BodyText", after="BodyText"),
        style("Equation Lead-in", text(first=look.indent, keep=True), base="BodyText"),
        style("Body Text Continued", flush, base="BodyText", after="BodyText"),
        style("Compact", flush),
        style("List Paragraph", paragraph(after=40, line=look.line, align="both")),
        style("Block Text", quote, quoted),
        style("Horizontal Rule", paragraph(200, 200, borders=rule, left=2600, right=2600)),
        style("Definition Term", term, run(bold=True), after="Definition"),
        style("Definition", paragraph(left=480, line=look.line)),
        style("footnote text", note, run(size=18), identifier="FootnoteText"),
        style("Footnote Block Text", base="FootnoteText"),
        style("Bibliography", entry, run(size=look.small)),
    ]


def code(look: Look) -> list[str]:
    """Listings in a tinted frame, printed output behind a grey line."""
    mono = run(fonts(look.mono, look.serif), 18)
    frame = "".join(
        edge(side, color="E1E4E8", space=4) for side in ("top", "left", "bottom", "right")
    )
    block = partial(paragraph, line=250, after=160, align="left")
    listing = block(60, left=110, right=110, borders=frame, shade=SHADE)
    printed = block(40, left=120, borders=edge("left", 12, "D0D4D8", 6))
    return [style("Source Code", listing, mono), style("Cell Output", printed, mono)]


def headings(look: Look, numbered: bool) -> list[str]:
    """Headings and appendices, bound to their lists, and their unnumbered kin."""
    face, styles = fonts(look.latin, look.sans), []
    for level in range(1, 10):
        depth = min(level, 3) - 1
        kept = partial(paragraph, *SPACING[depth], keep=True, level=level - 1, align="left")
        listed = number(level - 1, HEADING_LIST) if numbered and level <= 6 else ""
        look_of_level = run(face, look.headings[depth], bold=look.heading_bold, color="000000")
        name = f"Heading{level}"
        styles.append(
            style(
                f"heading {level}", kept(number=listed), look_of_level,
                after="BodyText", identifier=name,
            )
        )  # fmt: skip
        if level <= 3:
            bare, lettered = number(0, 0), number(level - 1, APPENDIX_LIST)
            kin = partial(style, base=name, after="BodyText")
            styles.append(kin(f"Heading {level} Unnumbered", kept(number=bare)))
            styles.append(kin(f"Appendix {level}", kept(number=lettered)))
    return styles


def characters(look: Look) -> list[str]:
    """Character styles. Chinese print has neither bold nor italic: other faces do their work."""
    mark = partial(style, kind="character", base="DefaultParagraphFont")
    raised = run(extra='<w:vertAlign w:val="superscript"/>')
    sans, quote = fonts(look.latin, look.sans), fonts(look.latin, look.quote)
    return [
        style("Default Paragraph Font", kind="character", base="", default=True),
        mark("Verbatim Char", rpr=run(fonts(look.mono, look.serif), look.size - 4)),
        mark("Strong", rpr=run(bold=True)),
        mark("Emphasis", rpr=run(italic=True)),
        mark("Strong Chinese", rpr=run(sans)),
        mark("Emphasis Chinese", rpr=run(quote)),
        mark("Keywords Label", rpr=run(sans, bold=look.heading_bold)),
        mark("footnote reference", rpr=raised, identifier="FootnoteReference"),
        mark("Hyperlink", rpr=run(color="1A4F8B")),
    ]
