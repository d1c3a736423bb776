import re

import pytest

from mnist_report.common import settings
from notebook_report.errors import ExportError
from notebook_report.metadata import KEYS, load


def load_text(tmp_path, text, tag="en"):
    path = tmp_path / "metadata.yml"
    path.write_text(text, encoding="utf-8")
    return load(path, tag)


def test_scalars_keep_how_they_are_written(tmp_path):
    data = load_text(
        tmp_path, "title: T\ncover:\n  - {label: No., value: 0012345}\ndate: 2026-11-24\n"
    )
    assert data.cover == (("No.", "0012345"),)
    assert data.date == "2026-11-24"


def test_language_blocks_add_to_what_is_common(tmp_path):
    common = "bibliography: refs.bib\ntoc: false\n"
    text = common + "en: {title: A, author: X, toc: true}\nzh-CN: {title: 甲}\n"
    english, chinese = load_text(tmp_path, text), load_text(tmp_path, text, "zh-CN")
    assert (english.title, english.toc, english.author) == ("A", True, ("X",))
    assert (chinese.title, chinese.toc, chinese.bibliography) == ("甲", False, ("refs.bib",))


def test_a_report_has_contents_and_numbers_and_no_code(tmp_path):
    data = load_text(tmp_path, "title: T\n")
    assert (data.report, data.toc, data.number_sections, data.echo) == (True, True, True, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("en:\n  titel: A\n", r"metadata.yml line 2: unknown key 'titel'; did you mean 'title'\?"),
        ("en:\n  author: A\n", "metadata.yml line 2: missing key 'title'"),
        ("zh-CN: {title: 甲}\n", "no block 'en:'"),
        ("title: T\ntoc: maybe\n", "line 2: must be true or false"),
        ("title: T\ncover:\n  - {label: A}\n", "line 3: a cover field needs a 'value'"),
        ("title: T\ncover: x\n", "line 2: must be a list"),
        ("title: T\ntoc_depth: 9\n", "line 2: must be a heading level"),
        ("title: T\ndate: yesterday\n", "line 2: must be a date"),
        ("title: T\ntitle: U\n", "line 2: key 'title' appears twice"),
        ("title: [a\n", "line 2: not readable YAML"),
        ("title: A: b\n", "line 1: not readable YAML: a text with a colon stands between quot"),
        ("values:\n\tname: x\n", "line 2: not readable YAML: lines are indented by spaces"),
        ('values:\n  name: "x\n  class: "y"\n', "not readable YAML: here or above, a quotation"),
        ("title: [a]\n", "line 1: must be a text"),
        ("- a\n", "must be a mapping"),
        ("title: T\nmargins: 2.5\n", "line 2: must be a length like 2.5cm"),
        ("title: T\nmargins: {top: 2cm,\n  inner: 1cm}\n", "line 3: unknown key 'inner'"),
        ("title: T\nmargins: 9cm\n", "line 2: must be a length"),
        ("title: T\nsizes:\n  text: big\n", "line 3: must be a length"),
        ("title: T\nfonts: SimSun\n", "line 2: must be a mapping"),
        ("title: T\nline_spacing: 1.5\n", "line 2: must be a length"),
        ("title: T\nnumbering: roman\n", "line 2: must be one of decimal, chinese"),
        ("title: T\ndeclaration: {title: D}\n", "line 2: a declaration needs a 'text'"),
        ("title: T\ncode_appendix: 1\n", "line 2: must be true or false"),
        ("", "is empty"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, text, message):
    with pytest.raises(ExportError, match=message):
        load_text(tmp_path, text)


def test_a_missing_file(tmp_path):
    with pytest.raises(ExportError, match=r"nothing.yml: cannot be read"):
        load(tmp_path / "nothing.yml", "en")


def test_lengths_have_units(tmp_path):
    data = load_text(tmp_path, "title: T\nmargins: 25mm\nsizes: {text: 12pt}\nline_spacing: 20pt\n")
    assert data.margins == dict.fromkeys(("top", "bottom", "left", "right"), 2.5)
    assert (data.sizes, data.line_spacing) == ({"text": 12}, 20)


def test_the_page_on_exporting_knows_every_key():
    page = (settings.project_root() / "docs" / "exporting.md").read_text(encoding="utf-8")
    assert set(KEYS) <= set(re.findall(r"`(\w+)`", page))
