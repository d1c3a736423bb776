"""The notebooks in people's hands: JupyterLab in Chromium, every cell run, and the menus used."""

import io
import os
import re
import shutil
from urllib.parse import urlsplit

import docx
import psutil
import pytest
from jupyter_lab import DARK, LIGHT, Lab, serving
from PIL import Image
from pypdf import PdfReader

from mnist_report import training
from mnist_report.common import settings
from mnist_report.handwriting import synthetic_pages
from mnist_report.reporting.notebooks import files
from mnist_report.training import recipes

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
REQUIRED = "MNIST_REPORT_REQUIRE_BROWSER"  # set where a skipped test would hide something
NOTEBOOKS = {path.name[:2]: path.name for path in files.analysis_notebooks()}
TRAINING, EVALUATION, OWN_DIGITS = NOTEBOOKS["03"], NOTEBOOKS["04"], NOTEBOOKS["07"]
TRIED_BELOW = {TRAINING, EVALUATION, OWN_DIGITS}
STDOUT = '[data-mime-type="application/vnd.jupyter.stdout"]'

# Strokes on the pad, each from point to point, in pixels.
SEVEN = [(60, 40), (140, 40), (90, 165)]
ONE = [(260, 35), (250, 165)]


def without(what: str) -> None:
    """Skip all of this, or fail where it has to be run."""
    refuse = pytest.fail if os.environ.get(REQUIRED) else pytest.skip
    refuse(f"The notebooks are not tried in a browser, because {what}.")


@pytest.fixture(scope="module")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        without("Playwright is missing; run `pip install playwright`")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        without("there is no Chromium; on Debian and Ubuntu: apt install chromium")
    if shutil.which("make") is None:
        without("there is no make, which knows how JupyterLab is started")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The kernels' results folder: a link, which can be changed under a running server."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "own").mkdir()
    (folder / "link").symlink_to(folder / "own")
    return folder / "link"


