import io
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from export_samples import (
    CHINESE,
    ENGLISH,
    write_report,
)
from lxml import etree
from pypdf import PdfReader

from notebook_report import export_notebook

LANGUAGES = {"en": ENGLISH, "zh-CN": CHINESE}
STYLES = {
    "Title", "Body Text", "First Paragraph", "Equation Lead-in", "Body Text Continued", "Compact",
    "List Paragraph", "Block Text", "Source Code", "Cell Output", "Heading 1", "Heading 2",
    "Heading 1 Unnumbered", "Appendix 1", "Front Heading", "TOC Heading", "List Heading",
    "Keywords", "toc 1", "toc 2", "table of figures", "Captioned Figure", "Image Caption",
    "Table Caption", "Equation", "Equation Number", "Table End", "Table Left", "Table Right",
    "Table Center", "Bibliography", "Cover Title", "Cover Subtitle", "Cover Label", "Cover Value",
    "Section Break",
}  # fmt: skip


@pytest.fixture(scope="module", params=LANGUAGES)
def exported(request, tmp_path_factory):
    """(language, folder with report.docx, report.pdf and report.html)."""
    folder = tmp_path_factory.mktemp(request.param)
    path = write_report(folder, LANGUAGES[request.param], request.param)
    for to in ("docx", "pdf", "html"):
        assert export_notebook(path, to, folder / f"report.{to}", strict=True) == []
    return request.param, folder


@pytest.fixture
def word(exported):
    return Document(str(exported[1] / "report.docx"))


@pytest.fixture
def pdf_text(exported):
    pages = PdfReader(exported[1] / "report.pdf").pages
    return "\n".join(page.extract_text() for page in pages)


def body_text(element):
    return "".join(t.text or "" for t in element.iter(qn("w:t"), qn("m:t")))


def squeezed(text):
    return re.sub(r"\s", "", text)


def styled(word, name):
    return [body_text(p._p) for p in word.paragraphs if p.style.name == name]


def test_every_word_paragraph_has_a_style_of_the_list(word):
    used = {p.pPr.pStyle.val for p in word.element.body.iter(qn("w:p"))}
    names = {style.style_id: style.name for style in word.styles}
    assert {names[identifier] for identifier in used} <= STYLES


def test_word_runs_carry_no_direct_formatting(word):
    runs = word.element.body.iter(qn("w:r"))
    found = {child.tag for run in runs for rpr in run.findall(qn("w:rPr")) for child in rpr}
    fonts = [
        f.attrib
        for f in word.element.body.iter(qn("w:rFonts"))
        if f.getparent().getparent().tag == qn("w:r")
    ]
    assert found <= {qn("w:rStyle"), qn("w:vertAlign"), qn("w:rFonts")}
    assert all(list(font) == [qn("w:hint")] for font in fonts)  # pandoc's mark of Chinese text


def test_word_headings_captions_and_fields(exported, word):
    chinese = exported[0] == "zh-CN"
    xml = word.element.xml
    figure, table = ("图 1\u3000曲线", "表 1\u3000各类别样本数") if chinese else (
        "Figure 1. A curve.", "Table 1. Images of each class.")  # fmt: skip
    assert styled(word, "Image Caption") == [figure]
    assert styled(word, "Table Caption")[0] == table
    assert f"SEQ {'图' if chinese else 'Figure'} \\* ARABIC" in xml
    assert xml.count("REF _Ref_fig_curve \\h") == 1
    assert "REF _Ref_sec_data \\r \\h" in xml
    assert styled(word, "Heading 1") == (
        ["引言", "结论"] if chinese else ["Introduction", "Conclusion"]
    )
    assert styled(word, "Appendix 1") == (["环境"] if chinese else ["Environment"])
    assert styled(word, "Heading 1 Unnumbered") == (["参考文献"] if chinese else ["References"])


