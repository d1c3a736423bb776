"""Tables of strangers' notebooks: figures stay under their heads, words whole, colours seen."""

import io
import re
from pathlib import Path

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from export_samples import code, display, markdown, notebook, write
from openxml_audit import OpenXmlValidator

import notebook_report
from notebook_report import FORMATS, export_notebook
from notebook_report.document import prepare
from notebook_report.pandoc import convert
from tools import shown

SPANNED = (
    "<table><tr><th rowspan=2>Model</th><th colspan=2>Accuracy</th></tr>"
    "<tr><th>train</th><th>test</th></tr><tr><td>cnn</td><td>0.99</td><td>0.98</td></tr></table>"
)


def export(folder, to, *cells):
    """The exported file, as bytes."""
    path, out = write(folder / "t.ipynb", notebook(*cells)), folder / f"t.{to}"
    assert export_notebook(path, to, out) == []
    return out.read_bytes()


def output(html):
    return code("", display(text_html=html))


def typst_source(folder, *cells):
    """What the typesetter is given of the cells."""
    document = prepare(notebook(*cells), "pdf", folder, None, "t", pytest.fail)
    return convert(document, "typst", folder)[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("to", ["docx", "html"])
@pytest.mark.parametrize("cell", [output(SPANNED), markdown(SPANNED)])
def test_figures_stay_under_the_head_that_spans_them(tmp_path, to, cell):
    cells = shown.READERS[to](export(tmp_path, to, cell)).cells
    assert cells == shown.of_html(SPANNED).cells


def wide(groups=6):
    """A DataFrame with two rows of heads, too wide for a page."""
    names = ("minimum", "maximum", "average", "deviation")
    top = "".join(f"<th colspan=4>Group number {number}</th>" for number in range(groups))
    heads = "".join(f"<th>{name}</th>" for name in names * groups)
    rows = "".join(
        f"<tr><th>row {row}</th>{''.join(f'<td>{row}.{n:04}</td>' for n in range(4 * groups))}</tr>"
        for row in range(3)
    )
    return f"<table><thead><tr><th></th>{top}</tr><tr><th></th>{heads}</tr></thead>{rows}</table>"


def test_a_wide_table_with_spanning_heads_is_divided_not_squeezed(tmp_path):
    data = export(tmp_path, "docx", output(wide()))
    tables = docx.Document(tmp_path / "t.docx").tables
    assert len(tables) == 3
    assert not shown.lost_cells(shown.of_html(wide()), shown.of_docx(data))
    assert [row.cells[0].text for row in tables[1].rows] == ["", "", "row 0", "row 1", "row 2"]
    assert tables[1].rows[0].cells[1].text == "Group number 2"


def test_all_names_of_rows_are_repeated(tmp_path):
    cells = "".join(f"<td>{number}.123456789</td>" for number in range(30))
    heads = "".join(f"<th>column {number}</th>" for number in range(30))
    html = (
        f"<table><thead><tr><th>a</th><th>b</th>{heads}</tr></thead><tbody>"
        f"<tr><th rowspan=2>x</th><th>y</th>{cells}</tr><tr><th>z</th>{cells}</tr></tbody></table>"
    )
    export(tmp_path, "docx", output(html))
    tables = docx.Document(tmp_path / "t.docx").tables
    assert len(tables) > 2
    for table in tables:
        assert [cell.text for cell in table.rows[2].cells[:2]] == ["x", "z"]


def test_the_parts_of_a_table_share_one_size_of_type(tmp_path):
    rows = "<td>1</td>" * 18 + "<td>0.123456789012</td>" * 9
    heads = "".join(f"<th>c{number}</th>" for number in range(27))
    export(tmp_path, "docx", output(f"<table><tr>{heads}</tr><tr>{rows}</tr></table>"))
    tables = docx.Document(tmp_path / "t.docx").tables
    sizes = {re.sub("Left|Right|Center", "", p.style.name)
             for table in tables for row in table.rows for cell in row.cells
             for p in cell.paragraphs}  # fmt: skip
    assert len(tables) > 1
    assert len(sizes) == 1


def test_numbers_and_checksums_stay_whole(tmp_path):
    words = "words that go on and on " * 6
    row = f"| 98.38 ± 0.09 | {'d41d8cd98f00b204' * 3} | {words} |"
    source = typst_source(tmp_path, markdown(f"| a | b | c |\n|---|---|---|\n{row}"))
    assert "98.38\u00a0±\u00a00.09" in source.replace("~", "\u00a0")
    assert "d41d8cd98f00b204" * 3 in source


def test_a_word_longer_than_its_column_is_divided(tmp_path):
    row = f"| {'x' * 200} | {'word ' * 60} |"
    source = typst_source(tmp_path, markdown(f"| a | b |\n|---|---|\n{row}"))
    assert "x\u200bx" in source


STYLED = (
    "<style>#T_a {background-color: #440154; color: #f1f1f1;}\n#T_b, #T_c {\n  background: "
    "linear-gradient(90deg, transparent 25.0%, #d65f5f 25.0%, #d65f5f 75.0%, transparent 75.0%);\n}"
    "</style><table id='T_'><tr><th>h</th><th>i</th><th>j</th></tr><tr><td id='T_a'>1</td>"
    "<td id='T_b' class='x'>2</td><td style='background: yellow'>3</td></tr></table>"
)


def test_the_colours_of_a_styled_table_are_seen_in_word(tmp_path):
    export(tmp_path, "docx", output(STYLED))
    word = docx.Document(tmp_path / "t.docx")
    first, second, third = word.tables[0].rows[1].cells
    shades = [cell._tc.find(f".//{qn('w:shd')}") for cell in (first, third)]
    assert [shade.get(qn("w:fill")) for shade in shades] == ["440154", "ffff00"]
    assert str(first.paragraphs[0].runs[0].font.color.rgb) == "F1F1F1"
    extents = [int(e.get("cx")) for e in second._tc.iter(qn("wp:extent"))]
    assert len(extents) == 2  # what is empty before the bar, and the bar
    assert extents[1] == pytest.approx(2 * extents[0], rel=0.05)


def test_the_colours_of_a_styled_table_are_seen_in_html_and_pdf(tmp_path):
    page = export(tmp_path, "html", output(STYLED)).decode("utf-8")
    assert "background: #440154; color: #f1f1f1" in page
    assert "linear-gradient(90deg,transparent 25.0%,#d65f5f 25.0%,#d65f5f 75.0%," in page
    source = typst_source(tmp_path, output(STYLED))
    assert 'fill: rgb("#440154"), [#set text(fill: rgb("#f1f1f1"))' in source
    assert 'fill: report.bar("d65f5f", 25.0%, 75.0%), [' in source
    template = Path(notebook_report.__file__).parent / "templates" / "figures.typ"
    assert "(rgb(hex), from), (rgb(hex), to)," in template.read_text(encoding="utf-8")


@pytest.mark.parametrize("to", FORMATS)
def test_nothing_but_colours_passes_from_a_style(tmp_path, to):
    bad = (
        "<table><tr><td style='background: url(http://x.y/z); color: expression(a)'>1</td></tr>"
        "<tr><td style='color: #12; background-color: rgb(1, 2, 3)'>2</td></tr></table>"
    )
    data = export(tmp_path, to, output(bad))
    assert b"x.y" not in data
    assert b"expression" not in data


def test_a_head_without_words_is_none(tmp_path):
    word = docx.Document(io.BytesIO(export(tmp_path, "docx", markdown("| | |\n|-|-|\n| a | b |"))))
    assert [[c.text for c in row.cells] for row in word.tables[0].rows] == [["a", "b"]]


def test_words_between_a_table_and_its_rows_do_not_break_it(tmp_path):
    old = "<table class=dataframe><small>shape: (1, 1)</small><thead><tr><th>a</th></tr></thead>"
    data = export(tmp_path, "html", output(old + "<tbody><tr><td>1</td></tr></tbody></table>"))
    assert shown.of_html(data.decode("utf-8")).cells == {("", "a"): 1, ("a", "1"): 1}
    assert "shape: (1, 1)" in data.decode("utf-8")


def test_a_list_in_a_cell_keeps_its_items_apart(tmp_path):
    cell = markdown("| a |\n|---|\n| <ul><li>p</li><li>q</li></ul> |")
    export(tmp_path, "docx", cell)
    words = docx.Document(tmp_path / "t.docx").tables[0].rows[1].cells[0].text
    assert words.split() == ["•", "p", "•", "q"]


SHEET = (
    "<style>#T th {background-color: #404040; color: white} #T td.c1 {font-weight: bold;}\n"
    "#T .r2 {font-style: italic; background: rgba(255, 0, 0, 50%)} #T tr:hover {color: red}</style>"
    "<table id='T'><thead><tr><th>h</th><th>i</th></tr></thead><tr><td class='r1 c0'>p</td>"
    "<td class='r1 c1'>q</td></tr><tr style='color: navy'><td class='r2 c0'>s</td>"
    "<td class='r2 c1' style='background: lavender'><ul><li>t</li></ul></td></tr></table>"
)


def test_a_sheet_of_styles_reaches_the_cells_that_it_selects(tmp_path):
    page = export(tmp_path, "html", output(SHEET)).decode("utf-8")
    cells = re.findall(r'<t[dh] style="text-align: left;\s?([^"]*)">(.*?)</t[dh]>', page, re.S)
    assert [(look, " ".join(words.split())) for look, words in cells] == [
        ("background: #404040; color: #ffffff;", "h"),
        ("background: #404040; color: #ffffff;", "i"),
        ("", "p"),
        ("", "<strong>q</strong>"),
        ("background: #ff8080; color: #000080;", "<em>s</em>"),
        ("background: #e6e6fa; color: #000080;", "<ul> <li><em><strong>t</strong></em></li> </ul>"),
    ]
    export(tmp_path, "docx", output(SHEET))
    rows = docx.Document(tmp_path / "t.docx").tables[0].rows
    fills = [cell._tc.find(f".//{qn('w:shd')}") for row in rows for cell in row.cells]
    assert [fill if fill is None else fill.get(qn("w:fill")) for fill in fills] == [
        "404040", "404040", None, None, "ff8080", "e6e6fa"
    ]  # fmt: skip
    assert export(tmp_path, "pdf", output(SHEET))


def test_code_in_a_cell_has_the_width_of_its_lines(tmp_path):
    cells = "<td><pre><code>x = function(y)</code></pre></td><td>b</td>"
    export(tmp_path, "docx", output(f"<table><tr>{cells}</tr></table>"))
    table = docx.Document(tmp_path / "t.docx").tables[0]
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.iter(qn("w:gridCol"))]
    assert widths[0] > 2 * widths[1]


