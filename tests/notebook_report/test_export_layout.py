"""Fonts, sizes and margins from metadata.yml, and a school's own Word file."""

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from export_samples import CHINESE, ENGLISH, METADATA, write_report
from pypdf import PdfReader

from notebook_report import export_notebook
from notebook_report.errors import ExportError

LAYOUT = """
margins: {left: 4cm, top: 30mm}
sizes: {text: 14pt, heading1: 20pt, title: 30pt}
fonts: {text: DejaVu Sans Mono, headings: No Such Font}
line_spacing: 26pt
"""


def school(path, numbered=False):
    """A template as Word in Chinese writes it: ids that are numbers, an indent in Normal."""
    word = docx.Document()
    section = word.sections[0]
    section.left_margin, section.right_margin = Cm(4), Cm(3)
    section.header.paragraphs[0].text = "School of Digits"
    word.styles["Normal"].font.size = Pt(13)
    word.styles["Normal"].paragraph_format.first_line_indent = Pt(26)
    word.styles["Heading 1"].font.size = Pt(31)
    for old, new in (("Normal", "a"), ("Heading1", "1"), ("BodyText", "Heading1")):
        renamed(word, old, new)
    word.add_paragraph("Text of the school that must go")
    if numbered:
        ppr = next(s for s in word.styles if s.style_id == "1").element.get_or_add_pPr()
        ppr.get_or_add_numPr().get_or_add_numId().val = 1
    word.save(str(path))


def renamed(word, old, new):
    for style in word.styles.element.iter(qn("w:style")):
        if style.get(qn("w:styleId")) == old:
            style.set(qn("w:styleId"), new)
        for tag in ("w:basedOn", "w:next", "w:link"):
            for mention in style.findall(qn(tag)):
                if mention.get(qn("w:val")) == old:
                    mention.set(qn("w:val"), new)


def report_with(folder, extra, words=ENGLISH, tag="en"):
    path = write_report(folder, words, tag)
    (folder / "metadata.yml").write_text(METADATA + extra, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def templated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    school(folder / "school.docx")
    path = report_with(folder, "template: school.docx\n")
    notes = export_notebook(path, "docx", folder / "report.docx", strict=True)
    return docx.Document(str(folder / "report.docx")), notes


def test_the_template_gives_styles_and_page(templated):
    word, _ = templated
    styles = {style.style_id: style for style in word.styles}
    assert styles["Heading1"].font.size == Pt(31)
    assert styles["Normal"].font.size == Pt(13)
    assert {round(section.left_margin.cm, 2) for section in word.sections} == {4}
    headings = [
        p.text for p in word.paragraphs if p.style is not None and p.style.name == "Heading 1"
    ]
    assert headings == ["Introduction", "Conclusion"]
    assert "must go" not in "\n".join(p.text for p in word.paragraphs)


def test_the_template_keeps_its_header_and_gets_page_numbers(templated):
    word, _ = templated
    last = word.sections[-1]
    assert last.header.paragraphs[0].text == "School of Digits"
    assert "PAGE" in last.footer._element.xml


def test_the_contents_are_no_chapter(templated):
    word, _ = templated
    heading = next(style for style in word.styles if style.style_id == "TOCHeading")
    assert heading.element.pPr.numPr.numId.val == 0


def test_missing_styles_are_added_and_said(templated):
    word, notes = templated
    (note,) = notes
    assert note.startswith("metadata.yml: template 'school.docx' lacks the styles ")
    assert "Image Caption" in note
    assert "Heading 1," not in note
    used = {p.pPr.pStyle.val for p in word.element.body.iter(qn("w:p"))}
    assert used <= {style.style_id for style in word.styles}


def test_an_indent_of_the_template_stays_out_of_tables(templated):
    word, _ = templated
    left = next(style for style in word.styles if style.name == "Table Left")
    assert left.element.pPr.find(qn("w:ind")).get(qn("w:firstLine")) == "0"


def test_headings_are_numbered_by_our_list_or_by_the_template(templated, tmp_path):
    def list_of(word):
        style = next(style for style in word.styles if style.name == "Heading 1")
        return style.element.pPr.numPr.numId.val

    assert list_of(templated[0]) == 9001
    school(tmp_path / "school.docx", numbered=True)
    path = report_with(tmp_path, "template: school.docx\n")
    export_notebook(path, "docx", tmp_path / "report.docx")
    word = docx.Document(str(tmp_path / "report.docx"))
    assert list_of(word) == 1
    lists = {num.numId for num in word.part.numbering_part.element.num_lst}
    assert 1 in lists


@pytest.mark.parametrize(("content", "flaw"), [(None, "is not there"), (b"x", "not a Word file")])
def test_a_template_that_cannot_be_used_is_named(tmp_path, content, flaw):
    path = report_with(tmp_path, "template: school.docx\n")
    if content:
        (tmp_path / "school.docx").write_bytes(content)
    with pytest.raises(ExportError, match=f"'school.docx' {flaw}|'school.docx' is {flaw}"):
        export_notebook(path, "docx", tmp_path / "x.docx")


def test_word_takes_fonts_sizes_and_margins(tmp_path):
    path = report_with(tmp_path, LAYOUT, CHINESE, "zh-CN")
    assert export_notebook(path, "docx", tmp_path / "x.docx") == []
    word = docx.Document(str(tmp_path / "x.docx"))
    assert {round(s.left_margin.cm, 2) for s in word.sections} == {4}
    assert {round(s.top_margin.cm, 2) for s in word.sections} == {3}
    heading = next(style for style in word.styles if style.name == "Heading 1")
    assert heading.font.size == Pt(20)
    assert heading.element.rPr.rFonts.get(qn("w:eastAsia")) == "No Such Font"
    face, size = next(word.styles.element.iter(qn("w:rPrDefault")))[0][:2]
    assert face.get(qn("w:eastAsia")) == "DejaVu Sans Mono"
    assert size.get(qn("w:val")) == "28"


def text_positions(path, words):
    """(x, font size) of a text in the PDF."""
    found = []

    def visit(text, _, matrix, __, size):
        if words in text:
            found.append((matrix[4], size))

    for page in PdfReader(path).pages:
        page.extract_text(visitor_text=visit)
    return found


def test_pdf_takes_fonts_sizes_and_margins(tmp_path):
    plain = report_with(tmp_path, "")
    export_notebook(plain, "pdf", tmp_path / "plain.pdf")
    path = report_with(tmp_path, LAYOUT)
    notes = export_notebook(path, "pdf", tmp_path / "x.pdf", strict=True)
    assert notes == [
        "metadata.yml: font 'No Such Font' is not on this machine, the PDF uses our own"
    ]
    sizes = [{size for _, size in text_positions(tmp_path / f"{name}.pdf", "Done")} for name in
             ("plain", "x")]  # fmt: skip
    assert sizes[0] != sizes[1]
    fonts = {str(font.get_object()["/BaseFont"]) for page in PdfReader(tmp_path / "x.pdf").pages
             for font in page["/Resources"].get("/Font", {}).values()}  # fmt: skip
    assert any("DejaVuSansMono" in font for font in fonts)