def test_word_fields_are_whole_and_their_targets_exist(word):
    xml = word.element.xml
    counts = [xml.count(f'w:fldCharType="{kind}"') for kind in ("begin", "separate", "end")]
    assert len(set(counts)) == 1
    names = set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', xml))
    targets = re.findall(r"(?:PAGEREF|REF) (\S+) ", xml) + re.findall(r'w:anchor="([^"]+)"', xml)
    assert targets
    assert set(targets) <= names


def test_word_ids_are_unique(word):
    body = word.element.body
    for tag, key in (
        ("w:bookmarkStart", qn("w:id")),
        ("w:bookmarkStart", qn("w:name")),
        ("wp:docPr", "id"),
    ):
        ids = [element.get(key) for element in body.iter(qn(tag))]
        assert ids
        assert len(ids) == len(set(ids))
    starts = [e.get(qn("w:id")) for e in body.iter(qn("w:bookmarkStart"))]
    ends = [e.get(qn("w:id")) for e in body.iter(qn("w:bookmarkEnd"))]
    assert sorted(starts) == sorted(ends)


def test_word_contents_are_filled_in(exported, word):
    first = [body_text(p) for p in word.element.body.iter(qn("w:p")) if p.pPr.pStyle.val == "TOC1"]
    texts = [re.sub(r"\W|\d+$", "", entry) for entry in first]
    expected = ["1引言", "2结论", "参考文献", "附录A环境"] if exported[0] == "zh-CN" else [
        "1Introduction", "2Conclusion", "References", "AppendixAEnvironment"]  # fmt: skip
    assert texts == expected
    assert all(entry[-1].isdigit() for entry in first)


def test_word_sections_number_pages_after_the_cover(word):
    sections = word.element.body.findall(f".//{qn('w:sectPr')}")
    assert len(sections) == 3
    assert sections[0].find(qn("w:footerReference")) is None
    numbers = [s.find(qn("w:pgNumType")) for s in sections[1:]]
    assert [(n.get(qn("w:fmt")), n.get(qn("w:start"))) for n in numbers] == [
        ("upperRoman", "1"), ("decimal", "1")]  # fmt: skip


def test_word_properties_and_alternative_text(exported, word):
    core = word.core_properties
    assert core.title == (
        "手写数字识别" if exported[0] == "zh-CN" else "Digits & <networks> of 2026"
    )
    assert core.language == exported[0]
    assert core.created.isoformat() == "2026-11-24T00:00:00+00:00"
    drawings = list(word.element.body.iter(qn("wp:docPr")))
    assert [drawing.get("descr") for drawing in drawings] == ["A rising curve"]


def test_word_holds_no_path_of_this_machine(exported):
    """Pandoc would write those of the style and of the bibliography among the properties."""
    with zipfile.ZipFile(exported[1] / "report.docx") as archive:
        for name in archive.namelist():
            assert b"refs.bib" not in (part := archive.read(name)), name
            assert b"site-packages" not in part, name


def test_word_equation_is_native_and_numbered(word):
    tables = [t for t in word.tables if t.style.name == "Equation Table"]
    assert len(tables) == 1
    assert tables[0]._tbl.find(f".//{qn('m:f')}") is not None
    assert body_text(tables[0]._tbl).endswith("(1)")


def test_word_table_has_one_header_row_with_the_index_name(word):
    table = next(t for t in word.tables if t.style.name == "Table")
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows == [["digit", "train", "test"], ["0", "5923", "980"], ["1", "6742", "1135"]]
    assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None


