"""Translated notebooks: made from the English ones and a catalogue, complete and up to date."""

import nbformat
import pytest
from babel.messages.pofile import read_po, write_po
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_report.common import settings
from mnist_report.common.errors import TranslationError
from mnist_report.reporting.notebooks import translate as translation
from mnist_report.reporting.notebooks.files import analysis_notebooks, read
from mnist_report.reporting.notebooks.translate import passages

LANGUAGE = "zh-CN"
COMMENT = "# of figures and tables"
SOURCES = analysis_notebooks()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one notebook and an empty catalogue."""
    cells = [
        new_markdown_cell("# Title\n\nSome words.", id="title"),
        new_code_cell('print(f"{1 + 1} in all")', id="sum"),
        new_code_cell("1", id="one"),
    ]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / "01_a.ipynb")
    (tmp_path / "notebooks" / "zh-CN.po").touch()
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    return tmp_path


def translate(**words: str) -> None:
    """Put translations into the catalogue, by the first letters of what they translate."""
    path = translation.catalogue_file(LANGUAGE)
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN")
    for message in catalogue:
        for start, text in words.items():
            if message.id and message.id.lstrip('#f" {').startswith(start):
                message.string = text
                message.flags.discard("fuzzy")
    with path.open("wb") as file:
        write_po(file, catalogue)


WORDS = {"of": "# 图表", "Title": "# 标题", "Some": "几句话。", "1": 'f"共 {1 + 1}"'}


def complete() -> None:
    with pytest.raises(TranslationError):
        translation.refresh(LANGUAGE)
    translate(**WORDS)


def test_a_new_language_asks_for_every_passage(project):
    with pytest.raises(TranslationError, match=r"4 passages .*zh-CN\.po .*'# of") as caught:
        translation.refresh(LANGUAGE)
    assert "\n" not in str(caught.value)
    text = translation.catalogue_file(LANGUAGE).read_text(encoding="utf-8")
    assert "#: 01_a#title\n" in text
    assert 'msgid "Some words."\nmsgstr ""' in text


def test_a_complete_catalogue_makes_the_notebook(project):
    complete()
    (path,) = translation.refresh(LANGUAGE)
    content = read(path)
    assert path == project / "notebooks" / "zh-CN" / "01_a.ipynb"
    assert content.metadata["lang"] == LANGUAGE
    sources = [cell.source for cell in content.cells]
    assert sources[0] == "# 标题\n\n几句话。"
    assert sources[1].endswith('os.environ["MNIST_REPORT_LANGUAGE"] = "zh-CN"  # 图表')
    assert sources[2:] == ['print(f"共 {1 + 1}")', "1"]


def test_making_it_again_changes_nothing(project):
    complete()
    (path,) = translation.refresh(LANGUAGE)
    before = path.read_bytes(), translation.catalogue_file(LANGUAGE).read_bytes()
    translation.refresh(LANGUAGE)
    assert (path.read_bytes(), translation.catalogue_file(LANGUAGE).read_bytes()) == before


def test_outputs_stay_where_the_code_does(project):
    complete()
    (path,) = translation.refresh(LANGUAGE)
    content = read(path)
    for count, cell in enumerate(content.cells[1:], start=1):
        cell.execution_count = count
        cell.outputs = [new_output("stream", text="x")]
    nbformat.write(content, path)
    translate(**{"1": 'f"总共 {1 + 1}"'})
    translation.refresh(LANGUAGE)
    assert [len(cell.outputs) for cell in read(path).cells[1:]] == [1, 0, 1]


def test_an_edited_passage_asks_for_another_look(project):
    complete()
    source = project / "notebooks" / "01_a.ipynb"
    content = read(source)
    content.cells[0].source = "# Title\n\nSome more words."
    nbformat.write(content, source)
    with pytest.raises(TranslationError, match=r"1 passages .*01_a#title: 'Some more words\.'"):
        translation.refresh(LANGUAGE)
    text = translation.catalogue_file(LANGUAGE).read_text(encoding="utf-8")
    assert '#, fuzzy\nmsgid "Some more words."\nmsgstr "几句话。"' in text
    assert "#~" not in text


@pytest.mark.parametrize("wrong", ['f"共 {2}"', '共 {1 + 1}"', "print()", '"共 2"'])
def test_a_translation_cannot_change_the_code(project, wrong):
    complete()
    translate(**{"1": wrong})
    with pytest.raises(TranslationError, match="changes the code of the cell 'sum'") as caught:
        translation.refresh(LANGUAGE)
    assert "\n" not in str(caught.value)


def test_a_missing_or_broken_catalogue_is_told(project):
    path = translation.catalogue_file(LANGUAGE)
    path.write_text('msgid "a\n', encoding="utf-8")
    with pytest.raises(TranslationError, match="is no gettext catalogue"):
        translation.refresh(LANGUAGE)
    path.unlink()
    with pytest.raises(TranslationError, match=r"There is no .*zh-CN\.po"):
        translation.refresh(LANGUAGE)


# The project's own notebooks. After a change: `mnist-report notebooks --lang zh-CN --inplace`.


@pytest.fixture(scope="module")
def catalogue():
    with translation.catalogue_file(LANGUAGE).open("rb") as file:
        return read_po(file, locale="zh_CN", abort_invalid=True)


def test_the_catalogue_is_complete(catalogue):
    texts = {text for path in SOURCES for cell in read(path).cells for text in passages(cell)}
    messages = [message for message in catalogue if message.id]
    assert {message.id for message in messages} == texts | {COMMENT}
    assert [message.id for message in messages if message.fuzzy or not message.string] == []
    assert list(catalogue.obsolete) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_translated_notebooks_are_up_to_date(source, catalogue):
    wanted = translation.translated(read(source), catalogue, LANGUAGE)
    found = read(source.parent / LANGUAGE / source.name)
    key = ("cell_type", "id", "source")
    assert [[cell[k] for k in key] for cell in found.cells] == [
        [cell[k] for k in key] for cell in wanted.cells
    ]
    assert found.metadata["lang"] == LANGUAGE
    tags = [cell.metadata for cell in read(source).cells]
    assert [cell.metadata for cell in found.cells if cell.id != "language"] == tags


def test_no_other_notebooks_are_there():
    folder = settings.project_root() / "notebooks" / LANGUAGE
    assert sorted(path.name for path in folder.glob("*.ipynb")) == [path.name for path in SOURCES]
