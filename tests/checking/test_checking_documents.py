"""The text of Word and PDF files."""

import docx
import pytest
import typst
from PIL import Image

from mnist_report.checking import documents
from mnist_report.checking.handin import UnfitFileError
from mnist_report.checking.numbers import Text
from mnist_report.common.storage import checksum


def test_word_paragraphs_tables_and_raised_digits(tmp_path):
    file = docx.Document()
    paragraph = file.add_paragraph("accuracy 99.")
    paragraph.add_run("65% of 10")
    paragraph.add_run("6").font.superscript = True
    file.add_table(1, 2).rows[0].cells[1].text = "35"
    file.save(str(tmp_path / "r.docx"))
    text = documents.text(tmp_path / "r.docx")
    assert text.split("\n")[0] == "accuracy 99.65% of 10 6 "
    assert "35" in text


def test_pictures_of_a_word_file_are_known_by_their_sums(tmp_path):
    file, drawn = docx.Document(), [tmp_path / f"{k}.png" for k in range(3)]
    for k, picture in enumerate(drawn):
        Image.new("L", (9, 9), k).save(picture)
    for picture in (*drawn, drawn[0]):  # the last is stored once, and shown twice
        file.add_picture(str(picture))
    file.save(str(tmp_path / "r.docx"))
    sums = [checksum(picture.read_bytes()) for picture in drawn]
    assert documents.pictures(tmp_path / "r.docx") == [*sums, sums[0]]


PAGES = """
#set page(height: 6cm, header: [The course], footer: context counter(page).display())
Accuracy 99.65% $x = 12.5$ #line(length: 5cm) #rect[in a box 7.25]
#pagebreak()
The end (3 m l) #circle() of it: 0.35.
"""


def test_pdf_without_headers_and_page_numbers(tmp_path):
    (tmp_path / "r.pdf").write_bytes(typst.compile(PAGES.encode()))
    text = documents.text(tmp_path / "r.pdf")
    assert Text(text).numbers == ["99.65", "12.5", "7.25", "3", "0.35"]
    assert "course" not in text


@pytest.mark.parametrize("name", ["r.docx", "r.pdf"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"%PDF-1.7 nonsense"])
def test_damaged_files_are_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnfitFileError, match="cannot be read"):
        documents.text(tmp_path / name)


def test_other_kinds_are_told(tmp_path):
    with pytest.raises(UnfitFileError, match="neither a Word nor a PDF"):
        documents.text(tmp_path / "r.odt")


def test_the_language_of_a_text():
    assert documents.language("用卷积神经网络识别 MNIST 数字") == "zh-CN"
    english = "Handwritten digits (手写数字) with a convolutional network"
    assert documents.language(english) == documents.language("") == "en"
