"""New pages where the text asks for them, pages on their side, and the page of HTML."""

import re

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from export_samples import ENGLISH, code, display, markdown, notebook, png, write, write_report
from nbformat.v4 import new_raw_cell
from openxml_audit import OpenXmlValidator
from pypdf import PdfReader

from notebook_report import export_notebook

WIDE = "| " + " | ".join(f"column {n}" for n in range(14)) + " |\n" + "|---" * 14 + "|\n"
WIDE += "| " + " | ".join(["12.3456"] * 14) + " |"


def export(folder, to, *cells):
    path, out = write(folder / "b.ipynb", notebook(*cells)), folder / f"b.{to}"
    assert export_notebook(path, to, out) == []
    return out


def pages(folder, *cells):
    return [page.extract_text() for page in PdfReader(export(folder, "pdf", *cells)).pages]


BREAKS = [
    markdown("a\n\n\\newpage\n\nb"),
    markdown("\\pagebreak"),
    markdown('c\n\n<div style="page-break-after: always;"></div>\n\nd'),
    new_raw_cell("\\clearpage", metadata={"raw_mimetype": "text/latex"}),
    markdown("e\n\n{{< pagebreak >}}\n\nf"),
    markdown('<div style="break-before: page">g</div>'),
    markdown('<p style="page-break-before: always">h</p>'),
]


def test_a_page_starts_where_the_text_asks_for_it(tmp_path):
    assert [page.split()[0] for page in pages(tmp_path, *BREAKS)] == list("abcdefgh")
    word = docx.Document(export(tmp_path, "docx", *BREAKS))
    assert [p.text for p in word.paragraphs if p.paragraph_format.page_break_before] == list(
        "bcdefgh"
    )
    assert 'class="page-break"' in export(tmp_path, "html", *BREAKS).read_text(encoding="utf-8")


def test_a_break_before_a_table_is_one_too(tmp_path):
    word = docx.Document(
        export(tmp_path, "docx", markdown("a\n\n\\newpage\n\n| b |\n|---|\n| c |"))
    )
    assert len(list(word.element.body.iter(qn("w:br")))) == 1


WITHIN = {
    "list": ("- a\n- a\n\n  \\newpage\n\n  b\n- b", ["• a • a", "b • b"]),
    "numbers": (
        '1. a\n2. a\n\n   <div style="page-break-after: always"></div>\n3. b',
        ["1. a 2. a", "3. b"],
    ),
    "quote": ("> a\n>\n> \\pagebreak\n>\n> b", ["a", "b"]),
    "box": ("::: {.callout-note}\na\n\n{{< pagebreak >}}\n\nb\n:::", ["Note a", "b"]),
    "lines": ("a\n\\newpage\nb", ["a", "b"]),
}


@pytest.mark.parametrize("place", WITHIN)
def test_a_page_may_start_within_a_list_a_quotation_or_a_box(tmp_path, place):
    source, found = WITHIN[place]
    texts = [" ".join(text.split()) for text in pages(tmp_path, markdown(source))]
    assert [text.removesuffix(f" {n}") for n, text in enumerate(texts, 1)] == found
    word = docx.Document(export(tmp_path, "docx", markdown(source)))
    starts = word.element.body.xpath("//w:pageBreakBefore | //w:br[@w:type='page']")
    assert len(starts) == 1
    assert "newpage" not in "".join(p.text for p in word.paragraphs)


def test_a_page_that_starts_within_a_table_is_said_to_be_left_out(tmp_path):
    cell = '<table><tr><td>a<div style="break-after: page"></div>b</td></tr></table>'
    path = write(tmp_path / "b.ipynb", notebook(markdown(cell)))
    for to in ("docx", "pdf", "html"):
        (warning,) = export_notebook(path, to, tmp_path / f"b.{to}")
        assert warning.endswith(": a new page within a table is left out")


LANDSCAPE = {
    "div": [markdown("before"), markdown(f"::: {{.landscape}}\n\n{WIDE}\n\n:::\n\nafter")],
    "cells": [
        markdown("before"),
        markdown("::: {.landscape}"),
        markdown(WIDE),
        code("", display(image_png=png())),
        markdown(":::"),
        markdown("after"),
    ],
}


@pytest.mark.parametrize("kind", LANDSCAPE)
def test_wide_tables_stand_on_pages_turned_on_their_side(tmp_path, kind):
    out = export(tmp_path, "docx", *LANDSCAPE[kind])
    word = docx.Document(out)
    assert [s.orientation for s in word.sections] == [
        WD_ORIENT.PORTRAIT,
        WD_ORIENT.LANDSCAPE,
        WD_ORIENT.PORTRAIT,
    ]
    assert len(word.tables) == 1
    starts = [s._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) for s in word.sections]
    assert starts == ["1", None, None]
    assert [str(error) for error in OpenXmlValidator().validate(str(out)).errors] == []
    boxes = [page.mediabox for page in PdfReader(export(tmp_path, "pdf", *LANDSCAPE[kind])).pages]
    assert [box.width > box.height for box in boxes] == [False, True, False]


def test_no_empty_page_around_turned_ones(tmp_path):
    cell = markdown(WIDE)
    cell.metadata["tags"] = ["landscape"]
    word = docx.Document(export(tmp_path, "docx", cell))
    assert [s.orientation for s in word.sections] == [WD_ORIENT.LANDSCAPE]
    assert len(pages(tmp_path, cell)) == 1


def test_the_page_of_html_needs_nothing_from_elsewhere(tmp_path):
    out = tmp_path / "r.html"
    export_notebook(write_report(tmp_path, ENGLISH, "en"), "html", out)
    page = out.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=[\"'](?!#|data:|https://doi)", page)
    assert not re.search(r"url\((?!['\"]?data:)|@import", page)
    for part in (
        "prefers-color-scheme: dark",
        "@media print",
        "nav.toc { position: fixed",
        "zoom-in",
    ):
        assert part in page
    contents = re.sub(r"<[^>]*>|\s+", " ", re.search(r"<nav.*?</nav>", page, re.S)[0])
    expected = "Contents 1 Introduction 1.1 Data 2 Conclusion References Appendix A Environment"
    assert " ".join(contents.split()) == expected