def test_a_head_of_wide_letters_is_not_divided(tmp_path):
    rows = "<tr>" + "<td>0.1</td>" * 3 + "</tr>"
    heads = "".join(f"<th>{word}</th>" for word in ("minimum", "average", "filtrate"))
    export(tmp_path, "docx", output(f"<table><thead><tr>{heads}</tr></thead>{rows}</table>"))
    table = docx.Document(tmp_path / "t.docx").tables[0]
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.iter(qn("w:gridCol"))]
    assert widths[0] > widths[1]
    assert widths[0] / 20 - 11 > 4.17 * 9  # points: of "minimum" in bold, beside the padding


def test_a_column_has_room_for_the_marks_of_a_list(tmp_path):
    cells = "<td>{}</td><td><ul><li>u</li></ul></td>"
    source = typst_source(tmp_path, markdown(f"<table><tr>{cells.format('u')}</tr></table>"))
    plain, listed = map(float, re.search(r"\(([\d.]+)%, ([\d.]+)%", source).groups())
    assert listed > 2 * plain


def test_a_centred_heading_is_centred_in_word(tmp_path):
    export(tmp_path, "docx", markdown("<center><h2>In *the* middle</h2></center>\n\n## Not"))
    middle, left = docx.Document(tmp_path / "t.docx").paragraphs
    assert (middle.alignment, left.alignment) == (WD_ALIGN_PARAGRAPH.CENTER, None)
    assert [str(e) for e in OpenXmlValidator().validate(f"{tmp_path}/t.docx").errors] == []


@pytest.mark.parametrize("to", ["docx", "html"])
def test_words_between_the_rows_of_julias_tables_divide_none(tmp_path, to):
    head = "<thead><tr><th></th><th>year</th></tr></thead>"
    rows = "<tr><th>1</th><td>1951</td></tr><tr><th>2</th><td>1952</td></tr></tbody></table>"
    html = f'<table class="data-frame">{head}<tbody><p>2 rows × 1 columns</p>{rows}'
    seen = shown.READERS[to](export(tmp_path, to, output(html)))
    assert seen.cells == shown.of_html(f"<table>{head}<tbody>{rows}").cells
    assert "2 rows × 1 columns" in " ".join(seen.text.split())
