"""The words, formulas, pictures and tables that an exported file shows, as one thing to compare."""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import docx
import pypdf
from docx.oxml.ns import qn
from lxml import html

TOKEN = re.compile(r"-{2,}|[^\W_]+|[^\s\w-]|_")
SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "′": "'", "\u00ad": "", "\u200b": ""})
# Formulas as MathJax finds them in a page: in text, by their delimiters alone.
DOLLAR = "\ue000"  # one in code, which opens no formula
EDGE = "\ue001"  # between elements, across which no formula reaches
FORMULA = re.compile(
    r"(?<!\\)\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(\\begin\{([^}]+)\}.*?\\end\{\5\})"
    r"|(?<!\\)\$((?:\\.|[^$\\])+?)\$".replace(".", f"[^{EDGE}]").replace("[^$", f"[^{EDGE}$")
)
UNSEEN = {"script", "style", "head", "template", "noscript", "title", "video", "audio"}
ASIDE = ("anchor-link", "jp-InputPrompt", "jp-OutputPrompt")
COMMAND = re.compile(
    r"\\(?:begin|end|tag\*?|label|(?:eq)?ref|(?:text)?color|hspace\*?)\s*\{[^}]*\}"
    r"(?:\{[clr|@. ]*\})?|\\[A-Za-z]+|\\\\\[[\d.]+\w\w\]"
)
LONG = 80  # characters of a line of code, above which a page divides it
PAGE_NUMBER = re.compile(r"\n[ \dIVX]+\s*\Z")
BLOCK = re.compile("p|div|li|t[dhr]|pre|br|h[1-6]|(fig)?caption|d[dt]|blockquote|summary|math")


class Place(NamedTuple):
    """A cell of a table: what it says, and the nearest words above it."""

    above: str
    words: str


@dataclass
class Shown:
    """A document's content. ``cells`` is None where a format does not tell cells from text.

    ``printed`` are the lines of code and output, whose white space counts; of HTML only.
    """

    text: str = ""
    printed: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    pictures: int = 0
    cells: Counter[Place] | None = field(default_factory=Counter)

    @property
    def words(self) -> Counter[str]:
        return Counter(TOKEN.findall(normal(self.text)))

    @property
    def symbols(self) -> Counter[str]:
        """Letters and digits of the formulas, commands left out."""
        bare = normal(COMMAND.sub(" ", " ".join(self.formulas)))
        return Counter(character for character in bare if character.isalnum())


def normal(text: str) -> str:
    """Return text with one form for each character and one kind of quotation marks."""
    return unicodedata.normalize("NFKC", text).translate(SAME)


def squeezed(text: str) -> str:
    """Return text without what a line break adds or takes: white space and single dashes."""
    return re.sub(r"[\s\u2010]+|(?<!-)-(?!-)", "", normal(text))


def of_html(source: str | html.HtmlElement, mathjax: bool = False) -> Shown:
    """Read an HTML page; with ``mathjax`` formulas stand in the text between their delimiters."""
    root = source if isinstance(source, html.HtmlElement) else html.document_fromstring(source)
    shown, pieces = Shown(), []
    _visit(root, shown, pieces)
    shown.text = "".join(pieces)
    if mathjax:
        found = FORMULA.finditer(shown.text)
        shown.formulas += ["".join(filter(None, match.group(1, 2, 3, 4, 6))) for match in found]
        shown.text = FORMULA.sub(" ", shown.text)
    shown.text = shown.text.replace(DOLLAR, "$").replace(EDGE, "")
    shown.printed = [line for pre in root.iter("pre") for line in pre.text_content().splitlines()]
    shown.cells = Counter(
        place for table in root.iter("table") if not table.xpath("ancestor::table")
        for place in places(_html_rows(table, mathjax))
    )  # fmt: skip
    return shown


def _visit(element: html.HtmlElement, shown: Shown, pieces: list[str], code: bool = False) -> None:
    """Add what an element shows; a dollar in code is marked, since it opens no formula."""
    tag = element.tag if isinstance(element.tag, str) else "script"
    classes = (element.get("class") or "").split()
    hidden = element.get("hidden") is not None or "display:none" in _style(element)
    if tag in UNSEEN or hidden or set(ASIDE) & set(classes):
        return
    if tag in {"img", "svg"}:
        shown.pictures += 1
        return
    if tag == "math":
        source = element.find(".//annotation")
        shown.formulas.append(element.text_content() if source is None else source.text or "")
        pieces.append(" ")
        return
    code = code or tag in {"code", "pre"}
    around = ("\n" if BLOCK.fullmatch(tag) else "") + (EDGE if tag != "br" else "")
    pieces += [around, _marked(element.text, code)]
    for child in element:
        _visit(child, shown, pieces, code)
        pieces.append(_marked(child.tail, code))
    pieces.append(around)


def _style(element: html.HtmlElement) -> str:
    return (element.get("style") or "").replace(" ", "").lower()


def _marked(text: str | None, code: bool) -> str:
    return (text or "").replace("$", DOLLAR) if code else text or ""


Cell = tuple[str, int, int]  # words, and the columns and rows that it spans


def _html_rows(table: html.HtmlElement, mathjax: bool) -> list[list[Cell]]:
    def span(cell: html.HtmlElement, name: str) -> int:
        return int(re.sub(r"\D", "", cell.get(name) or "") or 1)

    def words(cell: html.HtmlElement) -> str:
        pieces: list[str] = []
        _visit(cell, Shown(), pieces)
        text = "".join(pieces)
        return (FORMULA.sub("", text) if mathjax else text).replace(DOLLAR, "$").replace(EDGE, "")

    return [
        [(words(cell), span(cell, "colspan"), span(cell, "rowspan"))
         for cell in row if cell.tag in {"td", "th"}]
        for row in table.iter("tr") if next(row.iterancestors("table")) is table
    ]  # fmt: skip


