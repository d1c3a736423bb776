"""The text of a Word or PDF file, read by libraries that run nothing in it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mnist_report.checking.verdict import UnfitFileError
from mnist_report.common import storage

PAGES = 300
# What draws: a report's figures are a million lines, of which pypdf would read every one. Strings,
# the first alternative, are kept.
DRAWING = re.compile(
    rb"(\((?:\\.|[^\\()])*\))|(?<![^\s])(?:(?:[-+]?[\d.]+\s+){2,6}(?:[mlcvy]|re)|/\w+\s+Do)(?=\s)",
    re.S,
)
PAGE_NUMBER = re.compile(r"\s*[\divxlc]+\s*")


def text(path: Path) -> str:
    """Read all text of a Word or PDF file in order, a line a paragraph (Word) or a line (PDF)."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise UnfitFileError(f"{path.name} is neither a Word nor a PDF file.")
    try:
        return "\n".join(read(path))
    except UnfitFileError:
        raise
    except Exception as error:  # whatever a damaged file makes of its reader
        raise UnfitFileError(f"{path.name} cannot be read ({type(error).__name__}).") from error


def pictures(path: Path) -> list[str]:
    """Return the SHA-256 sums of a Word file's pictures in order; [] of a PDF, which draws them."""
    if path.suffix.lower() != ".docx":
        return []
    import docx
    from docx.oxml.ns import qn

    part = docx.Document(str(path)).part
    shown = [blip.get(qn("r:embed")) for blip in part.element.body.iter(qn("a:blip"))]
    return [storage.checksum(part.related_parts[one].blob) for one in shown if one]


def language(content: str) -> str:
    """Return the language of a text; a few Chinese words do not make an English one Chinese."""
    chinese = len(re.findall(r"[\u4e00-\u9fff]", content))
    return "zh-CN" if chinese > 0.1 * len(content) else "en"


def _word(path: Path) -> Iterator[str]:
    import docx
    from docx.oxml.ns import qn

    formula, raised = qn("m:t"), f".//{qn('w:vertAlign')}"
    for paragraph in docx.Document(str(path)).element.body.iter(qn("w:p")):
        text = ""
        for piece in paragraph.iter(qn("w:t"), formula):
            # What is raised or in a formula is held apart, so that 10⁶ is not 106.
            apart = piece.tag == formula or piece.getparent().find(raised) is not None
            text += f" {piece.text or ''} " if apart else piece.text or ""
        yield text


def _pdf(path: Path) -> Iterator[str]:
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
    # Without the page's number, and the header that most pages begin with.
    firsts = Counter(lines[0].strip() for lines in texts)
    headers = {line for line, count in firsts.items() if count > len(pages) / 2}
    for lines in texts:
        below = lines[lines[0].strip() in headers :]
        yield from below[:-1] if below and PAGE_NUMBER.fullmatch(below[-1]) else below


READERS = {".docx": _word, ".pdf": _pdf}
