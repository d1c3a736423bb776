"""What `pip install mnist-report` gives, used as a newcomer does: from nothing to a Word file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
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


def test_from_an_empty_folder_to_a_word_file(call, tmp_path):
    answer = call(tmp_path, "new", "mine")
    assert answer.returncode == 0, answer.stderr
    project = tmp_path / "mine"
    assert len(list(project.glob("notebooks/**/*.ipynb"))) == 16
    for name, box in zip(*PLACES, strict=True):
        for number in range(20):
            place = project / "signs" / name / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.new("L", (28, 28), 255 - number)
            picture.paste(number, box)
            picture.save(place)
    (project / "mine.toml").write_text(RECIPE, encoding="utf-8")
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


def test_the_network_of_notebook_08_is_known_in_both_languages(installed):
    code = "from mnist_report.checking import results; print(len(results.example_networks()))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=installed, env=os.environ | {"PYTHONPATH": installed},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout == "2\n"
