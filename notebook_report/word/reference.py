"""The Word file's XML from its templates, and the reference document that pandoc starts from."""

from io import BytesIO
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.shared import Cm, Twips
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..document import Document
from ..metadata import PAGE_HEIGHT, PAGE_WIDTH
from .look import look_of

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "word", encoding="utf-8"),
    autoescape=True,
    undefined=StrictUndefined,
)
HEADING_LIST, APPENDIX_LIST = 9001, 9002  # the numbered lists that headings belong to
APPENDIX_TABS = {"en": 2040, "zh-CN": 1280}  # where titles start after “Appendix A”


def filled(template: str, **values: object):
    """The element that a template becomes with ``values``, without the blanks of its lines."""
    return parse_xml(TEMPLATES.get_template(template).render(values))


def styles(document: Document):
    """Every style; with numbered sections, headings are bound to their numbered list."""
    return filled(
        "styles.xml",
        look=look_of(document),
        numbered=document.metadata.number_sections,
        heading_list=HEADING_LIST,
        appendix_list=APPENDIX_LIST,
    )


def numbering(document: Document):
    """The two lists that the heading and appendix styles refer to."""
    return filled(
        "numbering.xml",
        heading_list=HEADING_LIST,
        appendix_list=APPENDIX_LIST,
        chinese=document.metadata.numbering == "chinese",
        label=document.language.labels["app"],
        appendix_tab=APPENDIX_TABS[document.language.tag],
    )


def build(path: Path, document: Document) -> None:
    """Write the reference document to ``path``: styles, an empty page, header and footer."""
    word, data = docx.Document(), document.metadata
    for name, one in list(word.part.rels.items()):  # what nothing refers to is not stored
        if not one.reltype.endswith(("/styles", "/settings")):
            del word.part.rels[name]
    word.part._styles_part._element = styles(document)
    word.part._settings_part._element = filled("settings.xml")
    page = word.sections[0]
    for extra in page._sectPr.xpath("w:cols | w:docGrid"):
        page._sectPr.remove(extra)
    page.page_width, page.page_height = Cm(PAGE_WIDTH), Cm(PAGE_HEIGHT)
    page.header_distance, page.footer_distance, page.gutter = Twips(850), Twips(900), 0
    for side, size in data.all_margins.items():
        setattr(page, f"{side}_margin", Cm(size))
    replace_content(page.header, filled("header.xml", words=data.header))
    replace_content(page.footer, filled("footer.xml"))
    store(path, word)


def store(path: Path, word: WordDocument) -> None:
    """Write a Word file in one go: zipfile prints a traceback when the disk is full within one."""
    stream = BytesIO()
    word.save(stream)
    path.write_bytes(stream.getvalue())


def replace_content(part, filled_in) -> None:
    """Give a header or footer of a file the content of a filled-in template."""
    part.is_linked_to_previous = False
    old = part.paragraphs[0]._p
    old.getparent().replace(old, filled_in[0])
