import io
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from export_samples import (
    BIBLIOGRAPHY,
    CHINESE,
    ENGLISH,
    code,
    display,
    markdown,
    notebook,
    png,
    write,
    write_report,
)
from lxml import etree
from nbformat.v4 import new_output
from pypdf import PdfReader
from traitlets import import_item

from mnist_report import settings
from mnist_report.export import export_notebook
from mnist_report.export.errors import ExportError

LANGUAGES = {"en": ENGLISH, "zh-CN": CHINESE}
STYLES = {
    "Title", "Body Text", "First Paragraph", "Body Text Continued", "Compact", "List Paragraph",
    "Block Text", "Source Code", "Cell Output", "Heading 1", "Heading 2", "Heading 1 Unnumbered",
    "Appendix 1", "Front Heading", "TOC Heading", "List Heading", "Keywords", "toc 1", "toc 2",
    "table of figures", "Captioned Figure", "Image Caption", "Table Caption", "Equation",
    "Equation Number", "Table End", "Table Left", "Table Right", "Table Center", "Bibliography",
    "Cover Title", "Cover Subtitle", "Cover Label", "Cover Value", "Section Break",
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


ODD = notebook(
    markdown("# One title $x^2$\n\n@someone me@x.com $5 and $6 😀 <b>b</b> H<sub>2</sub>O<br>x"),
    markdown("text\n## no blank line\n- a"),
    markdown("\\begin{align}a&=b\\end{align}\n\n$$\\nosuch{x}$$\n\n---\n\n{{ no value }} {% raw"),
    markdown('<table><tr><th>A</th></tr><tr><td>1</td></tr></table>\n\n<div class="c">mid</div>'),
    code("1/0", new_output("error", ename="E", evalue="", traceback=["\x1b[31m" + "x" * 99])),
    code("h", display(text_html="<h3>T</h3><p>para</p>"), display(text_latex="$\\frac{a}{b}$")),
    code("m", display(text_markdown="**md**"), display(json={"a": [1]})),
    code("broken", display(image_jpeg="/9j/4AAQ")),
    code("", display(text_plain="x" * 3000)),
)  # fmt: skip


@pytest.mark.parametrize("to", ["docx", "pdf", "html"])
@pytest.mark.parametrize(
    "nb", [notebook(), notebook(markdown("")), ODD], ids=["empty", "blank", "odd"]
)
def test_any_notebook(tmp_path, to, nb):
    out = tmp_path / f"x.{to}"
    export_notebook(write(tmp_path / "any.ipynb", nb), to, out)
    if to == "docx":
        Document(str(out))
    elif to == "pdf":
        assert len(PdfReader(out).pages) >= 1
    else:
        assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_plain_notebook_shows_code_and_no_cover(tmp_path):
    nb = notebook(markdown("# Title\n\n## Part"), code("shown = 1"), markdown("{{ kept }}"))
    export_notebook(write(tmp_path / "a.ipynb", nb), "docx", tmp_path / "a.docx")
    word = Document(str(tmp_path / "a.docx"))
    assert [(p.style.name, p.text) for p in word.paragraphs if p.text] == [
        ("Title", "Title"), ("Heading 1", "Part"), ("Source Code", "shown = 1"),
        ("First Paragraph", "{{ kept }}"),
    ]  # fmt: skip


FLAWS = {
    "image nope.png not found": "![x](nope.png)",
    "broken reference @fig-none": "see @fig-none",
    "unknown citation @nobody2020": "see [@nobody2020]",
    "link to #nowhere": "[x](#nowhere)",
}


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("to", ["docx", "pdf"])
def test_flaws_are_named_with_their_cell(tmp_path, flaw, to):
    path = tmp_path / "a.ipynb"
    (tmp_path / "refs.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (tmp_path / "metadata.yml").write_text("title: T\nbibliography: refs.bib\n", encoding="utf-8")
    write(path, notebook(markdown("# A"), markdown(f"{FLAWS[flaw]} text"), lang="en"))
    (warning,) = export_notebook(path, to, tmp_path / f"x.{to}")
    assert warning.startswith("cell 2 (")
    assert flaw in warning
    strict = tmp_path / f"strict.{to}"
    with pytest.raises(ExportError, match="cell 2"):
        export_notebook(path, to, strict, strict=True)
    assert not strict.exists()


def test_an_unknown_value_stops_the_export_and_names_the_cell(tmp_path):
    path = tmp_path / "a.ipynb"
    (tmp_path / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    values = code("#| values: true\nx", display(json={"a": 1}))
    write(path, notebook(values, markdown("{{ b }}"), lang="en"))
    out = tmp_path / "x.docx"
    out.write_bytes(b"old")
    with pytest.raises(ExportError, match=r"cell 2 .*'b' is undefined"):
        export_notebook(path, "docx", out)
    assert out.read_bytes() == b"old"
    assert not list(tmp_path.glob(".*.part"))


def test_a_values_cell_that_was_not_run_is_said(tmp_path):
    path = write_report(tmp_path, ENGLISH, "en")
    write(path, notebook(code("#| values: true\nx"), lang="en"))
    with pytest.raises(ExportError, match="run the notebook first"):
        export_notebook(path, "pdf", tmp_path / "x.pdf")


def test_unknown_format(tmp_path):
    with pytest.raises(ExportError, match="choose one of docx, pdf, html"):
        export_notebook(tmp_path / "x.ipynb", "odt", tmp_path / "x.odt")


def test_attachments_linked_files_and_svg_become_pictures(tmp_path):
    from base64 import b64decode

    from export_samples import SVG
    from nbformat.v4 import new_markdown_cell

    (tmp_path / "with space.png").write_bytes(b64decode(png(30, 10)))
    (tmp_path / "drawing.svg").write_text(SVG, encoding="utf-8")
    cell = new_markdown_cell(
        "![](attachment:a.png)\n\n![](with%20space.png)\n\n![](drawing.svg)\n\n"
        f'<img src="data:image/png;base64,{png(20, 20)}" width="100">',
        attachments={"a.png": {"image/png": png()}},
    )
    path = write(tmp_path / "a.ipynb", notebook(cell))
    assert export_notebook(path, "docx", tmp_path / "a.docx", strict=True) == []
    word = Document(str(tmp_path / "a.docx"))
    assert len(list(word.element.body.iter(qn("wp:docPr")))) == 4
    assert export_notebook(path, "pdf", tmp_path / "a.pdf", strict=True) == []


def test_a_column_of_numbers_with_gaps_is_set_to_the_right(tmp_path):
    rows = "".join(
        f"<tr><td>{name}</td><td>{count}</td></tr>"
        for name, count in (("pool", "–"), ("linear", "3,850"), ("drop", "NaN"), ("...", "..."))
    )
    html = f"<table><thead><tr><th>layer</th><th>parameters</th></tr></thead>{rows}</table>"
    path = write(tmp_path / "a.ipynb", notebook(code("x", display(text_html=html))))
    export_notebook(path, "html", tmp_path / "a.html")
    cells = re.findall(r"<td[^>]*>", (tmp_path / "a.html").read_text(encoding="utf-8"))
    assert ["right" in cell for cell in cells] == [False, True] * 4


def test_the_index_names_of_a_styled_table_share_the_row_of_its_columns(tmp_path):
    blank = "<th class='blank'>&nbsp;</th>"
    html = (
        f"<table><thead><tr>{blank}<th>a</th></tr><tr><th>digit</th>{blank}</tr></thead>"
        "<tr><th>0</th><td>1</td></tr></table>"
    )
    path = write(tmp_path / "a.ipynb", notebook(code("x", display(text_html=html))))
    export_notebook(path, "docx", tmp_path / "a.docx")
    (table,) = Document(str(tmp_path / "a.docx")).tables
    assert [[c.text for c in row.cells] for row in table.rows] == [["digit", "a"], ["0", "1"]]


def test_wide_tables_are_divided_and_repeat_their_first_column(tmp_path):
    head = "".join(f"<th>feature_{i}</th>" for i in range(24))
    row = "".join(f"<td>{i}.12345</td>" for i in range(24))
    html = f"<table><thead><tr><th></th>{head}</tr></thead><tr><th>r</th>{row}</tr></table>"
    path = write(tmp_path / "a.ipynb", notebook(code("x", display(text_html=html))))
    export_notebook(path, "docx", tmp_path / "a.docx")
    tables = Document(str(tmp_path / "a.docx")).tables
    assert len(tables) > 1
    assert all(table.rows[1].cells[0].text == "r" for table in tables)
    names = [cell.text for table in tables for cell in table.rows[0].cells[1:]]
    assert names == [f"feature_{i}" for i in range(24)]


def test_nbconvert_stops_with_one_line(tmp_path):
    write(tmp_path / "a.ipynb", notebook(markdown("see @fig-none")))
    command = [sys.executable, "-m", "nbconvert", "--to", "report-docx", "a.ipynb"]
    strict = [*command, "--ReportExporter.strict=True"]
    loose, done = (
        subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
        )
        for words in (command, strict)
    )
    assert (loose.returncode, done.returncode) == (0, 1)
    assert 'cell 1 ("see @fig-none"): broken reference @fig-none' in loose.stderr
    last = done.stderr.splitlines()[-1]
    assert last.endswith("'a.ipynb': cell 1 (\"see @fig-none\"): broken reference @fig-none")
    assert "Traceback" not in done.stderr


def test_nbconvert_knows_the_exporters(tmp_path):
    from nbconvert.exporters import get_exporter

    for name in ("report-docx", "report-pdf", "report-html"):
        assert get_exporter(name)().output_mimetype


def test_jupyterlab_can_reach_word_and_pdf():
    from jupyter_server.nbconvert.handlers import default_handlers
    from nbconvert.exporters import get_exporter

    routes = [re.compile(route[0] + "$") for route in default_handlers]
    for name, extension in {"word": ".docx", "ReportPDF": ".pdf"}.items():
        assert any(route.match(f"/nbconvert/{name}/a.ipynb") for route in routes)
        assert get_exporter(name)().file_extension == extension


def test_names_with_a_hyphen_are_for_the_command_line_only():
    """JupyterLab's menu offers every exporter that is enabled, reachable or not."""
    from jupyter_server.serverapp import ServerApp

    text = (settings.project_root() / "pyproject.toml").read_text(encoding="utf-8")
    exporters = tomllib.loads(text)["project"]["entry-points"]["nbconvert.exporters"]
    classes = {name: import_item(path.replace(":", ".")) for name, path in exporters.items()}
    assert {name for name, kind in classes.items() if kind().enabled} == set(classes)
    try:
        ServerApp.instance()
        enabled = {name for name, kind in classes.items() if kind().enabled}
    finally:
        ServerApp.clear_instance()
    assert enabled == {"word", "ReportPDF"}


def test_importing_the_package_is_light():
    heavy = ("nbconvert", "typst", "docx", "pypandoc")
    program = f"import sys, mnist_report.export; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_word_file(exported, tmp_path):
    command = [
        "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
        "--convert-to", "pdf", "--outdir", str(tmp_path), str(exported[1] / "report.docx"),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    reader = PdfReader(io.BytesIO((tmp_path / "report.pdf").read_bytes()))
    assert len(reader.pages) >= 5
