"""Notebooks that nobody here wrote: nothing crashes, and what is lost is said with its cell."""

import io
import json
import re
from base64 import b64decode

import docx
import pytest
from docx.oxml.ns import qn
from export_samples import SVG, code, display, markdown, notebook, own_fonts_alone, png, write
from nbformat.v4 import new_output, new_raw_cell
from openxml_audit import OpenXmlValidator
from PIL import Image
from pypdf import PdfReader

from notebook_report import FORMATS, export_notebook
from notebook_report.errors import ExportError


def export(folder, nb, to, **settings):
    """The warnings and the file of an export."""
    path = write(folder / "odd.ipynb", nb) if not isinstance(nb, str) else folder / "odd.ipynb"
    if isinstance(nb, str):
        path.write_text(nb, encoding="utf-8")
    out = folder / f"odd.{to}"
    warnings = export_notebook(path, to, out, **settings)
    return warnings, out


def text_of(path):
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    if path.suffix == ".html":
        return re.sub("<[^>]*>", "", path.read_text(encoding="utf-8"))
    body = docx.Document(str(path)).element.body
    return "".join(t.text or "" for t in body.iter(qn("w:t"), qn("m:t")))


def picture(kind):
    stream = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(stream, kind)
    return stream.getvalue()


HTML = {
    "multi-index": '<table><thead><tr><th></th><th colspan="2">A</th></tr><tr><th>g</th><th>p</th>'
    '<th>q</th></tr></thead><tr><th rowspan="2">a</th><td>1</td><td>2</td></tr>'
    "<tr><td>3</td><td>4</td></tr></table>",
    "styled": "<style>#T td {color: red}</style><table id='T'><caption>Styled</caption>"
    "<tr><td class='x' style='background: red'>1</td></tr></table>",
    "ragged": "<table><tr><td colspan=3>a</td></tr><tr><td rowspan=0>b</td><td>c</td></tr></table>",
    "empty": "<table></table><table><tr></tr></table>",
    "nested": "<table><tr><td><table><tr><td>in</td></tr></table><ul><li>x</ul></td></tr></table>",
    "unclosed": "<div><p>un<b>closed <i>x</div></p><script>a</script>",
    "drawing": "<svg width='10' height='10'><circle r='5'/></svg>",
}
BLOCKS = markdown(
    "<br/><hr>\n<ul><li>a<li>b</ul>text <script>unseen</script>\n\n"
    "```python title=x\ny = 1\n```\n\n\\section{Sec}"
)
CELLS = [  # tables, long lines, deep headings, nested blocks, raw text, options, mathematics
    *(code("x", display(text_html=html)) for html in HTML.values()),
    code("y='" + "x" * 5000 + "'", new_output("stream", name="stdout", text="w" * 20000)),
    markdown("a" * 3000),
    markdown("# T\n\n#### four\n\n# U\n\n" + "#" * 6 + " six\n\n# \n\n# `c` $x$"),
    markdown(
        "- a\n  - b\n    1. c\n\n       ```py\n       x\n       ```\n\n> q\n> > r\n\n"
        "Term\n: def\n\n- [ ] todo\n\n[^1]: foot *note*\n\ntext[^1] <https://x.y>"
    ),
    new_raw_cell("\\LaTeX"),
    markdown("<w:t> </w:t> #let x = 1 $ @ < > & \" ' \\ ] [ `#panic()` </script>"),
    code(
        "#| fig-cap: [a, b]\n#| label: fig-z\n#| fig-width: 50%\nx",
        display(image_png=png()),
        display(image_png=png(9, 9)),
    ),
    markdown("@fig-z and @fig-z-2"),
    BLOCKS,
    markdown(
        "$$\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}$$ $\\text{words} \\mathbb{R}$ "
        "$$\\begin{cases}a\\\\b\\end{cases}$$ $$E\\tag{3}$$ $\\newcommand{\\R}{r}$ $\\R$"
    ),
    code("x", display(text_latex="\\begin{align*}a&=b\\\\c&=d\\tag{1}\\end{align*}")),
]
NOTEBOOKS = {
    "cells": notebook(*CELLS),
    "julia": notebook(
        code("//| echo: true\nx=1;"),
        kernelspec={"name": "julia", "display_name": "Julia", "language": "julia"},
    ),
    "strange kernel": notebook(
        code("x"), language_info={"name": 'no such language "x'}, lang="fr", authors=[{"name": "A"}]
    ),
}


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_crashes_and_nothing_is_said(tmp_path, name, to):
    warnings, out = export(tmp_path, NOTEBOOKS[name], to)
    assert warnings == []
    if to == "docx":
        assert [str(error) for error in OpenXmlValidator().validate(str(out)).errors] == []


