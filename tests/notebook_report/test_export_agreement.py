"""Word and PDF say the same: contents, captions, numbers, references, values, every paragraph."""

import re

import docx
import pytest
from docx.oxml.ns import qn
from export_samples import CHINESE, ENGLISH, write_everything
from pypdf import PdfReader

from notebook_report import export_notebook

SOURCES = {
    "en": (ENGLISH, "en", ""),
    "zh-CN": (CHINESE, "zh-CN", ""),
    "chinese numbers": (CHINESE, "zh-CN", "numbering: chinese\n"),
}
STYLES = {
    "First Paragraph", "Body Text", "Equation Lead-in", "Body Text Continued", "List Paragraph",
    "Block Text", "Source Code", "Cell Output", "Heading 1", "Heading 2", "Heading 1 Unnumbered",
    "Appendix 1", "Front Heading", "Keywords", "Definition", "Definition Term", "Table Left",
    "Table Right", "Table Center", "Cover Title", "Cover Label", "Cover Value",
}  # fmt: skip


@pytest.fixture(scope="module", params=SOURCES)
def both(request, tmp_path_factory):
    """The Word document and the PDF of the same notebook."""
    folder = tmp_path_factory.mktemp("both")
    path = write_everything(folder, *SOURCES[request.param])
    for to in ("docx", "pdf"):
        assert export_notebook(path, to, folder / f"all.{to}", strict=True) == []
    return docx.Document(str(folder / "all.docx")), PdfReader(folder / "all.pdf")


def bare(text):
    """Text without spaces, line ends, hyphens and bullets, which each format sets its own way."""
    return re.sub(r"[\s\u200b\u00ad\ufeff•‣-]", "", text)


def words_of(paragraph):
    """The paragraph's text, with 1 for the mark of the only footnote."""
    parts = paragraph.iter(qn("w:t"), qn("w:footnoteReference"))
    return "".join(part.text or "" if part.tag == qn("w:t") else "1" for part in parts)


def styled(word, *names):
    """The paragraphs in these styles, those in tables and in the contents among them."""
    known = {style.style_id: style.name for style in word.styles}
    return [
        bare(words_of(p))
        for p in word.element.body.iter(qn("w:p"))
        if known[p.pPr.pStyle.val] in names
    ]


def text_of(pdf):
    """The pages without their heads and numbers, so that a paragraph may go over a page."""
    pages = [
        re.sub(r"\A(?:Course report|课程报告)\n", "", page.extract_text()) for page in pdf.pages
    ]
    return bare("".join(re.sub(r"\n(?:\d+|[IVX]+)\s*\Z", "", page) for page in pages))


def titles(outline):
    for item in outline:
        if isinstance(item, list):
            yield from titles(item)
        else:
            yield item.title


def test_the_contents_agree(both):
    word, pdf = both
    entries = [re.sub(r"\d+\Z", "", entry) for entry in styled(word, "toc 1", "toc 2")]
    assert len(entries) >= 6
    outline = [bare(title) for title in titles(pdf.outline)]
    assert [title for title in outline if title in entries] == entries
    front = {"Abstract", "摘要", "Declaration", "原创性声明"}
    assert {title for title in outline if title not in entries} <= front


def test_the_pages_in_word_are_those_of_the_pdf(both):
    word, pdf = both
    text = text_of(pdf)
    for entry in styled(word, "toc 1", "toc 2", "table of figures"):
        title, page = re.fullmatch(r"(.*?)(\d+)", entry).groups()
        assert re.search(f"{re.escape(title)}[.·]*{page}", text), entry


def test_a_list_of_tables_has_its_page_on_the_same_line(both):
    _, pdf = both
    lines = "\n".join(page.extract_text() for page in pdf.pages).splitlines()
    assert [
        line for line in lines if re.fullmatch(r".*(each class\.|各类别样本数)[ .]+\d+", line)
    ] != []


@pytest.mark.parametrize("style", ["Image Caption", "Table Caption"])
def test_captions_and_their_numbers_agree(both, style):
    word, pdf = both
    captions, text = styled(word, style), text_of(pdf)
    assert len(captions) >= 3
    places = [text.rfind(caption) for caption in captions]
    assert -1 not in places
    assert places == sorted(places)


def test_every_paragraph_of_word_is_in_the_pdf(both):
    word, pdf = both
    text = text_of(pdf)
    paragraphs = styled(word, *STYLES)
    assert len(paragraphs) > 40
    assert [words for words in paragraphs if words not in text] == []


def test_reference_fields_say_what_word_will_find(both):
    """A field shows the words of its bookmark: updating the fields changes nothing."""
    word, _ = both
    body = word.element.body
    results = field_results(body)
    assert len(results) >= 4
    for name, said in results:
        assert bare(said) == bare(bookmarked(body, name))


def field_results(body):
    """(bookmark, text shown) of the REF fields that show a bookmark's text."""
    found, code, inside = [], "", False
    for element in body.iter(qn("w:instrText"), qn("w:fldChar"), qn("w:t")):
        if element.tag == qn("w:instrText"):
            code, inside = element.text.strip(), False
        elif element.tag == qn("w:fldChar"):
            inside = element.get(qn("w:fldCharType")) == "separate"
        elif inside and re.fullmatch(r"REF \S+ \\h", code):
            found.append((code.split()[1], element.text))
    return found


def bookmarked(body, name):
    (start,) = (b for b in body.iter(qn("w:bookmarkStart")) if b.get(qn("w:name")) == name)
    texts = []
    for element in start.itersiblings():
        if element.tag == qn("w:bookmarkEnd") and element.get(qn("w:id")) == start.get(qn("w:id")):
            break
        texts += [t.text or "" for t in element.iter(qn("w:t"))]
    return "".join(texts)
