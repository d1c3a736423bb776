"""Scripts of the world: from the right where they run so, by a font of the machine, or by name."""

import re

import docx
import pytest
import typst
from docx.oxml.ns import qn
from export_samples import markdown, notebook, own_fonts_alone, write
from openxml_audit import OpenXmlValidator
from pypdf import PdfReader

from notebook_report import export_notebook
from notebook_report.document import prepare
from notebook_report.pandoc import convert

HEBREW = "שלום עולם"


def export(folder, to, text):
    path, out = write(folder / "s.ipynb", notebook(markdown(text))), folder / f"s.{to}"
    return export_notebook(path, to, out), out


def test_hebrew_and_arabic_run_from_the_right_in_word(tmp_path):
    _, out = export(tmp_path, "docx", f"{HEBREW}\n\nEnglish {HEBREW} word\n\nمرحبا")
    hebrew, english, arabic = docx.Document(out).paragraphs
    directions = [p._p.pPr.find(qn("w:bidi")) is not None for p in (hebrew, english, arabic)]
    assert directions == [True, False, True]
    assert len(list(english._p.iter(qn("w:rtl")))) >= 1
    assert [str(error) for error in OpenXmlValidator().validate(str(out)).errors] == []


def test_hebrew_runs_from_the_right_in_the_pdf(tmp_path):
    cells = notebook(markdown(f"{HEBREW}\n\nEnglish {HEBREW}"))
    document = prepare(cells, "pdf", tmp_path, None, "s", pytest.fail)
    source = convert(document, "typst", tmp_path)[0].read_text(encoding="utf-8")
    assert source.count("dir: rtl") == 1
    assert source.index("dir: rtl") < source.index(HEBREW[:4])
    assert export(tmp_path, "pdf", HEBREW)[0] == []


@pytest.mark.parametrize("mark", ["- ", "1. ", "> "])
def test_lists_and_quotations_run_from_the_right_in_the_pdf(tmp_path, mark):
    document = prepare(
        notebook(markdown(f"{mark}{HEBREW}")), "pdf", tmp_path, None, "s", pytest.fail
    )
    source = convert(document, "typst", tmp_path)[0].read_text(encoding="utf-8")
    assert re.search(r"dir: rtl\)\s+(?:- |\+ |#quote)", source)
    assert export(tmp_path, "pdf", f"{mark}{HEBREW}")[0] == []


def test_tables_run_from_the_right(tmp_path):
    text = f"| {HEBREW} | B |\n|---|---|\n| 1 | 2 |\n\n- {HEBREW}"
    _, out = export(tmp_path, "docx", text)
    assert len(list(docx.Document(out).element.body.iter(qn("w:bidiVisual")))) == 1
    assert [str(error) for error in OpenXmlValidator().validate(str(out)).errors] == []
    document = prepare(notebook(markdown(text)), "pdf", tmp_path, None, "s", pytest.fail)
    source = convert(document, "typst", tmp_path)[0].read_text(encoding="utf-8")
    assert re.search(r"dir: rtl\)\s+#report.three-lines", source)
    page = export(tmp_path, "html", text)[1].read_text("utf-8")
    assert re.search('class="table" dir="rtl"', page)
    assert re.search('<div dir="rtl">\\s*<ul', page)


def test_headings_run_from_the_right_in_the_pdf(tmp_path):
    text = f"# {HEBREW}\n\n# A {HEBREW}"
    document = prepare(notebook(markdown(text)), "pdf", tmp_path, None, "s", pytest.fail)
    source = convert(document, "typst", tmp_path)[0].read_text(encoding="utf-8")
    assert re.findall(r"#report.section\(.*?dir: (\w+)", source) == ["rtl", "auto"]
    assert export(tmp_path, "pdf", text)[0] == []


@pytest.mark.skipif(
    "DejaVu Sans" not in typst.Fonts(include_system_fonts=True).families(), reason="no such font"
)
def test_a_script_that_ours_lack_is_set_by_a_font_of_the_machine(tmp_path):
    warnings, out = export(tmp_path, "pdf", "ⵜⵉⴼⵉⵏⴰⵖ")
    assert warnings == []
    assert "ⵜⵉⴼⵉⵏⴰⵖ" in PdfReader(out).pages[0].extract_text()


def test_what_no_font_has_is_named(tmp_path, monkeypatch):
    own_fonts_alone(monkeypatch)
    (keys, rest), out = export(tmp_path, "pdf", "한국 1️⃣ 🚀")
    assert keys.endswith("keys with a digit are written as [1]")
    assert "no font of the PDF has" in rest
    assert PdfReader(out).pages[0].extract_text().split()[:3] == ["hangug", "[1]", "[rocket]"]
