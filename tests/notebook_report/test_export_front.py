"""What stands before and after the text: declaration, appendix of code, kinds of numbering."""

import re
import subprocess
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from export_samples import CHINESE, ENGLISH, METADATA, markdown, notebook, write, write_report
from lxml import html
from nbformat.v4 import new_output
from pypdf import PdfReader

from notebook_report import export_notebook
from notebook_report.cells import beside_a_figure
from notebook_report.pandoc import FILTERS, program
from notebook_report.word import template

DECLARATION = """
declaration:
  text: ["I wrote this & <all> of it #myself.", "Accuracy: {{ test.accuracy | percent(1) }}."]
  signature: ["Signature:", "Date:"]
"""


def exported(folder, extra, to, words=ENGLISH, tag="en"):
    path = write_report(folder, words, tag)
    (folder / "metadata.yml").write_text(METADATA + extra, encoding="utf-8")
    assert export_notebook(path, to, folder / f"x.{to}", strict=True) == []
    if to == "docx":
        return docx.Document(str(folder / "x.docx"))
    if to == "pdf":
        return [page.extract_text() for page in PdfReader(folder / "x.pdf").pages]
    return (folder / "x.html").read_text(encoding="utf-8")


def test_no_word_of_the_title_is_divided(tmp_path):
    path = write_report(tmp_path, ENGLISH, "en")
    words = ["Characterisation"] * 9
    metadata = re.sub(r"(?m)^  title: .*", f"  title: {' '.join(words)}", METADATA)
    (tmp_path / "metadata.yml").write_text(metadata, encoding="utf-8")
    assert export_notebook(path, "pdf", tmp_path / "x.pdf", strict=True) == []
    cover = PdfReader(tmp_path / "x.pdf").pages[0].extract_text()
    assert cover.split()[: len(words)] == words


def test_the_declaration_stands_behind_the_references(tmp_path):
    text = " ".join(" ".join(exported(tmp_path, DECLARATION, "pdf")).split())
    assert "Accuracy: 99.6%." in text
    places = [text.rindex(words) for words in ("[1]", "I wrote this & <all> of it #myself.")]
    assert places == sorted(places)


def test_word_has_the_declaration_with_lines_to_sign(tmp_path):
    word = exported(tmp_path, DECLARATION, "docx")
    texts = [p.text for p in word.paragraphs]
    place = texts.index("I wrote this & <all> of it #myself.")
    assert texts[place - 1] == "Declaration"
    assert texts[place + 2 : place + 4] == [
        f"{words} {'_' * 20}" for words in ("Signature:", "Date:")
    ]


def test_html_has_the_declaration(tmp_path):
    assert "I wrote this &amp; &lt;all&gt; of it #myself." in exported(
        tmp_path, DECLARATION, "html"
    )


@pytest.mark.parametrize(("words", "tag", "title"), [
    (ENGLISH, "en", "Appendix B Program code"), (CHINESE, "zh-CN", "附录 B 程序代码")])  # fmt: skip
def test_all_code_stands_at_the_end_when_asked_for(tmp_path, words, tag, title):
    text = re.sub(
        r"\s+", " ", " ".join(exported(tmp_path, "code_appendix: true\n", "pdf", words, tag))
    )
    end = text[text.index(title) :] if text.count(title) == 1 else text[text.rindex(title) :]
    assert [name in end for name in ("values()", "plot()", "class Net: pass")] == [True] * 3
    assert "#|" not in end


