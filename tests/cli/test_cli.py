"""The command line: what it answers, its exit codes, and that every failure is one line."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import warm
from PIL import Image
from typer.testing import CliRunner

from mnist_report import datasets, evaluation
from mnist_report.cli import commands, console, pipeline, unchanged
from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.datasets import mnist as mnist_files
from mnist_report.reporting.notebooks import execute as execution
from mnist_report.reporting.notebooks import files
from mnist_report.studies import definitions
from mnist_report.training import recipes

TOOLS = settings.project_root() / "tools"


def call(*words: str):
    return CliRunner().invoke(commands.app, list(words))


def test_help_names_the_commands_at_once():
    seconds = []
    for _ in range(3):  # the quickest counts: other programs may be busy
        started = time.perf_counter()
        answer = subprocess.run(
            [sys.executable, "-m", "mnist_report", "--help"],
            capture_output=True, text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        seconds.append(time.perf_counter() - started)
    for command in (
        "build",
        "data",
        "train",
        "notebooks",
        "export",
        "predict",
        "study",
        "check",
        "doctor",
    ):
        assert f"\n  {command} " in answer.stdout
    assert min(seconds) < 0.5


def test_version():
    assert call("--version").output == "mnist-report 0.1.0\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["train"], "Missing argument"),
        (["train", "none"], "There is no recipe 'none'"),
        (["train", "fast", "--seed", "-1"], "--seed"),
        (["export", "--lang", "fr"], "'fr' is not one of"),
        (["export", "--to", "odt"], "'odt' is not one of"),
        (["notebooks", "99"], "There is no notebook '99'"),
        (["study", "none"], "There is no study 'none'; there are recipes"),
        (["study", "recipes", "--seeds", "0"], "--seeds"),
        (["study", "recipes", "--jobs", "0"], "--jobs"),
        (["data", "--dataset", "none"], "There is no data set 'none'"),
        (["predict", "a.png", "--dataset", "kmnist"], "No such option"),
        (["nonsense"], "No such command"),
        (["build", "--fast"], "No such option"),
    ],
)
def test_wrong_use_exits_with_2(words, why):
    answer = call(*words)
    assert answer.exit_code == 2
    assert why in " ".join(answer.output.split())
    assert "Traceback" not in answer.output


@pytest.fixture
def broken(monkeypatch):
    """A command whose work fails in the way that is set."""

    def set_error(error: BaseException) -> None:
        def fail() -> None:
            raise error

        monkeypatch.setattr(datasets, "load", fail)

    return set_error


def test_a_failure_is_one_line_and_exits_with_1(broken):
    broken(ReportError("The disk is full;\nfree some of it."))
    answer = call("data")
    assert answer.exit_code == 1
    assert answer.stderr == "mnist-report: The disk is full; free some of it.\n"


def test_an_export_error_is_as_foreseen_as_ours(broken):
    from notebook_report.errors import ExportError

    broken(ExportError("cell 3: no value `x`"))
    assert call("data").stderr == "mnist-report: cell 3: no value `x`\n"


def test_an_unforeseen_failure_tells_its_kind_and_how_to_see_more(broken):
    broken(KeyError("history"))
    answer = call("data")
    assert answer.exit_code == 1
    line = "mnist-report: KeyError: 'history' (run again with --debug to see where)\n"
    assert answer.stderr == line


@pytest.mark.parametrize("words", [["--debug", "data"], ["data", "--debug"]])
def test_debug_shows_the_traceback(broken, words):
    error = KeyError("history")
    broken(error)
    assert call(*words).exception is error


def test_ctrl_c_is_one_line(broken):
    broken(KeyboardInterrupt())
    answer = call("data")
    assert answer.exit_code == 130
    assert answer.stderr.startswith("mnist-report: Stopped.")
    assert answer.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a full disk to try")
@pytest.mark.parametrize("words", [["--help"], ["doctor"]])
def test_a_full_disk_is_one_line_and_who_reads_no_more_is_told_nothing(words):
    call = [sys.executable, "-m", "mnist_report", *words]
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == "mnist-report: No space left on device.\n"
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_data_says_where_the_files_are(mnist):
    answer = call("data")
    assert answer.exit_code == 0
    assert str(mnist_files.raw_folder().relative_to(settings.project_root())) in answer.output


def test_train_evaluates_and_reads_back(monkeypatch, tiny_data, results_folder):
    small = {**recipes.get("fast").as_dict(), "name": "small", "epochs": 1}
    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe(**small))
    monkeypatch.setattr(datasets, "load", lambda: tiny_data)
    first = call("train", "small", "--seed", "3")
    assert first.exit_code == 0, first.output
    stored = (results_folder / "small-s3" / "run.json").read_bytes()
    accuracy = evaluation.load_evaluation("small", 3).test.accuracy
    assert f"{accuracy:.2%} of the test images" in first.output
    assert call("train", "small", "--seed", "3").exit_code == 0
    assert (results_folder / "small-s3" / "run.json").read_bytes() == stored
    assert call("train", "small", "--seed", "3", "--fresh").exit_code == 0
    assert (results_folder / "small-s3" / "run.json").read_bytes() != stored


def test_train_takes_a_recipe_of_ones_own(monkeypatch, tiny_data, results_folder, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('based_on = "fast"\nbatch_size = 40\n', encoding="utf-8")
    monkeypatch.setattr(datasets, "load", lambda: tiny_data)
    answer = call("train", str(path))
    assert answer.exit_code == 0, answer.output
    assert json.loads((results_folder / "mine-s0" / "run.json").read_text(encoding="utf-8"))[
        "settings"
    ] == {**recipes.get("fast").as_dict(), "name": "mine", "batch_size": 40}


def pictures(folder: Path, count: int = 60) -> Path:
    """Squares, bars and dots, in folders of these names."""
    boxes = {"square": (4, 4, 24, 24), "bar": (12, 2, 16, 26), "dot": (12, 12, 16, 16)}
    for name, box in boxes.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            picture = Image.new("L", (28, 28), number % 30)
            picture.paste(255, box)
            picture.save(folder / name / f"{number}.png")
    return folder


def test_a_folder_of_pictures_is_trained_on_in_a_place_of_its_own(
    monkeypatch, results_folder, tmp_path
):
    monkeypatch.setenv("MNIST_REPORT_DATASET", "")  # so that it is restored
    small = {**recipes.get("fast").as_dict(), "name": "small", "batch_size": 20, "epochs": 2}
    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe(**small))
    answer = call("train", "small", "--dataset", str(pictures(tmp_path / "my shapes")))
    assert answer.exit_code == 0, answer.output
    others = {path.name for path in results_folder.iterdir()} - {"my shapes", ".kept"}
    assert others == {"my-shapes"}
    test = evaluation.load_evaluation("small").test  # of the data set that is worked on
    assert (test.images, len(test.confusion_matrix)) == (25, 3)
    assert test.accuracy == 1
    data = call("data", "--dataset", str(tmp_path / "my shapes")).output
    assert "my shapes, 3 classes, 155 images for training and 25 for testing" in data


def test_train_refuses_a_wrong_recipe_file_as_wrong_use(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('based_on = "fast"\nepoch = 2\n', encoding="utf-8")
    answer = call("train", str(path))
    assert answer.exit_code == 2
    assert "epoch: no such field" in answer.stderr


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project with two notebooks, a report in two languages, and nothing to train."""
    cell = nbformat.v4.new_code_cell("print(1 + 1)")
    for name in (
        "notebooks/01_first.ipynb",
        "notebooks/02_second.ipynb",
        "report/report.en.ipynb",
        "report/report.zh-CN.ipynb",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    (tmp_path / "mnist_report").mkdir()
    covers = "zh-CN: {title: A, cover: [{label: 姓名, value: 张三}]}\nen: {title: A}\n"
    (tmp_path / settings.MARK).write_text(covers, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    warm.kernels(monkeypatch)
    return tmp_path


@pytest.fixture
def upkeep(project, monkeypatch) -> Path:
    """The project's own programs that renew its documents."""
    monkeypatch.setattr(pipeline, "subprocess", warm)
    return shutil.copytree(TOOLS, project / "tools")


def test_notebooks_run_only_once(project):
    first = call("notebooks")
    assert first.exit_code == 0, first.output
    lines = first.output.splitlines()
    assert lines[0] == "Notebooks, two at a time …"
    assert sorted(line.partition(" (")[0] for line in lines[1:]) == [
        "  01_first: run",
        "  02_second: run",
    ]
    assert "  01_first, 02_second: unchanged (" in call("notebooks").output
    assert "  unchanged (" in call("notebooks", "01").output
    assert "01_first" not in call("notebooks", "notebooks/02_second.ipynb").output


def test_inplace_writes_the_outputs_into_the_notebook(project):
    path = project / "notebooks" / "01_first.ipynb"
    call("notebooks", "01")
    assert nbformat.read(path, as_version=4).cells[0].outputs == []
    assert call("notebooks", "01_first", "--inplace").exit_code == 0
    content = nbformat.read(path, as_version=4)
    assert content.cells[0].outputs[0].text == "2\n"
    assert execution.DIGEST not in content.metadata


def test_notebooks_in_another_language_are_made_and_run(project):
    missing = call("notebooks", "--lang", "zh-CN")
    assert missing.exit_code == 1
    assert "There is no" in missing.stderr
    assert "zh-CN.po" in missing.stderr
    words = 'msgid ""\nmsgstr ""\n\nmsgid "# of figures and tables"\nmsgstr "# 语言"\n'
    (project / "notebooks" / "zh-CN.po").write_text(words, encoding="utf-8")
    answer = call("notebooks", "02", "--lang", "zh-CN", "--inplace")
    assert answer.exit_code == 0, answer.output
    folder = project / "notebooks" / "zh-CN"
    assert sorted(path.name for path in folder.iterdir()) == ["01_first.ipynb", "02_second.ipynb"]
    made = nbformat.read(folder / "02_second.ipynb", as_version=4)
    assert [cell.execution_count for cell in made.cells] == [1, 2]
    assert made.cells[0].outputs[0].text == "2\n"
    assert 'os.environ["MNIST_REPORT_LANGUAGE"] = "zh-CN"  # 语言' in made.cells[1].source
    english = nbformat.read(project / "notebooks" / "02_second.ipynb", as_version=4)
    assert english.cells[0].outputs == []


@pytest.mark.slow
def test_the_gallery_follows_the_english_notebooks(project, upkeep):
    call("notebooks", "01")
    assert not (project / "docs").exists()
    answer = call("notebooks", "01", "--inplace")
    assert answer.exit_code == 0, answer.output
    assert (project / "docs" / "gallery.md").is_file()
    assert f"Gallery …\n  {Path('docs', 'gallery.md')} (" in answer.output
    # What tools cannot do is one line.
    (project / "notebooks" / "03_broken.ipynb").write_text("{", encoding="utf-8")
    answer = call("notebooks", "01", "--inplace")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("mnist-report: python -m tools gallery: ")
    assert "03_broken.ipynb is no notebook" in answer.stderr


def test_without_tools_there_is_no_gallery(project):
    answer = call("notebooks", "01", "--inplace")
    assert answer.exit_code == 0, answer.output
    assert "Gallery" not in answer.output
    assert not (project / "docs").exists()


def test_export_makes_the_chosen_files(project, monkeypatch):
    from notebook_report.errors import ExportError

    made = []

    def export_notebook(executed, to, out, metadata_file, strict, length):
        made.append((executed, to, out, metadata_file))
        if strict:
            raise ExportError("cell 2: no caption")
        out.write_text(f"{to} {length}", encoding="utf-8")
        return ["cell 2: no caption"]

    monkeypatch.setattr("notebook_report.export_notebook", export_notebook)
    answer = call("export", "--lang", "en", "--to", "pdf")
    assert answer.exit_code == 0, answer.output
    build = files.build_folder()
    executed, out = build / "notebooks" / "report.en.ipynb", build / "mnist-report.en.pdf"
    assert made == [(executed, "pdf", out, project / "report" / "metadata.yml")]
    assert executed.is_file()
    assert answer.stderr == "  cell 2: no caption\n"
    assert answer.output.rstrip().endswith(str(out.relative_to(project)))
    answer = call("export")
    assert answer.stderr == "  cell 2: no caption\n" * 2, "once for each language"
    names = [
        f"mnist-report.{language}.{to}"
        for language in ("zh-CN", "en")
        for to in ("docx", "pdf", "html")
    ]
    assert sorted(out.name for _, _, out, _ in made) == sorted(names), "one was made before"
    assert [Path(line).name for line in answer.output.splitlines()[-6:]] == names
    answer = call("export", "--lang", "en", "--strict")
    assert (answer.exit_code, answer.stderr) == (1, "mnist-report: cell 2: no caption\n")


def test_values_lists_the_names_that_prose_may_use(project):
    code = (
        "#| values: true\nfrom IPython.display import JSON, display\n"
        "display(JSON({'test': {'accuracy': 0.5, 'wrong': [3, 8]}, 'pairs': [{'name': '4/9'}]}))"
    )
    path = project / "report" / "report.en.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    answer = call("values")
    assert answer.exit_code == 0, answer.output
    lines = ["pairs[0].name = 4/9", "test.accuracy = 0.5", "test.wrong = [3, 8]"]
    assert answer.stdout.splitlines() == lines
    assert call("values", "pairs").stdout.splitlines() == lines[:1]
    assert call("values", "--lang", "all").exit_code == 2


def test_files_are_exported_again_only_where_something_changed(project, monkeypatch):
    made = []

    def export_notebook(executed, to, out, *others):
        made.append(to)
        out.write_text(to, encoding="utf-8")
        return [f"a warning about {to}"]

    monkeypatch.setattr(settings, "PACKAGE", project / "mnist_report")

    def exported(*words: str) -> tuple[list[str], str]:
        made.clear()
        answer = call("export", "--lang", "en", *words)
        assert answer.exit_code == 0, answer.output
        return sorted(made), answer.stderr

    monkeypatch.setattr("notebook_report.export_notebook", export_notebook)
    (project / "report" / "metadata.yml").write_text("title: A\n", encoding="utf-8")
    everything = ["docx", "html", "pdf"]
    (first, told), again = exported(), exported()
    assert first == everything
    assert again == ([], told), "the warnings are told again"
    (project / "report" / "metadata.yml").write_text("title: B\n", encoding="utf-8")
    assert exported()[0] == everything
    (project / "report" / "logo.png").write_bytes(b"1")
    assert exported()[0] == everything
    path = project / "report" / "report.en.ipynb"
    content = nbformat.read(path, as_version=4)
    content.cells.append(nbformat.v4.new_markdown_cell("More."))
    nbformat.write(content, path)
    assert exported()[0] == everything
    assert exported("--length", "short")[0] == everything
    assert exported("--length", "short")[0] == []
    (files.build_folder() / "mnist-report.en.pdf").write_text("mine", encoding="utf-8")
    (files.build_folder() / "mnist-report.en.html").unlink()
    assert exported("--length", "short")[0] == ["html", "pdf"]
    (project / "notebook_report").mkdir()
    (project / "notebook_report" / "filter.lua").write_text("--", encoding="utf-8")
    assert exported("--length", "short")[0] == everything


def test_a_cover_is_read_before_anything_runs_and_told_while_it_is_open(project, monkeypatch):
    monkeypatch.setattr(
        "notebook_report.export_notebook", lambda executed, to, out, *_: out.touch() or []
    )
    path, words = project / settings.MARK, ("export", "--lang", "zh-CN", "--to", "pdf")
    assert call(*words).stderr == ""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("张三", "（请填写）"), encoding="utf-8")
    assert call(*words).stderr == "  metadata.yml: still to fill in: 姓名\n"
    path.write_text("title: A: b\n", encoding="utf-8")
    for command in ("export", "build"):
        answer = call(command)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "metadata.yml line 1: not readable YAML: a text with a colon" in answer.stderr


@pytest.fixture
def done(project, monkeypatch) -> list:
    """The steps that are done by `build`, which makes one file and says one thing."""
    done = []
    monkeypatch.setattr(pipeline, "data", lambda: done.append("data"))
    monkeypatch.setattr(pipeline, "hypothesis", lambda: done.append("hypothesis"))
    monkeypatch.setattr(pipeline, "train", lambda *words, **named: done.append(("train", *words)))
    monkeypatch.setattr(pipeline, "execute", lambda *paths: done.extend(p.stem for p in paths))
    made = [project / "report" / "build" / "a.pdf"], ["a warning"]
    monkeypatch.setattr(pipeline, "documents", lambda *words, executed: made)
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "fast")
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "results"))  # what is kept is removed
    return done


