"""What sets these exporters apart from other tools, row by row, on a machine with pip alone."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from export_samples import CHINESE, write_everything
from pypdf import PdfReader

from mnist_report.common import settings

PROGRAM = """
import sys
from pathlib import Path
from notebook_report import export_notebook
for to in ("docx", "pdf"):
    out = Path(sys.argv[2]) / f"all.{to}"
    assert export_notebook(Path(sys.argv[1]), to, out, strict=True) == []
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A Chinese report exported with no program on the path, no fonts and no settings at home."""
    folder = tmp_path_factory.mktemp("promises")
    path = write_everything(folder, CHINESE, "zh-CN")
    keep = {name: os.environ[name] for name in ("PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    empty = {"PATH": str(folder), "HOME": str(folder), "USERPROFILE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(folder)],
        env=keep | empty, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def word(exported):
    return docx.Document(str(exported / "all.docx"))


def text_of(word):
    return "".join(t.text or "" for t in word.element.body.iter(qn("w:t")))


def test_word_with_pip_alone(word):
    assert {"Heading 1", "Image Caption"} <= {paragraph.style.name for paragraph in word.paragraphs}


def test_pdf_with_pip_alone(exported):
    assert len(PdfReader(exported / "all.pdf").pages) >= 5


def test_pip_alone(exported):
    """No program was on the path of `exported`: pandoc and Typst came out of Python packages."""
    for name, file in (("pypandoc", "files/pandoc*"), ("typst", "_typst*")):
        (folder,) = find_spec(name).submodule_search_locations
        assert list(Path(folder).glob(file)), name


def test_chinese_without_set_up(exported):
    pages = PdfReader(exported / "all.pdf").pages
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert any("NotoSerifSC" in font for font in fonts)
    assert "手写数字识别" in pages[0].extract_text()


def test_numbered_captions_and_references_are_native_in_word(word):
    codes = [element.text.strip() for element in word.element.body.iter(qn("w:instrText"))]
    for start in ("SEQ 图", "SEQ 表", "REF _Ref_fig_curve", "REF _Ref_sec_data", "TOC ", "PAGEREF"):
        assert any(code.startswith(start) for code in codes), start


def test_references_keep_to_gb_t_7714(word):
    text = text_of(word)
    assert "LECUN Y, BOTTOU L, BENGIO Y, et al. Gradient-based" in text
    assert "周志华, 李航, 王五, 等. 机器学习[M]. 北京: 清华大学出版社, 2016." in text


def test_word_has_a_cover_page(word):
    styles = [paragraph.style.name for paragraph in word.paragraphs]
    assert styles.index("Cover Title") < styles.index("Section Break")
    first = word.element.body.find(f".//{qn('w:sectPr')}")
    assert first.find(qn("w:footerReference")) is None
    logo, *_ = word.element.body.iter(qn("wp:docPr"))
    assert next(logo.iterancestors(qn("w:p"))).pPr.pStyle.val == "CoverLogo"


def test_the_page_names_the_test_of_each_row():
    page = (settings.project_root() / "docs" / "exporting.md").read_text(encoding="utf-8")
    table = page[page.index("## How it compares") : page.index("## Limits")]
    rows = re.findall(r"^\| (\w.*?) \|.*\| (.*?) \| `(.*?)` \|$", table, re.M)
    assert [name for name, _, _ in rows] == [
        "Word", "PDF", "Chinese without set-up", "numbered captions and references, native in Word",
        "GB/T 7714 references", "cover page in Word", "pip alone",
    ]  # fmt: skip
    assert {here for _, here, _ in rows} == {"yes"}
    assert all(callable(globals().get(test)) for _, _, test in rows)
