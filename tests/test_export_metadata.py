import pytest

from mnist_report.export.errors import ExportError
from mnist_report.export.metadata import load


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
        ("title: [a]\n", "line 1: must be a text"),
        ("- a\n", "must be a mapping"),
        ("", "is empty"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, text, message):
    with pytest.raises(ExportError, match=message):
        load_text(tmp_path, text)


def test_a_missing_file(tmp_path):
    with pytest.raises(ExportError, match=r"nothing.yml: cannot be read"):
        load(tmp_path / "nothing.yml", "en")
