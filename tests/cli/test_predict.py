"""`mnist-report predict`: text, JSON and picture; doubt, emptiness and bad files."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from handwriting_samples import reader_of
from PIL import Image
from typer.testing import CliRunner

from mnist_report.cli import commands
from mnist_report.handwriting import segmentation, synthetic_pages
from mnist_report.handwriting.recognition import Recogniser


@pytest.fixture
def call(mnist, monkeypatch):
    asked = []

    def load(recipe, seed):
        asked.append((recipe, seed))
        return reader_of(mnist, call.threshold)

    def call(*words):
        return CliRunner().invoke(commands.app, ["predict", *map(str, words)])

    call.threshold, call.asked = 0.0, asked
    monkeypatch.setattr(Recogniser, "load", load)
    return call


@pytest.fixture
def photo(mnist, tmp_path):
    """Five digits on a line: 5 0 4 1 9."""
    page = synthetic_pages.write(mnist.train_images[:5].numpy(), mnist.train_labels[:5].numpy())
    Image.fromarray(page.picture).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def blank(tmp_path):
    Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
    return tmp_path / "blank.png"


def test_a_line_of_digits(call, photo):
    answer = call(photo)
    assert (answer.exit_code, answer.stdout) == (0, f"{photo}: 50419\n")


def test_the_run_is_the_one_asked_for(call, photo, monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "best")
    call(photo)
    call(photo, "--recipe", "fast", "--seed", "3")
    assert call.asked == [("best", 0), ("fast", 3)]


def test_doubt_is_said(call, photo):
    call.threshold = None
    said = call(photo).stdout.splitlines()
    assert said[0] == f"{photo}: ?????"
    assert len(said) == 6
    assert said[1].startswith("  ? not sure: 5 (")


def test_several_lines_are_said_below_each_other(call, mnist, tmp_path):
    page = synthetic_pages.write(mnist.train_images[:30].numpy(), mnist.train_labels[:30].numpy())
    Image.fromarray(page.picture).save(tmp_path / "page.png")
    first, *lines = call(tmp_path / "page.png").stdout.splitlines()
    assert first == f"{tmp_path / 'page.png'}:"
    assert "".join(lines).replace(" ", "") == "".join(map(str, page.labels))


def test_nothing_is_no_failure(call, blank):
    answer = call(blank)
    assert (answer.exit_code, answer.stdout) == (0, f"{blank}: no digit found\n")


def test_json(call, photo, blank, tmp_path):
    answer = call(photo, tmp_path / "none.png", blank, "--json", "--recipe", "fast")
    assert answer.exit_code == 1
    told = json.loads(answer.stdout)
    assert (told["recipe"], told["seed"]) == ("fast", 0)
    read, none, empty = told["photos"]
    assert read["text"] == "50419"
    with Image.open(photo) as picture:
        assert read["size"] == [picture.height, picture.width]
    assert [digit["digit"] for digit in read["lines"][0]] == [5, 0, 4, 1, 9]
    assert "There is no file" in none["error"]
    assert (empty["text"], empty["lines"]) == ("", [])


def test_marks_that_are_left_out_are_said(call, photo, monkeypatch):
    assert "left out" not in call(photo).stdout
    monkeypatch.setattr(segmentation, "MOST", 3)
    assert "  ! the 2 smallest marks are left out" in call(photo).stdout
    (read,) = json.loads(call(photo, "--json").stdout)["photos"]
    assert (read["left_out"], len(read["text"])) == (2, 3)


def test_a_bad_file_does_not_stop_the_others(call, photo, tmp_path):
    (tmp_path / "text.png").write_text("7", encoding="utf-8")
    answer = call(tmp_path / "text.png", photo)
    assert answer.exit_code == 1
    assert answer.stdout == f"{photo}: 50419\n"
    (line,) = answer.stderr.splitlines()
    assert line.startswith("mnist-report: ")
    assert "is no picture" in line


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "jpg"])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_pictures(call, photo, blank, tmp_path, ending, lang, no_open_figures):
    assert call(photo, "--figure", tmp_path / f"a.{ending}", "--lang", lang).exit_code == 0
    assert (tmp_path / f"a.{ending}").stat().st_size > 2_000
    assert plt.get_fignums() == []


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "jpg"])
def test_pictures_of_several_photos(call, photo, blank, tmp_path, ending, no_open_figures):
    assert call(photo, blank, "--figure", tmp_path / f"b.{ending}").exit_code == 0
    assert {path.name for path in tmp_path.glob("b*")} >= {f"b-1.{ending}", f"b-2.{ending}"}
    assert plt.get_fignums() == []


def test_the_picture_is_the_photo_with_boxes(call, photo, tmp_path, no_open_figures):
    call(photo, "--figure", tmp_path / "a.png")
    drawn = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    blue = (drawn[..., 2] > 150) & (drawn[..., 0] < 40)
    assert blue.sum() > 1_000


def test_a_picture_does_not_take_the_place_of_the_photo(call, photo, no_open_figures):
    whole = photo.read_bytes()
    answer = call(photo, "--figure", photo)
    assert answer.exit_code == 1
    assert "is the photo itself" in answer.stderr
    assert photo.read_bytes() == whole


@pytest.mark.parametrize("name", ["a.foo", "folder/", "a.pgf"])
def test_a_wrong_picture_is_one_line(call, photo, tmp_path, name, no_open_figures, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no TeX, which pgf asks for
    (tmp_path / "folder").mkdir()
    answer = call(photo, "--figure", tmp_path / name)
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "Cannot draw" in answer.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "Missing argument"),
        (["a.png", "--recipe", "none"], "There is no recipe 'none'"),
        (["a.png", "--lang", "all"], "one language"),
        (["a.png", "--seed", "-1"], "--seed"),
    ],
)
def test_wrong_use_exits_with_2(call, words, why):
    answer = call(*words)
    assert answer.exit_code == 2
    assert why in " ".join(answer.output.split())


def test_without_a_run_it_says_what_to_do(photo, results_folder):
    answer = CliRunner().invoke(commands.app, ["predict", str(photo), "--recipe", "fast"])
    assert answer.exit_code == 1
    assert "mnist-report train fast" in answer.output
    assert len(answer.output.splitlines()) == 1