@pytest.mark.parametrize("to", ["docx", "pdf"])
def test_blocks_of_html_latex_and_code_are_what_jupyter_shows(tmp_path, to):
    text = re.sub(r"\s+", " ", text_of(export(tmp_path, notebook(BLOCKS), to)[1]))
    assert "\\section{Sec}" in text
    assert "y = 1" in text
    assert "unseen" not in text
    assert "title=x" not in text


OLD = {
    "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"metadata": {},
    "cells": [
        {"cell_type": "heading", "level": 1, "source": ["Old"], "metadata": {}},
        {"cell_type": "code", "input": ["1+1"], "language": "python", "collapsed": False,
         "prompt_number": 1, "metadata": {}, "outputs": [
            {"output_type": "pyout", "prompt_number": 1, "text": ["two"], "metadata": {}},
            {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mbad"]}]},
    ]}],
}  # fmt: skip
BARE = {"metadata": {}, "nbformat": 4, "nbformat_minor": 2, "cells": [
    {"cell_type": "markdown", "metadata": {}, "source": "a\x00b\ud800c \u202e\u200b"}]}  # fmt: skip


@pytest.mark.filterwarnings("ignore")  # nbformat's about old notebooks
@pytest.mark.parametrize("to", FORMATS)
def test_old_and_broken_files(tmp_path, to):
    _, out = export(tmp_path, json.dumps(OLD), to)
    text = text_of(out)
    assert [word in text for word in ("1+1", "two", "bad", "\x1b")] == [True, True, True, False]
    _, out = export(tmp_path, json.dumps(BARE), to)
    assert "abc" in text_of(out)


@pytest.mark.parametrize("to", FORMATS)
def test_pictures_of_every_kind(tmp_path, to):
    names = ("a.jpg", "a.gif", "a.bmp", "a.tif", "a.webp")
    for name, kind in zip(names, ("JPEG", "GIF", "BMP", "TIFF", "WEBP"), strict=True):
        (tmp_path / name).write_bytes(picture(kind))
    nb = notebook(markdown("\n\n".join(f"![alt]({name})" for name in names)))
    assert export(tmp_path, nb, to)[0] == []


def test_pictures_are_as_large_in_word_as_they_say_and_no_wider_than_their_column(tmp_path):
    (tmp_path / "wide.png").write_bytes(b64decode(png(400, 100)))
    table = "| " + " | ".join("abcdefgh") + " |\n" + "|---" * 8 + "|\n"
    row = "| ![](wide.png) " * 8 + "|\n"
    nb = notebook(code("x", display(image_svg=SVG)), markdown(f"{table}{row}"))
    warnings, out = export(tmp_path, nb, "docx")
    assert warnings == []
    word = docx.Document(str(out))
    widths = [int(e.get("cx")) / 914400 for e in word.element.body.iter(qn("wp:extent"))]
    assert widths[0] == pytest.approx(1, abs=0.02)  # 96 px are an inch
    columns = [int(c.get(qn("w:w"))) / 1440 for c in word.element.body.iter(qn("w:gridCol"))]
    assert [width <= column for width, column in zip(widths[1:], columns, strict=True)] == [
        True
    ] * 8
    assert min(widths) > 0.3


@pytest.mark.parametrize("to", FORMATS)
def test_a_name_with_an_at_sign_in_the_title_is_no_citation(tmp_path, to):
    nb = notebook(markdown("# Notes of @ada [@x]"), markdown("text"))
    warnings, out = export(tmp_path, nb, to)
    assert warnings == []
    assert "Notes of @ada [@x]" in text_of(out)


def test_pandoc_may_not_run_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("notebook_report.pandoc.TIMEOUT", 0.001)
    with pytest.raises(ExportError, match=r"has not finished in 0\.001 seconds: .* brackets"):
        export(tmp_path, notebook(markdown("[" * 20)), "html")


BAD_SVG = "<svg xmlns='http://www.w3.org/2000/svg'><bad"
LOSSES = {
    "image of an output is of no known type": code("x", display(image_png="AAAA")),
    "image fake.png is of no known type": markdown("![alt](fake.png)"),
    "image http://localhost:1/x.png is on the web, linked instead": markdown(
        "![alt](http://localhost:1/x.png)"
    ),
    "raw typst is shown as its text": markdown("```{=typst}\n#panic()\n```"),
    "raw openxml is shown as its text": markdown("text `<w:p>`{=openxml}"),
    "<iframe> has no form for paper, shown by its address": markdown(
        '<iframe width="560" src="https://www.youtube.com/embed/x"></iframe>'
    ),
    "<video> has no form for paper, left out": markdown("a <video><b>old</b></video> b"),
    'the link of "go" is a program or data, left out': markdown("[go](javascript:alert(1))"),
    "raw cell (text/latex) is meant for another tool, left out": new_raw_cell(
        "\\LaTeX", metadata={"format": "text/latex"}
    ),
    "formula \\nosuch cannot be converted, shown as its source": markdown("so $\\nosuch$"),
    "formula \\def\\a{\\a\\a} \\a cannot be converted, shown as its source": markdown(
        "without end $\\def\\a{\\a\\a} \\a$"
    ),
    "output of type application/pdf has no form for paper, left out": code(
        "x", new_output("display_data", data={"application/pdf": "JVBERi0="})
    ),
}


@pytest.mark.parametrize("to", ["docx", "pdf"])
def test_what_is_lost_is_said_once_with_its_cell(tmp_path, to):
    (tmp_path / "fake.png").write_bytes(b"no picture")
    nb = notebook(markdown("first"), *LOSSES.values())
    warnings = export(tmp_path, nb, to)[0]
    with pytest.raises(ExportError) as caught:
        export(tmp_path, nb, to, strict=True)
    for number, loss in enumerate(LOSSES, start=2):
        (warning,) = (one for one in warnings if one.startswith(f"cell {number} ("))
        assert warning.endswith(f": {loss}")
        assert warning in str(caught.value)
    assert len(warnings) == len(LOSSES)


MACROS = notebook(
    markdown(
        "$$\\newcommand{\\R}{\\mathbb{R}} \\newcommand{\\v}[1]{\\mathbf{#1}}$$\n\n"
        "$\\def\\w#1{w_{#1}}$"
    ),
    markdown("$\\v{y} \\in \\R$\n\n\\begin{align}\\w{3}&=1\\end{align}"),
    code("x", display(text_latex="$\\displaystyle \\v{z}$")),
    markdown("$\\renewcommand{\\R}{Q} \\R$ and `\\newcommand{\\a}{b}`"),
)


@pytest.mark.parametrize(("to", "set_as"), [("docx", "y∈R w3=1 z Q"), ("pdf", "𝐲∈ℝ 𝑤3=1 𝐳 𝑄")])
def test_macros_hold_for_all_cells_that_follow(tmp_path, to, set_as):
    warnings, out = export(tmp_path, MACROS, to)
    assert warnings == []
    text = re.sub(r"[\s\u200b]", "", text_of(out))
    places = [text.find(formula) for formula in set_as.split()]
    assert -1 not in places
    assert places == sorted(places)
    assert "\\newcommand{\\a}{b}" in text
    assert text.count("newcommand") == 1


def test_only_the_formulas_that_typst_refuses_are_shown_as_their_source(tmp_path):
    nb = notebook(
        markdown("$a \\in \\mathbb{R}$"),
        markdown("so $\\frac{}{}$ and $b$"),
        markdown("$\\sqrt{}$"),
    )
    warnings, out = export(tmp_path, nb, "pdf")
    assert warnings == [
        'cell 2 ("so $\\frac{}{}$ and $b$"): formula \\frac{}{} cannot be set, shown as its source',
        'cell 3 ("$\\sqrt{}$"): formula \\sqrt{} cannot be set, shown as its source',
    ]
    text = text_of(out)
    assert [part in text for part in ("𝑎 ∈ ℝ", "\\frac{}{} and 𝑏", "\\sqrt{}")] == [True] * 3


def test_determinants_norms_and_typefaces_reach_the_pdf(tmp_path):
    """Typst has names for typefaces that a template may not take, and knows ‖ but not ||."""
    bars = "\\begin{vmatrix}1\\end{vmatrix} \\left\\|\\begin{matrix}2\\end{matrix}\\right\\|"
    nb = notebook(markdown(f"${bars} \\mathsf{{x}} \\mathtt{{y}}$"))
    warnings, out = export(tmp_path, nb, "pdf")
    assert warnings == []
    text = re.sub(r"\s", "", text_of(out))
    assert "|1|‖2‖𝘹𝚢" in text


@pytest.mark.parametrize("to", ["docx", "pdf"])
def test_a_damaged_drawing_gives_way_to_its_caption(tmp_path, to):
    cell = code("#| fig-cap: A curve\nx", display(image_svg=BAD_SVG), display(image_png=png()))
    warnings, out = export(tmp_path, notebook(cell), to)
    assert [warning.partition(": image")[2] for warning in warnings] == [" of an output is damaged"]
    assert "A curve" in text_of(out)


def test_a_broken_png_does_not_stop_the_pdf(tmp_path):
    data = b64decode(png(40, 40))
    spoilt = data[:41] + bytes(8) + data[49:]  # within the pixels
    (tmp_path / "spoilt.png").write_bytes(spoilt)
    warnings, _ = export(tmp_path, notebook(markdown("![alt](spoilt.png)")), "pdf")
    assert warnings == ['cell 1 ("![alt](spoilt.png)"): image spoilt.png is damaged']


def test_anchors_are_places_to_go_to(tmp_path):
    nb = notebook(markdown('<a id="top"></a>\n\n[up](#top) <a href="#top">again</a>'))
    for to in FORMATS:
        assert export(tmp_path, nb, to)[0] == []


EMOJI = notebook(
    markdown("# Digits 😀\n\nDone ✅ and 😀, ★ → ∀"),
    code("print('🚀')", new_output("stream", name="stdout", text="███ 100% ━")),
)


def test_the_pdf_writes_emoji_in_another_way_and_says_so(tmp_path, monkeypatch):
    own_fonts_alone(monkeypatch)  # the machine's may have some of them
    warnings, out = export(tmp_path, EMOJI, "pdf")
    text = re.sub(r"\s+", " ", text_of(out))
    assert "Done ✔ and [grinning face], ★ → ∀" in text
    assert "Digits [grinning face]" in text
    assert "print('[rocket]')" in text
    assert "███ 100% ━" in text
    assert [warning.partition(": no font of the PDF has ")[::2] for warning in warnings] == [
        ('cell 1 ("# Digits 😀")', "😀 ✅, written in another way"),
        ("cell 2 (\"print('🚀')\")", "🚀, written in another way"),
    ]
    assert b"pdfaid:part>2<" in PdfReader(out).trailer["/Root"]["/Metadata"].get_data()


def test_word_keeps_emoji(tmp_path):
    warnings, out = export(tmp_path, EMOJI, "docx")
    assert warnings == []
    assert "Done ✅ and 😀" in text_of(out)


def test_a_long_table_repeats_its_head_on_every_page(tmp_path):
    rows = "".join(f"<tr><td>row {number}</td><td>{number}</td></tr>" for number in range(90))
    html = f"<table><thead><tr><th>name</th><th>HEAD</th></tr></thead>{rows}</table>"
    nb = notebook(code("#| tbl-cap: Long\nx", display(text_html=html)))
    _, out = export(tmp_path, nb, "pdf")
    pages = [page.extract_text() for page in PdfReader(out).pages]
    assert len(pages) >= 2
    assert ["HEAD" in page for page in pages] == [True] * len(pages)
    assert "row 0" in pages[0]  # the caption does not stay behind alone
    _, out = export(tmp_path, nb, "docx")
    (table,) = docx.Document(str(out)).tables
    assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
