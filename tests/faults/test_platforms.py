"""Odd homes, paths, languages, terminals and clocks: the commands work, or say in one line what hinders."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import pytest
import tiny
from dataset_samples import SMALL
from export_samples import code, markdown, notebook, png, write
from tally import Tally, budget

from mnist_report import evaluation, training
from mnist_report.common import settings
from notebook_report import FORMATS, export_notebook
from notebook_report.html import ReportHtmlExporter

# In ASCII throughout, as it is a word of a command that is given where nothing else is known.
EXPORT = """
import sys, nbformat
from pathlib import Path
from nbformat.v4 import new_notebook, new_markdown_cell
from notebook_report import export_notebook
text = new_markdown_cell("# \\u62a5\\u544a \\xe9\\n\\ntext")
for folder in map(Path, sys.argv[1:]):
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[text]), folder / "n.ipynb")
    for to in ("docx", "html", "pdf"):
        export_notebook(folder / "n.ipynb", to, folder / f"out.{to}")
        assert (folder / f"out.{to}").stat().st_size > 1000
"""
FETCH = """
import ast, hashlib, os, sys
import numpy as np
from pathlib import Path
from mnist_report.common import settings
from mnist_report.common.errors import DataError
from mnist_report.datasets import mnist
files = ast.literal_eval(Path(sys.argv[1]).read_text(encoding="utf-8"))
mnist.FILES = {name: hashlib.md5(data).hexdigest() for name, data in files.items()}
mnist.sources = lambda: {"s": lambda names: {n: np.frombuffer(files[n], np.uint8) for n in names}}
for place in sys.argv[2:]:
    os.environ["MNIST_REPORT_DATA"] = place
    assert mnist.load_mnist().test_images.shape == (3, 28, 28)
    try:
        (settings.data_dir() / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").write_bytes(b"")
        mnist.load_mnist()
    except DataError as error:
        print(error)
    else:
        sys.exit("not noticed")
"""
PLACES = {
    "spaces": "a folder with  spaces",
    "Chinese": "数据 文件夹",
    "signs": "it's #1 & 100% [new] (x)",
}  # fmt: skip
SURROUNDINGS = {
    "no HOME": {"HOME": None},
    "HOME that is not there": {"HOME": "/nowhere/at/all"},
    "ASCII": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "GBK": {"LC_ALL": "zh_CN.GBK", "PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"},
    "no terminal": {"TERM": None, "COLUMNS": "1"},
    "warnings as errors": {"PYTHONWARNINGS": "error"},
    "optimised": {"PYTHONOPTIMIZE": "0", "PYTHONDONTWRITEBYTECODE": "1"},
    "many threads": {"OMP_NUM_THREADS": "8"},
}
# The last two import PyTorch.
COMMANDS = [["--help"], ["--version"], ["new", "."], ["train", "nothing"]]
COMMANDS += [["predict", "数字 没有.png"]]


def run(words: list[str], surroundings: dict[str, str | None]) -> subprocess.CompletedProcess:
    environment = {
        key: value for key, value in os.environ.items() if surroundings.get(key, "") is not None
    }
    environment |= {key: value for key, value in surroundings.items() if value is not None}
    return subprocess.run(
        [sys.executable, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        check=False, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize("name", list(SURROUNDINGS)[:: budget(3, 1)])
def test_commands_in_any_surroundings(tally: Tally, tmp_path, name):
    surroundings = SURROUNDINGS[name] | {"MNIST_REPORT_RESULTS": str(tmp_path)}
    for words in COMMANDS[: budget(4 if name == "no HOME" else 3, 5)]:
        with tally.fault(f"surroundings: {name}") as fault:
            done = run(["-m", "mnist_report", *words], surroundings)
            said = done.stderr.decode("utf-8", "replace")
            assert "Traceback" not in said
            assert done.returncode == (0 if words[0].startswith("--") else done.returncode), said
            if done.returncode:
                assert done.returncode in (1, 2), said
                fault.refusal = said


@pytest.mark.parametrize("closed", ["2", "0 1 2", "1", "0", "1 2"])
def test_commands_whose_streams_are_closed(tally: Tally, tmp_path, closed):
    """A file that is opened would get the number of a stream, and what is said go into it."""
    words = [["new", "."], ["train", "nothing"], ["predict", "nothing.png"], ["--version"]]
    words += [["doctor"]]
    for some in words[: budget(2 if closed == "2" else 1, 5)]:
        with tally.fault("streams closed") as fault:
            program = "import os, sys; [os.close(int(n)) for n in sys.argv.pop(1).split()];"
            program += (
                "os.execv(sys.executable, [sys.executable, '-m', 'mnist_report', *sys.argv[1:]])"
            )
            done = run(["-c", program, closed, *some], {"MNIST_REPORT_RESULTS": str(tmp_path)})
            said = done.stdout.decode() + done.stderr.decode()
            assert not re.search(r"Traceback|\wError", said)
            assert done.returncode == {"new": 1, "train": 2, "predict": 1}.get(
                some[0], done.returncode
            )
            fault.refusal = said if done.returncode else ""


HARM = "\x1b]0;owned\a\u202e\x9b2J\x7f"  # a terminal would obey it


def test_no_name_or_text_of_others_reaches_the_terminal_as_it_is(
    tally, tmp_path, monkeypatch, caplog
):
    from typer.testing import CliRunner

    from mnist_report.cli import commands, console
    from mnist_report.handwriting.recognition import Recogniser

    monkeypatch.setattr(Recogniser, "load", lambda *_: None)
    words = {
        "photo that is not there": ["predict", str(tmp_path / f"no {HARM}.png")],
        "data set that is not there": ["data", "--dataset", str(tmp_path / HARM)],
        "recipe that is not there": ["train", HARM],
        "hand-in that is not there": ["check", str(tmp_path / HARM)],
        "folder that is taken": ["new", str(tmp_path)],
    }
    for kind, some in words.items():
        with tally.fault("text that a terminal would obey") as fault:
            fault.refusal = CliRunner().invoke(commands.app, some).output
            assert fault.refusal, kind
            assert fault.refusal.replace("\n", "").isprintable(), (kind, fault.refusal)
    assert console.shown(Path(HARM)) == "]0;owned2J"
    ReportHtmlExporter().report([f"cell 1 ({HARM}): no image"])  # warnings quote the notebook
    assert caplog.messages == ["cell 1 (]0;owned2J): no image"]


@pytest.mark.parametrize("surroundings", [None, "ASCII"][: budget(1, 2)])
def test_data_in_any_place(tally, tmp_path, surroundings):
    """One process for all places."""
    (small := tmp_path / "small").write_text(repr(SMALL), encoding="utf-8")
    places = [str(tmp_path / place) for place in PLACES.values()]
    done = run(
        ["-W", "error", "-c", FETCH, str(small), *places], SURROUNDINGS.get(surroundings, {})
    )
    for number, name in enumerate(PLACES):
        with tally.fault(f"path with {name}"):
            said = done.stdout.splitlines()[number : number + 1]
            assert said and b"is not MNIST's" in said[0], done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0


@pytest.mark.parametrize("surroundings", ["ASCII", "no HOME"])
def test_exports_in_any_place(tally, tmp_path, surroundings):
    """One process for all places."""
    places = {name: tmp_path / place for name, place in PLACES.items()}
    done = run(["-c", EXPORT, *map(str, places.values())], SURROUNDINGS[surroundings])
    for name, place in places.items():
        with tally.fault(f"export into a path with {name}"):
            said = done.stderr.decode("utf-8", "replace")
            assert all((place / f"out.{to}").is_file() for to in FORMATS), said
    assert done.returncode == 0


def test_a_home_that_may_only_be_read(tally, tmp_path):
    home: Path = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    with tally.fault("read-only home"):
        done = run(["-m", "mnist_report", "--version"], {"HOME": str(home)})
        assert done.returncode == 0
        assert done.stdout.decode().strip().startswith("mnist-report")
    home.chmod(0o755)
    assert list(home.iterdir()) == []
    assert settings.project_root().is_dir()


@pytest.fixture(scope="module", params=FORMATS)
def now(request, tmp_path_factory) -> Path:
    """A document of today's, beside its notebook and a picture."""
    folder = tmp_path_factory.mktemp("now")
    path = write(folder / "n.ipynb", notebook(markdown("# T\n\ntext ![p](p.png)")))
    (folder / "p.png").write_bytes(b64decode(png()))
    export_notebook(path, request.param, made := folder / f"now.{request.param}")
    return made


@pytest.mark.parametrize("moment", [0.0, -1.0, 5e9, 2e10])
def test_exports_with_a_clock_that_is_wrong(tally: Tally, tmp_path, monkeypatch, now, moment):
    """Of a board without a battery, in 1970; archives know the years from 1980 to 2107."""
    path, to = now.with_name("n.ipynb"), now.suffix[1:]
    os.utime(now.with_name("p.png"), (max(moment, 0), max(moment, 0)))
    monkeypatch.setattr(time, "time", lambda: moment)
    with tally.fault("clock that is wrong") as fault:
        fault.attempt(export_notebook, path, to, tmp_path / f"then.{to}")
        if to == "docx":
            assert "this machine's clock is in" in fault.refusal
        else:
            assert now.read_bytes() == (tmp_path / f"then.{to}").read_bytes()


@pytest.mark.parametrize("step", [-1e9, 1e9])
def test_training_while_the_clock_jumps(tally: Tally, results_folder, monkeypatch, step):
    clock = iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: 1e9 + step * next(clock))
    data = tiny.mnist()
    with tally.fault("clock that jumps"):
        run = training.train(tiny.recipe(), data=data)
        assert 0 <= run.summary.training_seconds < 60
        evaluation.evaluate(run, data)
        assert training.train(tiny.recipe(), data=data).summary == run.summary