def places(rows: list[list[Cell]]) -> Iterator[Place]:
    """Yield each cell that says something, with the nearest words above it in its column."""
    above: dict[int, str] = {}
    busy: dict[int, int] = {}
    for row in rows:
        column = 0
        for words, columns, height in row:
            while busy.get(column, 0):
                busy[column] -= 1
                column += 1
            own = squeezed(words)
            if own:
                yield Place(above.get(column, ""), own)
            for spanned in range(column, column + columns):
                busy[spanned] = height - 1
                above[spanned] = own or above.get(spanned, "")
            column += columns
        for rest in [place for place in busy if place >= column]:
            busy[rest] = max(busy[rest] - 1, 0)


def of_docx(data: bytes) -> Shown:
    """Read a Word file: its text with footnotes, Word's own formulas, drawings and tables."""
    word = docx.Document(io.BytesIO(data))
    bodies = [word.element.body]
    for part in word.part.package.iter_parts():
        if part.partname.endswith("/footnotes.xml"):
            bodies.append(docx.oxml.parse_xml(part.blob))
    formulas = ["".join(t.text or "" for t in math.iter(qn("m:t")))
                for body in bodies for math in body.iter(qn("m:oMath"))]  # fmt: skip
    return Shown(
        text="\n".join(_word_text(body) for body in bodies),
        formulas=formulas,
        pictures=sum(1 for body in bodies for _ in body.iter(qn("pic:pic"))),
        cells=Counter(
            place for table in word.element.body.iter(qn("w:tbl"))
            for place in places(_word_rows(table))
        ),
    )  # fmt: skip


def _word_text(element) -> str:
    breaks = {qn("w:br"): "\n", qn("w:tab"): "\t", qn("w:p"): "\n", qn("w:noBreakHyphen"): "-"}
    pieces = []
    for item in element.iter(qn("w:t"), *breaks):
        pieces.append(breaks.get(item.tag) or item.text or "")
    return "".join(pieces)


def _word_rows(table) -> list[list[Cell]]:
    rows = []
    for row in table.tr_lst:
        words = ["" if cell.vMerge == "continue" else _word_text(cell) for cell in row.tc_lst]
        spans = [cell.grid_span for cell in row.tc_lst]
        rows.append([(text, span, 1) for text, span in zip(words, spans, strict=True)])
    return rows


def of_pdf(data: bytes) -> Shown:
    """Read a PDF: its text, and by its tags the formulas' sources and the pictures."""
    pdf = pypdf.PdfReader(io.BytesIO(data))
    pages = (PAGE_NUMBER.sub("", page.extract_text()) for page in pdf.pages)  # it divides words
    shown = Shown("\n".join(pages), cells=None)
    for kind, words in _tags(pdf.root_object.get("/StructTreeRoot")):
        if kind == "/Formula":
            shown.formulas.append(words)
        shown.pictures += kind == "/Figure"
    return shown


def _tags(node: object) -> Iterator[tuple[str, str]]:
    """Yield the kind and the alternative text of every element of the tree of tags."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        item = item.get_object() if hasattr(item, "get_object") else item
        if isinstance(item, dict):
            yield str(item.get("/S", "")), str(item.get("/Alt", ""))
            kids = item.get("/K", [])
            waiting += kids if isinstance(kids, list) else [kids]


READERS = {"docx": of_docx, "pdf": of_pdf, "html": lambda data: of_html(data.decode("utf-8"))}


def lost_words(before: Shown, after: Shown) -> Counter[str]:
    """Return the words of ``before`` that ``after`` has fewer of, also across line breaks."""
    joined = Counter(TOKEN.findall(re.sub(r"\u2010?\n", "", normal(after.text))))
    less = before.words - (after.words | joined)
    whole, rest = squeezed(before.text), squeezed(after.text)
    lost = {word: min(count, whole.count(word) - rest.count(word)) for word, count in less.items()}
    return Counter({word: count for word, count in lost.items() if count > 0})


def lost_blanks(before: Shown, after: Shown) -> list[str]:
    """Return the printed lines of ``before`` that ``after`` has with other white space.

    A tab may be any number of blanks; a line that ``after`` divides is not looked at.
    """
    lines = [normal(line).rstrip() for line in after.text.split("\n")]
    bare, loose = set(map(squeezed, lines)), {" ".join(line.split()) for line in lines}
    exact, lost = set(lines), []
    for line in before.printed:
        own = normal(line).rstrip()
        divided = len(own) > LONG and own.lstrip() in exact
        kept = divided or (" ".join(own.split()) in loose if "\t" in own else own in exact)
        if own and not kept and squeezed(own) in bare:
            lost.append(own)
    return lost


def lost_cells(before: Shown, after: Shown) -> list[Place]:
    """Return the table cells of ``before`` that do not stand below the same words in ``after``."""
    if after.cells is None:
        rest = squeezed(after.text).translate({ord(mark): None for mark in "•‣"})
        return [place for place in before.cells if not _in_pieces(place.words[:80], rest)]
    return list((before.cells - after.cells).elements())


def _in_pieces(words: str, rest: str) -> bool:
    """Tell whether a page has a cell's words, whose lines stand between those of other cells."""
    for _ in range(1 + len(words) // 6):
        words = words[next((n for n in range(len(words), 0, -1) if words[:n] in rest), 0) :]
    return not words


def joined(parts: Iterable[Shown]) -> Shown:
    """Return several documents as one."""
    whole = Shown()
    for part in parts:
        whole.text += "\n" + part.text
        whole.printed += part.printed
        whole.formulas += part.formulas
        whole.pictures += part.pictures
        whole.cells += part.cells
    return whole