def test_build_does_every_step_in_order(done, project):
    answer = call("build")
    assert answer.exit_code == 0, answer.output
    assert done[:3] == ["data", "hypothesis", ("train", "fast")]
    assert done[3:] == ["01_first", "02_second", "report.en", "report.zh-CN"]
    assert str(Path("report", "build", "a.pdf")) in answer.output.splitlines()[-1]
    done.clear()
    again = call("build")
    assert "\n  unchanged since 20" in again.stdout
    assert again.stdout.splitlines()[-1] == answer.stdout.splitlines()[-1]
    assert again.stderr == "  a warning\n"
    assert done == []
    (project / "report" / "mine.txt").touch()
    assert "Data and run …\n  unchanged since 20" in call("build").stdout
    assert done == ["01_first", "02_second", "report.en", "report.zh-CN"]
    done.clear()
    assert call("build", "--fresh").exit_code == 0
    assert done[0] == "data"


def test_build_tells_that_the_code_was_changed_meanwhile(done, monkeypatch):
    states = iter(["before", "after", "after", "after", "after"])
    monkeypatch.setattr(unchanged, "read", lambda: (next(states), "texts"))
    told = "Code or packages changed meanwhile: run again for a report of these.\n"
    for said, first in ((told, ["data"]), ("", ["data"]), ("  a warning\n", [])):
        done.clear()
        assert call("build").stderr == said
        assert done[:1] == first


