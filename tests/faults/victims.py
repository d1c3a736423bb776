"""Processes to be killed, robbed of disk space, or set against each other.

A server forks them from an interpreter that has imported everything, so that one costs little.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing import forkserver
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny

import mnist_report
import notebook_report
from mnist_report import training
from mnist_report.common.errors import ReportError
from mnist_report.datasets import mnist
from notebook_report import export_notebook
from notebook_report.errors import ExportError

# The face of the room hands on a function of the same name.
train_module = import_module("mnist_report.training.train")

HANGS = 240  # seconds, after which it surely does
REFUSED = 3  # the exit code of a victim that ended with an error of ours
FORKS = "forkserver" in multiprocessing.get_all_start_methods()

if FORKS:
    CONTEXT = multiprocessing.get_context("forkserver")
    CONTEXT.set_forkserver_preload(  # PyTorch imports its compiler at an optimiser's first step
        ["pytest", "victims", "sklearn.model_selection", "torch._dynamo"]
        + ["mnist_report.common.provenance", "mnist_report.cli.pipeline", "mnist_report.cli.check"]
        + ["mnist_report.checking.project", "mnist_report.studies.run"]
        + [f"notebook_report.{to}" for to in ("docx", "html", "pdf")]
    )


def start(folder: Path, job: Callable[..., Any], *arguments: Any, **harm: int) -> Any:
    """A process that does the job with all its files below `folder`.

    Args:
        folder: home, results and temporary files are in it; what it says is in `said.txt`.
        job: a function of this module.
        arguments: its arguments.
        harm: `line=n` kills it at the n-th line of the package that it runs, `space=n` lets no
            file grow beyond n bytes, as on a full disk.
    """
    _serve()
    process = CONTEXT.Process(target=_work, args=(folder, job, arguments, harm))
    process.start()
    return process


def command(program: str, folder: Path, *words: str, environment: dict[str, str]) -> Any:
    """A Python program as `subprocess.Popen` has it, in `folder` and in a session of its own."""
    _serve()
    process = CONTEXT.Process(target=_command, args=(program, folder, words, environment))
    process.start()

    def wait(seconds: float | None = None) -> int:
        process.join(seconds)
        if process.exitcode is None:
            raise subprocess.TimeoutExpired(words, seconds)
        return process.exitcode

    return SimpleNamespace(
        pid=process.pid, kill=process.kill, poll=lambda: process.exitcode, wait=wait
    )


def _command(program: str, folder: Path, words: list[str], environment: dict[str, str]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, name in ((1, "out.txt"), (2, "said.txt")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["-c", str(folder), *words]
    exec(program, {"__name__": "__main__"})  # noqa: S102 (a program of the tests)


def _serve() -> None:
    """Start the server, which looks for this module on its path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()


def end(process: Any, after: float | None = None) -> int:
    """Its exit code; killed after so many seconds, where it has not ended by then."""
    process.join(after or HANGS)
    hangs = after is None and process.is_alive()
    process.kill()
    process.join()
    assert not hangs
    return process.exitcode


def _work(folder: Path, job: Callable[..., Any], arguments: tuple, harm: dict[str, int]) -> None:
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    os.environ |= {"MNIST_REPORT_RESULTS": str(folder / "results"), "TMPDIR": str(temporary)}
    os.environ |= {"TQDM_DISABLE": "1"}
    with (
        (folder / "said.txt").open("w", encoding="utf-8") as said,
        contextlib.redirect_stderr(said),
    ):
        if "space" in harm:
            _limit(harm["space"])
        if "line" in harm:
            _die_at(harm["line"])
        try:
            job(folder, *arguments)
        except (ReportError, ExportError) as error:
            _free()
            said.write(str(error))
            sys.exit(REFUSED)
        finally:
            _free()
            sys.settrace(None)
            (folder / "lines.txt").write_text(str(_passed[0]), encoding="utf-8")


def _limit(space: int) -> None:
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # write() then fails, as it does on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (space, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def _free() -> None:
    import resource

    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


_passed = [0]


def _die_at(line: int) -> None:
    """Kill this process at the n-th line of ours that it comes to."""
    ours = tuple(f"{Path(one.__file__).parent}{os.sep}" for one in (mnist_report, notebook_report))

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(ours):
            return None
        if event == "line":
            _passed[0] += 1
            if _passed[0] == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def fetch(folder: Path, files: dict[str, bytes], seconds: float = 0) -> None:
    """Fetch a data set of these four files, noting each time that its slow source is asked."""
    mnist.FILES = {name: hashlib.md5(data).hexdigest() for name, data in files.items()}  # noqa: S324

    def source(names: list[str]) -> dict[str, np.ndarray]:
        (folder / f"{os.getpid()}.asked").touch()
        time.sleep(seconds)
        return {name: np.frombuffer(files[name], np.uint8) for name in names}

    mnist.sources = lambda: {"source": source}
    mnist.fetch(folder / "data")


def train(folder: Path, seconds: float = 0) -> None:
    """Train the tiny recipe slowly, noting each run that is trained and not read back."""
    fit = train_module.fit

    def noted(*arguments: Any) -> Any:
        time.sleep(seconds)
        (folder / f"{os.getpid()}.fitted").touch()
        return fit(*arguments)

    train_module.fit = noted
    training.train(tiny.recipe(), data=tiny.mnist())


def export(folder: Path, notebook: Path, to: str, out: Path) -> None:
    """Export a notebook."""
    export_notebook(notebook, to, out)