def test_the_text_says_the_same_in_word_and_pdf(exported, word, pdf_text):
    text, pdf = squeezed(body_text(word.element.body)), squeezed(pdf_text)
    common = {
        "en": ["Accuracy99.62%on", "SeeFigure1,Table1,Equation(1),Section1.1,Listing1andAppendixA",
               "60,000images", "Xeon(R)@2_GHz*", "MachineLearning#1$5@me\\_x_*y*[z]", "0012345",
               "135,530", "classNet:pass", "Keywords:MNIST,network", "LeCun", "机器学习"],
        "zh-CN": ["准确率99.62%", "见图1与表1，式(1)、第1.1节、第1章和代码1、附录A", "60,000幅",
                  "关键词：手写数字；网络", "LECUNY,BOTTOUL,BENGIOY,etal.", "周志华,李航,王五,等.",
                  "课程名称", "Xeon(R)@2_GHz*"],
    }  # fmt: skip
    for words in common[exported[0]]:
        assert words in text, words
        assert words in pdf, words
    assert "unwanted" not in text + pdf
    assert "plot()" not in text + pdf


def test_pdf_has_outline_properties_and_embedded_fonts(exported):
    reader = PdfReader(exported[1] / "report.pdf")
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    assert len(titles) >= 4
    assert reader.metadata.title
    assert reader.metadata.author == ("张三" if exported[0] == "zh-CN" else "Ada Lovelace")
    fonts = {f for page in reader.pages for f in page["/Resources"].get("/Font", {}).values()}
    for font in fonts:
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        descriptor = descendant["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    conformance = reader.trailer["/Root"]["/Metadata"].get_data()
    assert b"pdfuaid:part>1<" in conformance
    assert b"pdfaid:part>2<" in conformance
    labels = reader.page_labels
    assert labels[1] == "I"
    assert "1" in labels[2:]


def test_contents_give_the_page_of_the_pdf(exported, word):
    reader = PdfReader(exported[1] / "report.pdf")
    last = [body_text(p) for p in word.element.body.iter(qn("w:p")) if p.pPr.pStyle.val == "TOC1"][
        -1
    ]
    heading = "环境" if exported[0] == "zh-CN" else "Environment"
    pages = [
        reader.page_labels[i]
        for i, page in enumerate(reader.pages)
        if heading in page.extract_text()
    ]
    assert last.endswith(pages[-1])


def test_html_reads_by_itself(exported):
    text = (exported[1] / "report.html").read_text(encoding="utf-8")
    assert 'src="data:image/svg+xml' in text or "<svg" in text
    assert "<math" in text
    assert not re.search(r'(?:src|href)="(?!data:|#|https?://)', text)
    assert ("图 1\u3000" if exported[0] == "zh-CN" else "Figure 1. ") in text
    assert "&lt;networks&gt;" in text or exported[0] == "zh-CN"
    for target in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{target}"' in text, target


@pytest.mark.parametrize("to", ["docx", "pdf", "html"])
def test_the_same_notebook_gives_the_same_bytes(exported, tmp_path, to):
    tag, folder = exported
    export_notebook(folder / f"report.{tag}.ipynb", to, tmp_path / f"again.{to}")
    assert (tmp_path / f"again.{to}").read_bytes() == (folder / f"report.{to}").read_bytes()


def test_word_package_is_sound(exported):
    with zipfile.ZipFile(exported[1] / "report.docx") as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        for name in names:
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
        relations = etree.fromstring(archive.read("word/_rels/document.xml.rels"))
        ids = {r.get("Id") for r in relations}
        document = archive.read("word/document.xml").decode()
        assert set(re.findall(r'r:(?:id|embed)="([^"]+)"', document)) <= ids
        for relation in relations:
            if relation.get("TargetMode") != "External":
                assert f"word/{relation.get('Target').removeprefix('/word/')}" in names


def test_importing_the_package_is_light():
    heavy = ("nbconvert", "typst", "docx", "pypandoc")
    modules = "notebook_report.languages, notebook_report.metadata"
    program = f"import sys, {modules}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_reading_a_notebook_builds_no_grammar():
    program = "import sys, notebook_report.base; print('lark' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_word_file(exported, tmp_path):
    command = [
        "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
        "--convert-to", "pdf", "--outdir", str(tmp_path), str(exported[1] / "report.docx"),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    reader = PdfReader(io.BytesIO((tmp_path / "report.pdf").read_bytes()))
    assert len(reader.pages) >= 4
