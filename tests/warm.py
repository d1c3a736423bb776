"""Programs and kernels that start at once: forked from a process that has imported the packages."""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mnist_report.reporting.notebooks import execute
from mnist_report.reporting.notebooks.kernels import FORKS, preload


def kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork the kernel of a single notebook, too."""
    if FORKS:
        preload()
        start = execute._run
        monkeypatch.setattr(execute, "_run", lambda *words: start(*words[:2], True))


def run(command: list[str], cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Do as `subprocess.run` of a Python module, whose output is captured as text."""
    if not FORKS:
        return subprocess.run(command, cwd=cwd, **options)  # noqa: PLW1510
    words = command[command.index("-m") + 1 :]
    preload()
    with TemporaryDirectory() as folder:
        said = [Path(folder, name) for name in ("out", "err")]
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=_run, args=(words, cwd, dict(os.environ), said))
        process.start()
        process.join()
        texts = (path.read_text(encoding="utf-8") for path in said)
        return subprocess.CompletedProcess(command, process.exitcode, *texts)


def _run(words: list[str], folder: Path, environment: dict[str, str], said: list[Path]) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = words
    with said[0].open("w", encoding="utf-8") as out, said[1].open("w", encoding="utf-8") as err:
        sys.stdout, sys.stderr = out, err
        try:
            runpy.run_module(words[0], run_name="__main__", alter_sys=True)
        except SystemExit as end:
            if isinstance(end.code, str):
                err.write(f"{end.code}\n")
            raise SystemExit(end.code if isinstance(end.code, int | None) else 1) from None
