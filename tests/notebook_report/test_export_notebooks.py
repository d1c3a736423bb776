"""Notebooks that nobody wrote for export: what is shown, and which flaws are named."""

import re

import pytest
from docx import Document
from docx.oxml.ns import qn
from export_samples import (
    BIBLIOGRAPHY,
    ENGLISH,
    code,
    display,
    markdown,
    notebook,
    png,
    write,
    write_report,
)
from nbformat.v4 import new_output
from pypdf import PdfReader

from notebook_report import export_notebook
from notebook_report.errors import ExportError

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


@pytest.mark.parametrize("to", ["docx", "pdf"])
def test_flaws_are_named_with_their_cell(tmp_path, to):
    path = tmp_path / "a.ipynb"
    (tmp_path / "refs.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (tmp_path / "metadata.yml").write_text("title: T\nbibliography: refs.bib\n", encoding="utf-8")
    cells = [markdown(f"{source} text") for source in FLAWS.values()]
    write(path, notebook(markdown("# A"), *cells, lang="en"))
    warnings = export_notebook(path, to, tmp_path / f"x.{to}")
    strict = tmp_path / f"strict.{to}"
    with pytest.raises(ExportError) as caught:
        export_notebook(path, to, strict, strict=True)
    assert not strict.exists()
    for number, flaw in enumerate(FLAWS, start=2):
        (warning,) = (one for one in warnings if one.startswith(f"cell {number} ("))
        assert flaw in warning
        assert warning in str(caught.value)
    assert len(warnings) == len(FLAWS)


def test_an_unknown_value_stops_the_export_and_names_the_cell(tmp_path):
    path = tmp_path / "a.ipynb"
    (tmp_path / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    values = code("#| values: true\nx", display(json={"a": 1}))
    write(path, notebook(values, markdown("{{ b }}"), lang="en"))
    out = tmp_path / "x.docx"
    out.write_bytes(b"old")
    with pytest.raises(ExportError, match=r"cell 2 .*no value 'b'"):
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
