"""What `pip install mnist-report` gives, used as a newcomer does: from nothing to a Word file."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from mnist_report.common import settings

ROOT = settings.project_root()
SMALLER = 3_000_000  # bytes
RECIPE = 'based_on = "fast"\nbatch_size = 20\nwidth = 4\nepochs = 2\n'
PLACES = ("wide", "tall", "dot"), ((2, 10, 26, 18), (10, 2, 18, 26), (11, 11, 17, 17))


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel alone; what it needs is here already."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-qq", "--no-input", "--disable-pip-version-check"]
    made = ["wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run([*pip, *made], check=True)
    (wheel,) = folder.glob("*.whl")
    assert wheel.stat().st_size < SMALLER
    site = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", site, wheel], check=True)
    return site


@pytest.fixture
def call(installed, tmp_path):
    """A command of the installed program, in a folder, without a setting of anybody's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MNIST_REPORT_")}

    def run(folder: Path, *words: str, **changed: str) -> subprocess.CompletedProcess:
        env = kept | {"PYTHONPATH": str(installed), "HOME": str(tmp_path)} | changed
        return subprocess.run(
            [sys.executable, "-m", "mnist_report", *words], cwd=folder, env=env,
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip

    return run


def write_signs(folder: Path) -> None:
    """Write a data set of three classes, and a recipe for it that is done at once."""
    for name, box in zip(*PLACES, strict=True):
        for number in range(20):
            place = folder / "signs" / name / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.new("L", (28, 28), 255 - number)
            picture.paste(number, box)
            picture.save(place)
    (folder / "mine.toml").write_text(RECIPE, encoding="utf-8")


def test_from_an_empty_folder_to_a_word_file(call, tmp_path):
    answer = call(tmp_path, "new", "mine")
    assert answer.returncode == 0, answer.stderr
    project = tmp_path / "mine"
    assert len(list(project.glob("notebooks/**/*.ipynb"))) == 16
    write_signs(project)
    words = ("export", "--lang", "en", "--to", "docx", "--dataset", "signs")
    answer = call(project, *words, MNIST_REPORT_RECIPE="mine.toml", TQDM_DISABLE="1")
    assert answer.returncode == 0, answer.stderr
    (word,) = project.glob("report/build/**/*.docx")
    assert word.stat().st_size > 20_000
    assert (project / "results" / "signs" / "mine-s0" / "run.json").is_file()


def test_outside_a_project_a_command_says_how_to_make_one(call, tmp_path):
    answer = call(tmp_path, "export", "--lang", "en")
    assert answer.returncode == 1
    assert "mnist-report new" in answer.stderr
    assert list(tmp_path.rglob("*.ipynb")) == []


def test_the_network_of_notebook_08_is_known_and_the_same_in_both_languages(installed):
    code = "from mnist_report.checking import results; print(len(results.example_networks()))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=installed, env=os.environ | {"PYTHONPATH": installed},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout == "1\n"


def test_the_notebook_for_the_cloud_makes_the_report(installed, tmp_path):
    """All its cells, but that pip, which has done its work, does nothing."""
    write_signs(tmp_path)
    (tmp_path / "mnist_report-0.1.0-py3-none-any.whl").touch()
    notebook = nbformat.read(ROOT / "docs" / "cloud.ipynb", as_version=4)
    install = notebook.cells[1]
    assert install.source.endswith('\n%pip install -q "{package}"')
    install.source = install.source.replace("%pip install -q", "!echo")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MNIST_REPORT_")}
    changed = {
        "PATH": f"{installed / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(installed),
        "MNIST_REPORT_DATASET": str(tmp_path / "signs"),
        "MNIST_REPORT_RECIPE": str(tmp_path / "mine.toml"),
        "TQDM_DISABLE": "1",
    }
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env=kept | changed)
    first, *_, last = (cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.outputs[-1].text.strip() == "mnist_report-0.1.0-py3-none-any.whl"
    links = " ".join(output.data["text/plain"] for output in last.outputs)
    for language in ("en", "zh-CN"):
        for kind in ("docx", "pdf", "html"):
            assert f"mnist-report.{language}.{kind}" in links
    assert len(list(tmp_path.glob("course/report/build/**/mnist-report.*"))) == 6