@pytest.fixture(scope="module")
def lab(browser, results, tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(settings.project_root() / "notebooks", project / "notebooks")
    environment = {
        "MNIST_REPORT_RECIPE": "fast",
        "MNIST_REPORT_DATA": str(settings.data_dir()),
        "MNIST_REPORT_RESULTS": str(results),
    }
    pictures = settings.project_root() / "build" / "browser"
    with serving(project, tmp_path_factory.mktemp("home"), environment) as server:
        yield Lab(server, browser, pictures)


@pytest.fixture(scope="module")
def finished_run(lab, results, mnist):
    """A run of `fast`: that of `make test`, whose evaluation later tests go on with, or our own."""
    lab.server.fork_kernels()
    if os.environ.get("MNIST_REPORT_RESULTS"):
        results.unlink()
        results.symlink_to(settings.results_dir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(results))
        return training.train(recipes.get("fast"), data=mnist)


def test_the_server_listens_on_this_machine_only(lab):
    port = urlsplit(lab.server.url).port
    listening = {
        socket.laddr.ip
        for socket in psutil.net_connections("inet")
        if socket.status == psutil.CONN_LISTEN and socket.laddr.port == port
    }
    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def test_the_server_asks_for_its_token(lab):
    assert len(lab.server.token) >= 32
    with lab.browser.new_context() as stranger:
        answer = stranger.request.get(f"{lab.server.url}api/contents")
        assert answer.status == 403
        page = stranger.new_page()
        page.goto(f"{lab.server.url}lab")
        assert page.url.startswith(f"{lab.server.url}login")


def test_it_opens_on_the_first_notebook(lab):
    assert lab.page.url.endswith(f"/lab/tree/notebooks/{NOTEBOOKS['01']}")
    heading = lab.page.get_by_role("heading", name="Exploring the data")
    heading.wait_for()


def test_the_bar_moves_while_the_network_is_trained(lab):
    """Before any test that needs a finished run, which the notebook would only read back."""
    with lab.notebook(TRAINING) as notebook:
        notebook.start()
        seen = [0]
        while not notebook.finished():
            cell = notebook.cell("training.train(")
            texts = cell.locator(STDOUT).all_inner_texts()
            seen += [int(percent) for percent in re.findall(r"(\d+)%\|", "".join(texts))]
            notebook.page.wait_for_timeout(100)
        notebook.wait()
    assert len({percent for percent in seen if 0 < percent < 100}) >= 2, f"the bar showed {seen}"
    assert seen == sorted(seen)
    assert seen[-1] >= 90, "when it is finished, it goes"


@pytest.mark.parametrize(
    ("name", "theme"),
    [
        *((name, LIGHT) for name in sorted(set(NOTEBOOKS.values()) - TRIED_BELOW)),
        *((f"zh-CN/{name}", DARK) for name in sorted(set(NOTEBOOKS.values()) - {OWN_DIGITS})),
    ],
)
def test_all_cells_run(lab, finished_run, name, theme):
    with lab.notebook(name, theme) as notebook:
        notebook.start()
        notebook.wait()


def test_the_file_menu_exports_to_word_and_pdf(lab, finished_run, mnist, tmp_path):
    with lab.notebook(EVALUATION) as notebook:
        notebook.start()
        notebook.wait()
        word = notebook.export("Word", tmp_path)
        pdf = notebook.export("ReportPDF", tmp_path)
    right = (finished_run.test_logits.argmax(1) == mnist.test_labels.numpy()).mean()
    accuracy = f"{right:.2%}"

    document = docx.Document(str(word))
    assert word.name == "04_evaluation.docx"
    assert accuracy in [c.text for table in document.tables for c in table._cells]
    assert len(document.inline_shapes) >= 8

    assert pdf.name == "04_evaluation.pdf"
    pages = PdfReader(pdf).pages
    assert accuracy in "\n".join(page.extract_text() for page in pages)
    assert sum(len(page.images) for page in pages) >= 8


def draw(page, canvas, *strokes):
    """With the mouse, as a hand would: pressed from the first to the last point of each stroke."""
    corner = canvas.bounding_box()
    for stroke in strokes:
        (x, y), *others = ((corner["x"] + x, corner["y"] + y) for x, y in stroke)
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in others:
            page.mouse.move(x, y, steps=10)
        page.mouse.up()


def choose_file(page, upload, label, path):
    with page.expect_file_chooser() as chooser:
        upload.get_by_role("button", name=label).click()
    chooser.value.set_files(path)


# Of a text's own colour to that behind it, as WCAG counts it; 4.5 is its bound for readable text.
CONTRAST = """element => {
  const rgba = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = colour => rgba(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  let behind = element;
  while (behind && rgba(getComputedStyle(behind).backgroundColor)[3] === 0)
    behind = behind.parentElement;
  const ground = behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)";
  const [low, high] = [getComputedStyle(element).color, ground].map(luminance)
    .sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


def readable(text):
    return text.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize(
    ("name", "theme", "upload_label", "read_label", "refusal"),
    [
        (OWN_DIGITS, LIGHT, "Upload", "Recognise", "notes.png: The upload is no picture"),
        (f"zh-CN/{OWN_DIGITS}", DARK, "上传", "识别", "notes.png：无法作为图片读取"),
    ],
)
def test_digits_are_drawn_and_uploaded(
    lab, finished_run, mnist, tmp_path, name, theme, upload_label, read_label, refusal
):
    photo = tmp_path / "photo.png"
    page = synthetic_pages.write(
        mnist.train_images[:6].numpy(),
        mnist.train_labels[:6].numpy(),
        synthetic_pages.look("photo", 1),
    )
    Image.fromarray(page.picture).save(photo)
    no_photo = tmp_path / "notes.png"
    no_photo.write_text("7", encoding="utf-8")

    with lab.notebook(name, theme) as notebook:
        notebook.start()
        notebook.wait()
        upload = notebook.cell("widgets.Upload(recogniser")
        choose_file(notebook.page, upload, upload_label, no_photo)
        upload.get_by_text(refusal).wait_for()
        choose_file(notebook.page, upload, upload_label, photo)
        upload.locator("img").wait_for()
        assert upload.get_by_text(refusal).count() == 0
        choose_file(notebook.page, upload, upload_label, no_photo)
        upload.get_by_text(refusal).wait_for()
        assert upload.locator("img").count() == 0
        assert readable(upload.get_by_role("button", name=upload_label))
        assert readable(upload.get_by_text(refusal))

        pad = notebook.cell("widgets.Pad(recogniser")
        draw(notebook.page, pad.locator("canvas"), SEVEN, ONE)
        pad.get_by_role("button", name=read_label).click()
        pad.locator("img").wait_for()
        assert all(map(readable, pad.locator(".jupyter-button").all()))
        with Image.open(io.BytesIO(pad.locator("canvas").screenshot())) as seen:
            assert seen.convert("L").getpixel((320, 100)) == 255, "the pad is white in any theme"
            assert seen.convert("L").getpixel((100, 40)) < 50, "and the pen is black"
