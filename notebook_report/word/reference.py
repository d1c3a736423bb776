"""The reference document that gives pandoc its styles, page set-up, header and footer."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from ..document import Document
from ..layout import margins, twips
from ..metadata import Metadata
from .stylesheet import NAMESPACE, look_of, stylesheet

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"

CONTENT_TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{TYPES}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{TYPES}.styles+xml"/>'
    f'<Override PartName="/word/settings.xml" ContentType="{TYPES}.settings+xml"/>'
    f'<Override PartName="/word/header1.xml" ContentType="{TYPES}.header+xml"/>'
    f'<Override PartName="/word/footer1.xml" ContentType="{TYPES}.footer+xml"/>'
    "</Types>"
)
ROOT_RELATIONS = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
DOCUMENT_RELATIONS = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, kind, target in (
            (1, "styles", "styles.xml"),
            (2, "settings", "settings.xml"),
            (3, "header", "header1.xml"),
            (4, "footer", "footer1.xml"),
        )
    )
    + "</Relationships>"
)
SECTION = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId3"/>'
    '<w:footerReference w:type="default" r:id="rId4"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar {edges} w:header="850" w:footer="900" w:gutter="0"/></w:sectPr>'
)
SETTINGS = (
    f'{HEAD}<w:settings xmlns:w="{NAMESPACE}"><w:zoom w:percent="100"/>'
    '<w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val="compressPunctuation"/>'
    '<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
    '<w:compat><w:compatSetting w:name="compatibilityMode"'
    ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)


def field(code: str, result: str) -> str:
    """A Word field with the result that stands until Word updates it."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'<w:r><w:t xml:space="preserve">{escape(result)}</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def running(kind: str, style: str, content: str) -> str:
    """A header or footer part; ``kind`` is hdr or ftr."""
    ppr = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
    return f'{HEAD}<w:{kind} xmlns:w="{NAMESPACE}"><w:p>{ppr}{content}</w:p></w:{kind}>'


def section(data: Metadata) -> str:
    """A4 with the margins of the metadata."""
    sides = {name: twips(size) for name, size in margins(data).items()}
    edges = " ".join(f'w:{name}="{sides[name]}"' for name in ("top", "right", "bottom", "left"))
    return SECTION.format(edges=edges)


def build(path: Path, document: Document) -> None:
    """Write the reference document to ``path``."""
    data, look = document.metadata, look_of(document)
    header = data.header
    text = f'<w:r><w:t xml:space="preserve">{escape(header)}</w:t></w:r>' if header else ""
    body = (
        f'{HEAD}<w:document xmlns:w="{NAMESPACE}" xmlns:r="{RELATIONS}">'
        f"<w:body>{section(data)}</w:body></w:document>"
    )
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT_RELATIONS,
        "word/document.xml": body,
        "word/_rels/document.xml.rels": DOCUMENT_RELATIONS,
        "word/styles.xml": stylesheet(look, data.number_sections),
        "word/settings.xml": SETTINGS,
        "word/header1.xml": running("hdr", "Header" if header else "Footer", text),
        "word/footer1.xml": running("ftr", "Footer", field("PAGE", "1")),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
