"""Memory and processor time: what works on other people's files is bounded by the system."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from itertools import count

import numpy as np
import psutil
import pytest
import test_interrupts as interrupts
from export_samples import code, display, markdown, notebook, write
from PIL import Image
from tally import budget

from mnist_report.cli import interrupts as interrupts_of_ours
from mnist_report.cli import pipeline
from mnist_report.cli.console import Format, Language
from mnist_report.cli.predict import Photo
from mnist_report.reporting.notebooks import files
from notebook_report import export_notebook, limits
from notebook_report.typesetter import Fonts, Typesetter

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
MEGABYTE = 2**20
SHOWN = "import resource as r; print(*r.getrlimit(r.RLIMIT_DATA), *r.getrlimit(r.RLIMIT_CPU))"


def test_what_is_confined_has_both_limits():
    command = limits.confined(sys.executable, "-c", SHOWN)
    shown = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert shown.stdout.split() == ["3221225472", "3221225472", "120", "125"]


def test_what_is_confined_ends_with_who_started_it():
    """However that ended: a program that was killed cannot end others."""
    command = limits.confined(
        sys.executable, "-c", "print(flush=True); import time; time.sleep(99)"
    )
    start = f"import subprocess as s; p = s.Popen({command!r}); print(p.pid, flush=True); p.wait()"
    parent = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.stdout.readline()
    parent.kill()
    parent.communicate()
    psutil.wait_procs([child], timeout=interrupts.PATIENCE)
    assert not child.is_running()


@pytest.mark.parametrize("to", ["docx", "pdf", "html"])
def test_an_export_beyond_its_limits_is_one_line(tmp_path, tally, monkeypatch, to):
    path, out = write(tmp_path / "n.ipynb", notebook(markdown("text"))), tmp_path / f"o.{to}"
    monkeypatch.setattr(limits, "MEMORY", 40 * MEGABYTE)
    with tally.fault("export beyond its limits") as fault:
        assert fault.attempt(export_notebook, path, to, out) is None
        assert "stopped: " in fault.refusal
        assert not out.exists()


# What would take the exporter's own Python for ever, or more memory than there is (blocks of over
# 32 MB are never taken from what the process has freed before).
GREEDY = {
    "time": code("x", display(text_html="<script " * 300_000)),
    "memory": markdown("x" * 40_000_000),
}


@pytest.mark.parametrize("kind", GREEDY)
def test_the_exporter_itself_has_limits(tmp_path, tally, monkeypatch, kind):
    path, out = write(tmp_path / "n.ipynb", notebook(GREEDY[kind])), tmp_path / "o.html"
    # Less than the text alone: an earlier test's free memory is no help.
    monkeypatch.setattr(limits, "MEMORY", {"time": 90, "memory": 30}[kind] * MEGABYTE)
    monkeypatch.setattr(limits, "SECONDS", 1)
    limited = (resource.RLIMIT_DATA, resource.RLIMIT_CPU)
    before = list(map(resource.getrlimit, limited))
    with tally.fault("export beyond its limits") as fault:
        assert fault.attempt(export_notebook, path, "html", out) is None
        assert re.search("cannot be (read|exported): it takes more than", fault.refusal)
        assert not out.exists()
    assert list(map(resource.getrlimit, limited)) == before


@pytest.mark.parametrize("depth", [440, 470, 900, 100_000])
def test_a_notebook_nested_too_deep_is_refused(tmp_path, tally, depth):
    whole = write(tmp_path / "n.ipynb", notebook(code("x", display(json={"a": "DEEP"}))))
    text = whole.read_text(encoding="utf-8").replace('"DEEP"', "[" * depth + "]" * depth)
    whole.write_text(text, encoding="utf-8")
    with tally.fault("notebook that is nested deep") as fault:
        fault.attempt(export_notebook, whole, "html", tmp_path / "o.html")
        assert (tmp_path / "o.html").exists() != bool(fault.refusal)


def test_exports_in_threads_end_with_the_command(tmp_path, tally, monkeypatch, capsys):
    """An exception reaches the main thread alone, which would wait for the others."""
    ended: list[int] = []

    def without_end(*_: object) -> bool:
        return all(not ended for _ in count())

    monkeypatch.setattr(limits, "SECONDS", 1)
    monkeypatch.setattr(pipeline, "cover_pages", lambda _: {"en": None})
    monkeypatch.setattr(pipeline, "execute", lambda *_: [tmp_path / "n.ipynb"])
    monkeypatch.setattr(files, "_export", without_end)
    monkeypatch.setattr(interrupts_of_ours, "end", lambda code: ended.append(code) or 1 / 0)
    with tally.fault("export beyond its limits") as fault:
        with pytest.raises(ZeroDivisionError):
            pipeline.documents(Language.en, Format.html)
        fault.refusal = capsys.readouterr().err
        assert fault.refusal.startswith("mnist-report: stopped: it takes more than")
    assert ended == [1]


ENDLESS = {
    "memory": "#let a = range(40000000)",
    "time": "#for a in range(99999) { for b in range(99999) {} }",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_the_typesetter_has_limits(tmp_path, tally, monkeypatch, kind):
    monkeypatch.setattr(limits, "MEMORY", 600 * MEGABYTE)
    monkeypatch.setattr(limits, "SECONDS", 2)
    (tmp_path / "a.typ").write_text(ENDLESS[kind], encoding="utf-8")
    with tally.fault("document without end for the typesetter") as fault:
        with Typesetter() as typesetter:
            fault.attempt(typesetter.open, tmp_path / "a.typ", Fonts())
        assert "stopped: it takes more than 0.59 GiB of memory or 2 s" in fault.refusal
    assert typesetter.process.returncode < 0


class Greedy:
    """A network that takes far more than it should, of one thing."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def recognise(self, grey: np.ndarray) -> None:
        while self.kind == "time":
            grey = grey + 1
        np.ones(2**30)


