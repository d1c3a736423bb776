"""The report as it is handed in: run on the recipe `fast`, exported, and opened again."""

import os
import re
import shutil
import subprocess

import docx
import nbformat
import pytest
from pypdf import PdfReader

from mnist_report import evaluation, figures, training
from mnist_report.checking import project
from mnist_report.checking.handin import HandIn
from mnist_report.checking.verdict import State
from mnist_report.common import settings
from mnist_report.reporting.notebooks import execute as execution
from mnist_report.reporting.notebooks import files
from mnist_report.training import recipes
from mnist_report.training import runs as stored_runs
from notebook_report import FORMATS, export_notebook
from notebook_report.cells import values_handed_over
from notebook_report.fonts import font_files
from tools import values

pytestmark = pytest.mark.slow

HEADINGS = {"en": "Abstract", "zh-CN": "摘要"}


@pytest.fixture(scope="module")
def fast(mnist, tmp_path_factory):
    """The evaluation of a run of `fast`: the one that `make test` has made, or a new one."""
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("MNIST_REPORT_RESULTS"):
            patch.setenv("MNIST_REPORT_RESULTS", str(tmp_path_factory.mktemp("results")))
        patch.setenv("MNIST_REPORT_RECIPE", "fast")
        yield evaluation.evaluate(training.train(recipes.get("fast")), mnist)


@pytest.fixture(scope="module")
def executed(fast, tmp_path_factory):
    """The executed notebooks by language: both are run once, side by side."""
    places = {tag: tmp_path_factory.mktemp(tag) / "report.ipynb" for tag in settings.LANGUAGES}
    copies = {files.report_notebook(tag): path for tag, path in places.items()}
    list(execution.execute_all(copies, recipe="fast"))
    return places


@pytest.fixture(scope="module", params=settings.LANGUAGES)
def built(request, executed):
    """The language, and the exported files by their kind."""
    copy = executed[request.param]
    metadata = settings.project_root() / "report" / "metadata.yml"
    files = {to: copy.with_name(f"report.{to}") for to in FORMATS}
    warnings = [export_notebook(copy, to, files[to], metadata_file=metadata) for to in FORMATS]
    assert warnings == [[]] * len(FORMATS)
    return request.param, files


@pytest.fixture
def hand_in(built, tmp_path):
    """The report as a student hands it in, with the runs that it speaks of."""
    language, files = built
    for run in stored_runs.finished():
        shutil.copytree(run.folder, tmp_path / "results" / run.folder.name)
    build = tmp_path / "report" / "build"
    (build / "notebooks").mkdir(parents=True)
    executed = files["docx"].with_name("report.ipynb")
    shutil.copy(executed, build / "notebooks" / f"report.{language}.ipynb")
    for to in ("docx", "pdf"):
        shutil.copy(files[to], build)
    studies = settings.project_root() / "report" / "studies"
    shutil.copytree(studies, tmp_path / "report" / "studies")
    return HandIn(tmp_path)


@pytest.fixture(scope="module")
def word(built):
    language, files = built
    return language, docx.Document(str(files["docx"]))


@pytest.fixture(scope="module")
def pdf(built):
    language, files = built
    pages = PdfReader(files["pdf"]).pages
    return language, pages, "\n".join(page.extract_text() for page in pages)


def said(fast: evaluation.Evaluation) -> str:
    """The test accuracy as the prose has it."""
    return f"{100 * fast.test.accuracy:.2f}"


def test_word_has_text_figures_and_tables(word, fast):
    language, document = word
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert HEADINGS[language] in text
    assert said(fast) in text
    assert "{{" not in text
    assert len(text) > 5000
    assert len(document.inline_shapes) >= 10
    assert len(document.tables) >= 5


def test_pdf_has_text_and_embedded_fonts(pdf, fast):
    language, pages, text = pdf
    assert 10 <= len(pages) <= 13
    assert HEADINGS[language] in text
    assert said(fast) in text
    assert "{{" not in text
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert any("Noto" in font for font in fonts)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_word_has_no_more_pages_with_a_real_chinese_font(built, tmp_path, monkeypatch):
    _, files = built
    (tmp_path / "fonts.conf").write_text(
        '<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{font_files()['serif'].parent}</dir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    command = [
        "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
        "--convert-to", "pdf", "--outdir", str(tmp_path), str(files["docx"]),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert 10 <= len(PdfReader(tmp_path / "report.pdf").pages) <= 13


def test_chinese_pdf_is_chinese(pdf):
    language, _, text = pdf
    share = len(re.findall(r"[\u4e00-\u9fff]", text)) / len(text)
    assert (share > 0.2) is (language == "zh-CN")


def test_html_stands_alone(built, fast):
    language, files = built
    page = files["html"].read_text(encoding="utf-8")
    assert HEADINGS[language] in page
    assert said(fast) in page
    assert page.count("data:image/") >= 10


def test_no_code_leaks_but_what_is_meant(built, pdf):
    _, _, text = pdf
    assert "#|" not in text
    assert "use_style" not in text
    assert figures.__name__ not in text


def test_the_check_of_hand_ins_agrees_but_with_a_number_that_was_altered(hand_in, fast):
    """Beside the files as they were made lies one that was edited."""
    build = hand_in.root / "report" / "build"
    document = docx.Document(str(build / "report.docx"))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    first = next(run for run in runs if said(fast) in run.text)
    first.text = first.text.replace(said(fast), "99.99", 1)
    document.save(str(build / "altered.docx"))
    verdict = project.check(hand_in)
    compared = [finding.text for finding in verdict.findings if "tables as" in finding.text]
    assert len(compared) == 1, "the tables of the executed notebook are found by their names"
    for name in ("report.docx", "report.pdf"):
        assert f"report/build/{name}" in {one.subject for one in verdict.having(State.AGREES)}
    (finding,) = verdict.having(State.DIFFERS, State.MISSING)
    assert finding.subject == "report/build/altered.docx"
    assert finding.text.startswith(f"99.99, must be {said(fast)}, in “")


def test_the_page_of_values_names_them_all(executed):
    """A recipe may lack what another has: then the name above it stands alone, and is empty."""
    handed = values_handed_over(nbformat.read(executed["en"], as_version=4))
    there = {name for part in handed for name, _ in values.names(part, handed[part])}
    text = (settings.project_root() / values.PAGE).read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(.+?)` \|", text, re.M))
    assert set(handed) == set(values.ABOUT)

    def above(name: str, names: set[str]) -> bool:
        return any(name.startswith((f"{one}.", f"{one}[")) for one in names)

    empty = {name for name in there if any(above(one, {name}) for one in told)}
    assert [name for name in there - told - empty if not above(name, told)] == []
    assert [name for name in told - there if not above(name, there)] == []