LONG_ONLY = pytest.mark.skipif(not budget(0, 1), reason="takes minutes: make test-faults")


@LONG_ONLY
@pytest.mark.parametrize("count", [2, 3])
def test_builds_at_once_make_the_same_report(tally: Tally, tmp_path, count):
    report, results = tmp_path / "report", tmp_path / "results"
    report.mkdir()
    shutil.copytree(settings.results_root() / "fast-s0", results / "fast-s0")
    (report / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    for language in settings.LANGUAGES:
        cells = notebook(markdown("# T\n\ntext"), code("import time; time.sleep(2); print(7)"))
        write(report / f"report.{language}.ipynb", cells)
    surroundings = os.environ | {
        "MNIST_REPORT_RESULTS": str(results),
        "MNIST_REPORT_RECIPE": "fast",
    }
    build = [sys.executable, "-m", "mnist_report", "build"]

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            build, cwd=tmp_path, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    with tally.fault("builds at once"):
        for done in [start() for _ in range(count)]:
            said = done.communicate(timeout=600)[0].decode()
            assert done.returncode == 0, said
        files = {
            path.name: path.read_bytes() for path in (report / "build").rglob("mnist-report.*")
        }
        assert len(files) == len(FORMATS) * len(settings.LANGUAGES)
        shutil.rmtree(report / "build")
        alone = start()
        alone.communicate(timeout=600)
        assert alone.returncode == 0
        assert {p.name: p.read_bytes() for p in (report / "build").rglob("mnist-report.*")} == files