def test_the_code_has_a_label_of_its_own_where_the_document_has_an_appendix_of_code(tmp_path):
    path = write_report(tmp_path, ENGLISH, "en")
    (tmp_path / "metadata.yml").write_text(METADATA + "code_appendix: true\n", encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    assert "{#app-" in text
    path.write_text(re.sub(r"\{#app-[\w-]+", "{#app-code", text), encoding="utf-8")
    said = export_notebook(path, "html", tmp_path / "x.html")
    assert [line for line in said if "given twice" in line] == []


@pytest.mark.parametrize(("words", "tag"), [(ENGLISH, "en"), (CHINESE, "zh-CN")])
def test_a_title_in_chinese_is_translated_in_a_list_in_english(tmp_path, words, tag):
    path = write_report(tmp_path, words, tag)
    entries = (tmp_path / "refs.bib").read_text(encoding="utf-8")
    translated = entries.replace("{机器学习}", "{机器学习}, origtitle = {Machine learning}")
    assert translated != entries
    (tmp_path / "refs.bib").write_text(translated, encoding="utf-8")
    export_notebook(path, "html", tmp_path / "x.html")
    page = html.fromstring((tmp_path / "x.html").read_text(encoding="utf-8")).text_content()
    assert ("Machine learning [机器学习]" in " ".join(page.split())) is (tag == "en")
    assert "机器学习" in page


def test_no_code_no_appendix(tmp_path):
    assert "Program code" not in " ".join(exported(tmp_path, "", "pdf"))


def test_headings_numbered_the_chinese_way(tmp_path):
    text = "\n".join(exported(tmp_path, "numbering: chinese\n", "pdf", CHINESE, "zh-CN"))
    squeezed = re.sub(r"\s", "", text)
    assert "一、引言" in squeezed
    assert "（一）数据" in squeezed
    assert "二、结论" in squeezed
    assert "“（一）数据”、“一、引言”和代码1、附录A" in squeezed
    word = exported(tmp_path, "numbering: chinese\n", "docx", CHINESE, "zh-CN")
    numbering = word.part.numbering_part.element
    assert 'w:val="%1、"' in numbering.xml
    contents = "".join(t.text or "" for t in word.element.body.iter(qn("w:t")))
    assert "一、引言1" in contents
    assert "“（一）数据”、“一、引言”" in contents
    codes = [code.text.strip() for code in word.element.body.iter(qn("w:instrText"))]
    for target in ("_Ref_sec_data", "_Ref_sec_intro"):
        assert {rf"REF {target} \n \h", rf"REF {target} \h"} <= set(codes)


@pytest.mark.parametrize(("count", "numeral"), [
    (1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])  # fmt: skip
def test_chinese_numerals(count, numeral):
    source = f"io.write(require('numerals').chinese({count}))"
    command = [program(), "lua", "-e", source]
    done = subprocess.run(command, cwd=FILTERS, capture_output=True, check=True)
    assert done.stdout.decode("utf-8") == numeral


DEEP = """# First

## Part

# Plain {.unnumbered}

### Skipping

# Second
"""
APPENDIX = """# One {#app-one}

## A

### B

#### C

##### D

# Two {#app-two}

See @app-two."""


@pytest.mark.parametrize(("numbering", "body"), [
    ("decimal", ["1 First", "1.1 Part", "Plain", "1.1.1 Skipping", "2 Second"]),
    ("chinese", ["一、First", "（一）Part", "Plain", "1. Skipping", "二、Second"]),
])  # fmt: skip
def test_contents_have_the_numbers_of_the_headings_wherever_their_cells_stand(
    tmp_path, numbering, body
):
    """One count for all formats: the appendix comes last even if its cell does not."""
    metadata = f"title: T\ntoc_depth: 4\nnumbering: {numbering}\n"
    (tmp_path / "metadata.yml").write_text(metadata, encoding="utf-8")
    path = write(tmp_path / "a.ipynb", notebook(markdown(APPENDIX, "appendix"), markdown(DEEP)))
    appendix = ["Appendix A One", "A.1 A", "A.1.1 B", "A.1.2 C", "A.1.3 D", "Appendix B Two"]
    export_notebook(path, "docx", tmp_path / "x.docx", strict=True)
    document = docx.Document(str(tmp_path / "x.docx")).element.body
    lines = [p for p in document.iter(qn("w:p")) if p.style and p.style.startswith("TOC")]
    texts = ["".join(t.text for t in p.iter(qn("w:t"))) for p in lines]
    told = [text.replace("\u2002", " ").rstrip("0123456789") for text in texts]
    assert told == ["Contents", *body, *appendix]
    assert 'number="' not in document.xml  # what the contents were read from is gone
    export_notebook(path, "html", tmp_path / "x.html", strict=True)
    page = html.fromstring((tmp_path / "x.html").read_text(encoding="utf-8"))
    shown = [" ".join(h.text_content().split()) for h in page.xpath("//main//section/*[1]")]
    assert [text.replace("、 ", "、").replace("） ", "）") for text in shown] == [*body, *appendix]


@pytest.mark.parametrize(
    "kind", ["template", "document.macroEnabled", "template.macroEnabledTemplate"]
)
def test_a_template_or_a_file_with_macros_is_taken_as_a_school_s_format(tmp_path, kind):
    plain = tmp_path / "plain.docx"
    docx.Document().save(str(plain))
    with ZipFile(plain) as old, ZipFile(tmp_path / "school.dotm", "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "[Content_Types].xml":
                main = template.KINDS[0].encode()
                other = next(one for one in template.KINDS if f".{kind}.main" in one)
                assert main in content
                content = content.replace(main, other.encode())
            new.writestr(item, content)
    word = template.opened(tmp_path / "school.dotm")
    word.save(str(tmp_path / "made.docx"))
    assert docx.Document(str(tmp_path / "made.docx")).styles["Normal"]


@pytest.mark.parametrize("text", ["Text(0.5, 0, 'epoch')", "[<matplotlib.lines.Line2D at 0x7f>]"])
def test_a_report_leaves_out_what_a_call_returns_beside_its_figure(text):
    figure = new_output("display_data", {"image/png": "iVBORw0KGgo="})
    called = new_output("execute_result", {"text/plain": text}, execution_count=1)
    told = new_output("execute_result", {"text/plain": "0.5"}, execution_count=1)
    assert beside_a_figure(called, [called, figure])
    assert not beside_a_figure(called, [called])
    assert not beside_a_figure(told, [told, figure])
