"""The text of a Word or PDF file, read by libraries that run nothing in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from mnist_report.checking.handin import UnfitFileError

SUFFIXES = (".docx", ".pdf")
PAGES = 300
# What draws: a report's figures are a million lines, of which pypdf would read every one. Strings,
# the first alternative, are kept.
DRAWING = re.compile(
    rb"(\((?:\\.|[^\\()])*\))|(?<![^\s])(?:(?:[-+]?[\d.]+\s+){2,6}(?:[mlcvy]|re)|/\w+\s+Do)(?=\s)",
    re.S,
)
PAGE_NUMBER = re.compile(r"\s*[\divxlc]+\s*")


def text(path: Path) -> str:
    """All text of a document in reading order, a line a paragraph (Word) or a line (PDF).

    Raises:
        UnfitFileError: the file is damaged, or neither Word nor PDF.
    """
    readers = {".docx": _word, ".pdf": _pdf}
    if path.suffix.lower() not in readers:
        raise UnfitFileError(f"{path.name} is neither a Word nor a PDF file.")
    try:
        return "\n".join(readers[path.suffix.lower()](path))
    except UnfitFileError:
        raise
    except Exception as error:  # whatever a damaged file makes of its reader
        raise UnfitFileError(f"{path.name} cannot be read ({type(error).__name__}).") from error


def is_chinese(content: str) -> bool:
    """Whether a text is in Chinese."""
    return len(re.findall(r"[\u4e00-\u9fff]", content)) > 0.1 * len(content)


def _word(path: Path) -> Iterator[str]:
    import docx
    from docx.oxml.ns import qn

    body = docx.Document(str(path)).element.body
    for paragraph in body.iter(qn("w:p")):
        yield "".join(_runs(paragraph, qn("w:t"), qn("m:t"), qn("w:vertAlign")))


def _runs(paragraph: etree._Element, run: str, formula: str, raised: str) -> Iterator[str]:
    """Pieces of text; what is raised or in a formula is held apart, so that 10⁶ is not 106."""
    for piece in paragraph.iter(run, formula):
        apart = piece.tag == formula or piece.getparent().find(f".//{raised}") is not None
        yield f" {piece.text or ''} " if apart else piece.text or ""


def _pdf(path: Path) -> list[str]:
    from pypdf import PdfReader
    from pypdf.generic import DecodedStreamObject, NameObject

    pages = PdfReader(path).pages
    if len(pages) > PAGES:
        raise UnfitFileError(f"{path.name} has {len(pages)} pages; {PAGES} is the limit.")
    texts = []
    for page in pages:
        if (contents := page.get_contents()) is not None:
            drawn = DecodedStreamObject()
            drawn.set_data(DRAWING.sub(rb"\1", contents.get_data()))
            page[NameObject("/Contents")] = drawn
        texts.append(page.extract_text().split("\n"))
    return _without_furniture(texts)


def _without_furniture(pages: list[list[str]]) -> list[str]:
    """Lines without the page's number, and the header that most pages begin with."""
    firsts = Counter(lines[0].strip() for lines in pages)
    headers = {line for line, count in firsts.items() if count > len(pages) / 2}
    kept = []
    for lines in pages:
        below = lines[lines[0].strip() in headers :]
        kept += below[:-1] if below and PAGE_NUMBER.fullmatch(below[-1]) else below
    return kept