def test_study_records_renews_the_readme_and_shows_the_table(
    project, upkeep, monkeypatch, tiny_data
):
    small = {**recipes.get("fast").as_dict(), "name": "small", "width": 4}
    monkeypatch.setitem(recipes.RECIPES, "small", recipes.Recipe(**small))
    grid = definitions.Definition("tiny", (recipes.get("small"),), seeds=2)
    monkeypatch.setitem(definitions.STUDIES, "tiny", grid)
    monkeypatch.setattr(datasets, "load", lambda: tiny_data)
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(project / "results"))
    readme = project / "README.md"
    readme.write_text("<!-- study:tiny -->\nold\n<!-- /study -->\n", encoding="utf-8")
    answer = call("study", "tiny", "--jobs", "1")
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert lines[0] == "Study tiny …"
    assert re.fullmatch(
        r"  2 runs, of which 0 are finished; the others take about \d+\.\d s with --jobs 1",
        lines[1],
    )
    record = Path("report", "studies", "tiny.json")
    assert f"2 runs, recorded in {record}, README.md" in lines[2]
    assert lines[-1].startswith("small ")
    assert "| `small` |" in readme.read_text(encoding="utf-8")


def test_doctor_exits_with_1_when_something_is_wrong(monkeypatch):
    from mnist_report.cli import doctor

    checks = [
        ("Data", doctor.Check(True, "there")),
        ("pandoc", doctor.Check(False, "gone", "do it")),
    ]
    monkeypatch.setattr(doctor, "examine", lambda: iter(checks))
    answer = call("doctor")
    assert answer.exit_code == 1
    assert "✓ Data:" in answer.output
    assert "✗ pandoc:" in answer.output
    assert "do it" in answer.output
    monkeypatch.setattr(doctor, "examine", lambda: iter(checks[:1]))
    assert call("doctor").exit_code == 0


def test_marks_are_plain_where_the_console_has_no_others(monkeypatch):
    class Console:
        encoding = "gbk"

    monkeypatch.setattr(console.sys, "stdout", Console())
    assert (console.mark(True), console.mark(False)) == ("ok", "!!")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (59.4, "59.4 s"), (60, "1 min 00 s"), (754, "12 min 34 s")],
)
def test_durations(seconds, said):
    assert console.duration(seconds) == said
