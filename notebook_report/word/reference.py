"""The Word file's XML from its templates, and the reference document that pandoc starts from."""

import zipfile
from pathlib import Path

from docx.oxml import parse_xml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree

from ..document import Document
from .look import look_of, twips

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "word", encoding="utf-8"),
    autoescape=True,
    undefined=StrictUndefined,
)
HEADING_LIST, APPENDIX_LIST = 9001, 9002  # the numbered lists that headings belong to
APPENDIX_TABS = {"en": 2040, "zh-CN": 1280}  # where titles start after “Appendix A”
PARTS = ("styles", "settings", "header", "footer")


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
    data = document.metadata
    targets = [(kind, f"{kind}{'1' if kind in PARTS[2:] else ''}.xml") for kind in PARTS]
    margins = {side: twips(size) for side, size in data.all_margins.items()}
    root = [("officeDocument", "word/document.xml")]
    elements = {
        "[Content_Types].xml": filled("content_types.xml", targets=targets),
        "_rels/.rels": filled("relations.xml", targets=root),
        "word/document.xml": filled("document.xml", margins=margins),
        "word/_rels/document.xml.rels": filled("relations.xml", targets=targets),
        "word/styles.xml": styles(document),
        "word/settings.xml": filled("settings.xml"),
        "word/header1.xml": filled("header.xml", words=data.header),
        "word/footer1.xml": filled("footer.xml"),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, element in elements.items():
            content = etree.tostring(
                element, xml_declaration=True, encoding="UTF-8", standalone=True
            )
            archive.writestr(name, content)
