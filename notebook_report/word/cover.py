"""The cover page, and the line of keywords."""

from docx.document import Document as WordDocument
from docx.shared import Cm

from ..document import Document
from ..metadata import Metadata
from .look import twips
from .reference import filled

VALUE = 4300  # twentieths of a point


def build(word: WordDocument, document: Document) -> list:
    """The elements of the cover, in order."""
    data = document.metadata
    parts = [logo(word, str(document.find(data.logo)))] if data.logo else []
    label_width = 300 + max((width(label) for label, _ in data.cover), default=0)
    cover = filled(
        "cover.xml",
        data=data,
        space=space_below(data),
        widths=(label_width, VALUE),
        list_separator=document.language.list_separator,
    )
    return [*parts, *cover]


def logo(word: WordDocument, path: str):
    """A paragraph with the picture, which python-docx files."""
    paragraph = word.add_paragraph()
    paragraph.add_run().add_picture(path, height=Cm(2.4))
    element = paragraph._p
    element.get_or_add_pPr().style = "CoverLogo"
    element.getparent().remove(element)
    return element


def width(text: str) -> int:
    """Width of 14-point text in twentieths of a point: Chinese characters are square."""
    return sum(280 if ord(character) > 0x2E7F else 150 for character in text)


def space_below(data: Metadata) -> int:
    """The space below the subtitle with which the fields end near the foot of the page."""
    lines = 1 + width(data.title) * 24 // 14 // twips(data.text_width)
    used = 3200 + 640 * lines + 600 * bool(data.subtitle) + 1700 * bool(data.institution)
    used += 2000 * bool(data.logo) + 600 * max(len(data.cover), 2)
    return max(600, min(5200, 12600 - used))


def keywords(document: Document) -> list:
    """“Keywords: a, b, c” below the first abstract."""
    language, words = document.language, document.metadata.keywords
    if not words:
        return []
    text = language.keyword_separator.join(words)
    return [filled("keywords.xml", label=language.words["keywords"], words=text)]
