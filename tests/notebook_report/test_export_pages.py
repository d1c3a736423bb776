"""Where pages break: no line stays alone, nothing is parted from its caption, no gap is left."""

import re
import shutil
import subprocess
from base64 import b64decode
from itertools import groupby, pairwise

import docx
import pytest
from docx.oxml.ns import qn
from export_samples import (
    CHINESE,
    ENGLISH,
    code,
    display,
    markdown,
    notebook,
    png,
    write,
    write_everything,
)
from pypdf import PdfReader

from notebook_report import export_notebook
from notebook_report.word import finish


def pages_of(path):
    """The lines of each page, without its number."""
    pages = [
        page.extract_text().replace("\u2002", " ").splitlines() for page in PdfReader(path).pages
    ]
    return [[line for line in page if not re.fullmatch(r"[\dIVX]+", line)] for page in pages]


def english(number):
    """A paragraph of three to nine lines, each of whose words names it."""
    return " ".join([f"p{number}x"] * (60 + 17 * number % 80))


def chinese(number):
    return chr(0x4E00 + number) * (90 + 37 * number % 200)


def paragraph_of(line):
    return (re.match(r"p\d+x", line) or re.match(r".", line))[0]


@pytest.mark.parametrize(("words", "tag"), [(english, "en"), (chinese, "zh-CN")])
def test_no_line_of_a_paragraph_stays_alone_on_a_page(tmp_path, words, tag):
    path = write(
        tmp_path / "a.ipynb", notebook(markdown("\n\n".join(map(words, range(60)))), lang=tag)
    )
    export_notebook(path, "pdf", tmp_path / "a.pdf")
    pages = [
        [(name, len(list(lines))) for name, lines in groupby(page, paragraph_of)]
        for page in pages_of(tmp_path / "a.pdf")
    ]
    assert len(pages) > 5
    parted = [(one[-1], two[0]) for one, two in pairwise(pages) if one[-1][0] == two[0][0]]
    assert len(parted) >= 2
    assert min(count for ends in parted for _, count in ends) >= 2


@pytest.mark.parametrize(("words", "tag"), [(english, "en"), (chinese, "zh-CN")])
def test_an_equation_stays_with_the_words_that_lead_to_it(tmp_path, words, tag):
    cells = [
        markdown(f"{words(number)}\n\nQ{number}:\n\n$$\\sum_i x_i = {number}$$ {{#eq-n{number}}}")
        for number in range(80)
    ]
    path = write(tmp_path / "a.ipynb", notebook(*cells, lang=tag))
    export_notebook(path, "pdf", tmp_path / "a.pdf")
    pages = pages_of(tmp_path / "a.pdf")
    assert len(pages) > 15
    assert [page[-1] for page in pages if re.fullmatch(r"Q\d+[:：]", page[-1])] == []


def test_no_heading_and_no_term_stands_at_the_foot_of_a_page(tmp_path):
    parts = (f"## Heading {i}\n\n{english(i)}\n\nTerm {i}\n:   {english(i)}" for i in range(40))
    text = "\n\n".join(parts)
    path = write(tmp_path / "a.ipynb", notebook(markdown(text)))
    export_notebook(path, "pdf", tmp_path / "a.pdf")
    last = [page[-1] for page in pages_of(tmp_path / "a.pdf")]
    assert len(last) > 5
    assert [line for line in last if line.startswith(("Heading", "Term")) and "x" not in line] == []


@pytest.fixture(scope="module", params=[(ENGLISH, "en"), (CHINESE, "zh-CN")])
def styles(request, tmp_path_factory):
    """The paragraph properties of Word's styles, by name."""
    folder = tmp_path_factory.mktemp("styles")
    export_notebook(write_everything(folder, *request.param), "docx", folder / "all.docx")
    found = docx.Document(str(folder / "all.docx")).styles
    return {style.name: style.element.pPr for style in found if style.type == 1}


def own(ppr, tag):
    return ppr is not None and ppr.find(qn(tag)) is not None


def test_word_keeps_two_lines_of_every_paragraph_together(styles):
    assert len(styles) > 40
    based = {"First Paragraph", "TOC Heading", "Footnote Block Text"}  # on a style that has it
    assert {name for name, ppr in styles.items() if not own(ppr, "w:widowControl")} <= based


def test_word_keeps_headings_captions_and_terms_with_what_follows(styles):
    kept = {name for name, ppr in styles.items() if own(ppr, "w:keepNext")}
    headings = {f"Heading {level}" for level in range(1, 10)}
    assert kept >= headings | {"Heading 1 Unnumbered", "Appendix 1", "Front Heading"}
    assert kept >= {"Captioned Figure", "Table Caption", "Definition Term", "Equation Lead-in"}
    assert not kept & {"Image Caption", "Body Text", "Definition", "Normal", "Caption"}


def tall_figure(number):
    """A picture that fills two thirds of a page."""
    options = f"#| label: fig-{number}\n#| fig-cap: Tall {number}\nx"
    return code(options, display(image_png=png(500, 550)))


