"""Word's own formulas, written so that LibreOffice reads them, too.

LibreOffice shows ``¿`` for a bracket without its partner, a bar alone, a sign without two operands,
and the ``&`` of aligned lines; all of them have another form, which looks the same in Word.
"""

import unicodedata
from collections.abc import Iterator

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree

M = qn("m:r").removesuffix("r")
INK = f'<w:rPr {nsdecls("w")}><w:color w:val="{{}}"/></w:rPr>'
BRACKETS = {"(": ")", "[": "]", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}
NOTHING = "\u200b"  # an operand that is not seen
BARS = {"|", "‖", "∥"}
SPECIAL = {*"!#_/", "lim", "liminf", "limsup", "sup", "sub", NOTHING}  # LibreOffice misreads them
UNARY = set("+-−±∓¬∂∇√∑∏∫∬∭∮∞∀∃∅′″!%…⋯")  # signs that do with fewer than two operands
COLOUR, END = "\ue000", "\ue001"  # marks of filters/formulas.lua around what has a colour
# Order in which the schema wants the elements that pandoc's are too free with.
ORDERS = {
    "mcPr": ("count", "mcJc"),
    "rPr": ("lit", "nor", "scr", "sty", "brk", "aln"),
}


def mend(word: WordDocument) -> None:
    """Rewrite what LibreOffice cannot read; put properties into their order."""
    for formula in list(word.element.body.iter(f"{M}oMath")):
        paint(formula)
        for lines in list(formula.iter(f"{M}eqArr")):
            align(lines)
        for below in list(formula.iter(f"{M}limLow")):
            brace(below)
        for empty in formula.iter(f"{M}e"):
            if not len(empty):
                empty.append(run(NOTHING))
        for level in {run.getparent() for run in formula.iter(f"{M}r")}:
            complete(level)
    for parent, names in ORDERS.items():
        order = {f"{M}{name}": place for place, name in enumerate(names)}
        for properties in word.element.body.iter(f"{M}{parent}"):
            properties[:] = sorted(properties, key=lambda item: order.get(item.tag, len(order)))
            drop_style_of_text(properties)


def paint(formula: etree._Element) -> None:
    """Give colours to what stands between their marks, which go."""
    colours: list[str] = []
    for element in list(formula.iter()):
        text = sign(element)
        if text.startswith((COLOUR, END)):
            colours.append(text[1:]) if text != END else colours.pop()
            element.getparent().remove(element)
        elif colours and element.tag == f"{M}r":
            first = element.find(f"{M}rPr")
            element.insert(int(first is not None), parse_xml(INK.format(colours[-1])))
        elif colours and (properties := element.find(f"{element.tag}Pr")) is not None:
            control = parse_xml(f"<m:ctrlPr {nsdecls('m')}/>")
            control.append(parse_xml(INK.format(colours[-1])))
            properties.append(control)


def sign(element: etree._Element) -> str:
    """The text of a run, "" for other elements."""
    return "".join(element.itertext()) if element.tag == f"{M}r" else ""


def run(text: str) -> etree._Element:
    kept = '<m:t xml:space="preserve">'
    upright = '<m:rPr><m:sty m:val="p"/></m:rPr>'
    return parse_xml(f"<m:r {nsdecls('m')}>{upright}{kept}{text}</m:t></m:r>")


def align(lines: etree._Element) -> None:
    """Aligned lines as a matrix without gaps, its columns to the right and left in turn."""
    rows = [list(cells(line)) for line in lines.findall(f"{M}e")]
    width = max(map(len, rows))
    if width == 1:
        return
    sides = "".join(
        f'<m:mc><m:mcPr><m:count m:val="1"/><m:mcJc m:val="{side}"/></m:mcPr></m:mc>'
        for side in (["right", "left"] * width)[:width]
    )
    gaps = '<m:plcHide m:val="1"/><m:cGpRule m:val="3"/><m:cGp m:val="20"/>'
    matrix = parse_xml(f"<m:m {nsdecls('m')}><m:mPr>{gaps}<m:mcs>{sides}</m:mcs></m:mPr></m:m>")
    for row in rows:
        line = etree.SubElement(matrix, f"{M}mr")
        for column in range(width):
            etree.SubElement(line, f"{M}e").extend(row[column] if column < len(row) else [])
    lines.getparent().replace(lines, matrix)


def cells(line: etree._Element) -> Iterator[list[etree._Element]]:
    """The elements of a line between its ``&``."""
    cell: list[etree._Element] = []
    for element in list(line):
        if sign(element) == "&":
            yield cell
            cell = []
        elif element.tag != f"{M}argPr":
            cell.append(element)
    yield cell


def brace(below: etree._Element) -> None:
    """A brace below a formula, which pandoc writes as a limit, as Word's own."""
    content, limit = below.find(f"{M}e"), below.find(f"{M}lim")
    if "".join(limit.itertext()) != "⏟":
        return
    place = '<m:chr m:val="⏟"/><m:pos m:val="bot"/><m:vertJc m:val="top"/>'
    place = f"<m:groupChrPr>{place}</m:groupChrPr>"
    grouped = parse_xml(f"<m:groupChr {nsdecls('m')}>{place}</m:groupChr>")
    grouped.append(content)
    below.getparent().replace(below, grouped)


def complete(level: etree._Element) -> None:
    """Make text of brackets and bars alone; give signs at an edge an operand."""
    opened: list[etree._Element] = []
    for element in level:
        text = sign(element)
        if text in BRACKETS:
            opened.append(element)
        elif text in BRACKETS.values() and opened and BRACKETS[sign(opened[-1])] == text:
            opened.pop()
        elif text in BARS | SPECIAL or text in BRACKETS.values():
            make_text(element)
    for element in opened:
        make_text(element)
    content = [item for item in level if not item.tag.endswith("Pr")]
    if content and is_binary(content[0]):
        content[0].addprevious(run(NOTHING))
    if content and is_binary(content[-1]):
        content[-1].addnext(run(NOTHING))


def is_binary(element: etree._Element) -> bool:
    text = sign(element)
    return len(text) == 1 and unicodedata.category(text) == "Sm" and text not in UNARY | BARS


def make_text(element: etree._Element) -> None:
    properties = element.find(f"{M}rPr")
    if properties is None:
        properties = parse_xml(f"<m:rPr {nsdecls('m')}/>")
        element.insert(0, properties)
    if properties.find(f"{M}nor") is None:
        properties.append(parse_xml(f"<m:nor {nsdecls('m')}/>"))


def drop_style_of_text(properties: etree._Element) -> None:
    """Text in a formula is either normal or has a style of mathematics, not both."""
    both = properties.findall(f"{M}scr") + properties.findall(f"{M}sty")
    for style in both if properties.find(f"{M}nor") is not None else ():
        properties.remove(style)