@pytest.mark.parametrize("kind", ["memory", "time"])
def test_a_photo_beyond_its_limits_is_one_line(tmp_path, tally, monkeypatch, kind):
    Image.new("L", (99, 99)).save(tmp_path / "7.png")
    monkeypatch.setattr(limits, "MEMORY", 99 * MEGABYTE)
    monkeypatch.setattr(limits, "SECONDS", 1)
    before = [resource.getrlimit(which) for which in (resource.RLIMIT_DATA, resource.RLIMIT_CPU)]
    with tally.fault("photo beyond its limits") as fault:
        photo = Photo(tmp_path / "7.png", Greedy(kind))
        fault.refusal = str(photo.error)
        assert "7.png cannot be read: it takes more than" in fault.refusal
    after = [resource.getrlimit(which) for which in (resource.RLIMIT_DATA, resource.RLIMIT_CPU)]
    assert before == after
    assert signal.getsignal(signal.SIGXCPU) == signal.SIG_DFL


def test_a_picture_that_needs_more_memory_is_refused(tmp_path, tally, monkeypatch):
    Image.new("RGB", (8_000, 8_000)).save(tmp_path / "7.png")
    monkeypatch.setattr(limits, "MEMORY", 99 * MEGABYTE)
    with tally.fault("photo beyond its limits") as fault:
        fault.refusal = str(Photo(tmp_path / "7.png", Greedy("memory")).error)
        assert "7.png cannot be read: it takes too much memory" in fault.refusal


def test_a_hand_in_is_looked_at_within_limits(tmp_path, tally):
    (tmp_path / "hand-in" / "results").mkdir(parents=True)
    with tally.fault("hand-in, looked at within limits"):
        command, seen = interrupts.start(tmp_path, "check", str(tmp_path / "hand-in")), set()
        most = limits.MEMORY, limits.SECONDS
        wanted = ((most[0], most[0]), (most[1], most[1] + limits.AFTER))
        while command.poll() is None and wanted not in seen:
            with suppress(psutil.Error):
                for process in psutil.Process(command.pid).children(recursive=True):
                    seen.add(
                        (process.rlimit(psutil.RLIMIT_DATA), process.rlimit(psutil.RLIMIT_CPU))
                    )
            time.sleep(0.05)
        assert wanted in seen
        command.kill()
        command.wait()
        assert interrupts.left_by(tmp_path) == []


def test_nbconvert_says_in_one_line_that_the_disk_is_full(tmp_path, tmp_path_factory, tally):
    home = tmp_path_factory.mktemp("jupyter")  # at its first start Jupyter itself writes there
    (home / "migrated").touch()
    surroundings = {"PYTHONDONTWRITEBYTECODE": "1", "JUPYTER_CONFIG_DIR": str(home)}
    write(tmp_path / "n.ipynb", notebook(markdown("# T\n\ntext"), code("x")))
    program = (
        "import resource as r, signal, sys; from nbconvert.nbconvertapp import main;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "r.setrlimit(r.RLIMIT_FSIZE, (int(sys.argv.pop(1)), r.RLIM_INFINITY)); main()"
    )
    for to in ("pdf", "docx", "html")[: budget(1, 3)]:
        for space in ("0", "900", "5000")[: budget(1, 3)]:
            with tally.fault("disk full under nbconvert") as fault:
                done = subprocess.run(
                    [sys.executable, "-c", program, space, "--to", f"report-{to}", "n.ipynb"],
                    cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
                    env=os.environ | surroundings,
                )  # fmt: skip
                assert done.returncode == 1
                assert "Traceback" not in done.stderr
                fault.refusal = done.stderr.splitlines()[-1]
                assert "n.ipynb" in fault.refusal
                assert [one.name for one in tmp_path.iterdir()] == ["n.ipynb"]


def test_nbconvert_tries_the_folder_that_it_writes_to(tmp_path, tally):
    """Another disk than the notebook's may be full."""
    (tmp_path / "full").mkdir()
    write(tmp_path / "n.ipynb", notebook(markdown("# T\n\ntext")))
    program = """
import tempfile, errno
from nbconvert.nbconvertapp import main
real = tempfile.TemporaryFile
def tried(*values, dir=None, **named):
    if dir and str(dir).endswith("full"):
        raise OSError(errno.ENOSPC, "No space left on device")
    return real(*values, dir=dir, **named)
tempfile.TemporaryFile = tried
main()
"""
    for where in (["--output-dir", "full"], ["--output", "full/other"]):
        with tally.fault("another disk full under nbconvert") as fault:
            done = subprocess.run(
                [sys.executable, "-c", program, "--to", "report-html", *where, "n.ipynb"],
                cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
            )  # fmt: skip
            assert done.returncode == 1
            assert "Traceback" not in done.stderr
            fault.refusal = done.stderr.splitlines()[-1]
            assert "No space left on device" in fault.refusal
            assert not list((tmp_path / "full").iterdir())


def test_pandoc_has_a_limit_of_time(tmp_path, tally, monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 1)
    monkeypatch.setattr(limits, "bounded", nullcontext)  # our own Python may be as slow
    path = write(tmp_path / "n.ipynb", notebook(markdown("*a* [b](c) " * 150_000)))
    with tally.fault("export beyond its limits") as fault:
        assert fault.attempt(export_notebook, path, "html", tmp_path / "o.html") is None
        assert "pandoc stopped: it takes more than" in fault.refusal