@pytest.fixture(scope="module")
def tall(tmp_path_factory):
    """A report of sections of half a page, each with a figure that cannot stand below its text."""
    folder = tmp_path_factory.mktemp("tall")
    (folder / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    text = " ".join(["word"] * 350)
    cells = [
        cell
        for number in range(1, 5)
        for cell in (
            markdown(f"# Section {number}\n\nSee @fig-{number}. {text}"),
            tall_figure(number),
            markdown(f"After{number} {text}"),
        )
    ]
    path = write(folder / "a.ipynb", notebook(*cells, lang="en"))
    for to in ("docx", "pdf"):
        assert export_notebook(path, to, folder / f"a.{to}", strict=True) == []
    return folder


def page_with(pages, start):
    return next(n for n, page in enumerate(pages) if any(line.startswith(start) for line in page))


def test_figures_of_a_report_float_and_text_fills_the_page(tall):
    pages = pages_of(tall / "a.pdf")[2:]  # after the cover and the contents
    captions = [page_with(pages, f"Figure {n}. Tall {n}") for n in range(1, 5)]
    assert captions == sorted(captions)
    sections = [page_with(pages, f"{n} Section {n}") for n in range(1, 5)]
    assert page_with(pages, "After1") == sections[0]
    assert all(
        0 <= caption - section <= 1 for caption, section in zip(captions, sections, strict=True)
    )
    heights = [len(page) for page in pages[:-1]]
    assert min(heights) > 10  # a picture and some ten lines at least: no page is half empty


def test_in_word_text_passes_a_figure_that_the_pdf_has_on_a_later_page(tall):
    words = [paragraph.text for paragraph in docx.Document(tall / "a.docx").paragraphs]
    captions = [text for text in words if text.startswith("Figure ")]
    assert captions == [f"Figure {n}. Tall {n}" for n in range(1, 5)]
    (after,) = [place for place, text in enumerate(words) if text.startswith("After1")]
    assert words.index(captions[0]) > after


def test_nothing_floats_above_the_heading_of_a_part_or_out_of_a_list(tmp_path):
    (tmp_path / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    (tmp_path / "a.png").write_bytes(b64decode(png(300, 200)))
    picture = "![Cap](a.png)"
    nb = notebook(
        markdown(f"# Abstract\n\n{picture}", "abstract"),
        markdown(f"# Start\n\n{picture}\n\n- item\n\n  {picture}\n\n  end"),
        markdown(f"# More\n\n{picture}", "appendix"),
        lang="en",
    )
    export_notebook(write(tmp_path / "a.ipynb", nb), "pdf", tmp_path / "a.pdf", strict=True)
    lines = [line for page in pages_of(tmp_path / "a.pdf") for line in page]
    kinds = [re.sub(r"^[• ]*|^\d |\. Cap$", "", line) for line in lines if ". ." not in line]
    assert kinds == [
        "T", "Abstract", "Figure 1", "Contents", "Start", "item", "Figure 3", "end", "Figure 2",
        "Appendix A More", "Figure 4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("count", "headings", "shared", "dense"),
    [
        (1, 1, True, True),  # all of them fit
        (12, 40, True, False),  # they begin there, and go on, with lines as far apart as ever
        (12, 80, True, True),  # closer, or they would need a third page
        (25, 25, False, False),
        (25, 45, False, True),  # closer, to fit on a page of their own
    ],
)
def test_contents_stand_on_the_abstracts_page_where_there_is_room(
    tmp_path, count, headings, shared, dense
):
    (tmp_path / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    abstract = "\n\n".join(["Said briefly."] * count)
    text = "\n\n".join(["# Start"] * headings)
    nb = notebook(markdown(f"# Abstract\n\n{abstract}", "abstract"), markdown(text), lang="en")
    path = write(tmp_path / "a.ipynb", nb)
    for to in ("docx", "pdf"):
        export_notebook(path, to, tmp_path / f"a.{to}", strict=True)
    (page,) = [page for page in pages_of(tmp_path / "a.pdf") if "Contents" in page]
    assert ("Said briefly." in page and "Abstract" in page) is shared
    word = docx.Document(tmp_path / "a.docx")
    (heading,) = word.element.body.xpath("//w:p[w:pPr/w:pStyle/@w:val='TOCHeading']")
    breaks = heading.pPr.find(qn("w:pageBreakBefore"))  # else the style's, which begins a page
    assert (breaks is not None and breaks.get(qn("w:val")) == "0") is shared
    assert (word.styles["toc 1"].paragraph_format.line_spacing == finish.CLOSE) is dense


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_contents_of_word_name_the_pages_that_word_will_have(tall, tmp_path):
    command = [
        "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
        "--convert-to", "pdf", "--outdir", str(tmp_path), str(tall / "a.docx"),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    pages = pages_of(tmp_path / "a.pdf")
    entries = re.findall(r"^(\d) +Section \d\.+(\d+)$", "\n".join(pages[1]), re.M)
    assert [number for number, _ in entries] == ["1", "2", "3", "4"]
    found = [page_with(pages[2:], f"{number} Section {number}") + 1 for number, _ in entries]
    assert [int(page) for _, page in entries] == found
