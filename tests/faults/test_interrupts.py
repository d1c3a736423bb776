"""Ctrl-C: every command ends within seconds, in one line, and takes its processes with it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
import victims
from nbformat.v4 import new_code_cell, new_notebook
from tally import budget

pytestmark = pytest.mark.skipif(os.name == "nt", reason="another kind of signals")
PROMISED = 3  # seconds, on an idle machine
PATIENCE = 3 * PROMISED  # on one that does much else
INTERRUPTED = 130
SAID = "mnist-report: Stopped. What was finished is kept; run again to go on.\n"
MARK = "MNIST_REPORT_TEST_MARK"  # in the environment of a command and all that it starts
SLOW = 'based_on = "fast"\nnetwork = "original"\nepochs = 999\n'
# A command whose notebooks, training or photos last for ever, by its words.
PROGRAM = """
import sys, time
from pathlib import Path
from mnist_report import cli

here, sys.argv = Path(sys.argv[1]), ["mnist-report", *sys.argv[2:]]
if sys.argv[1] == "export":
    from mnist_report.reporting.notebooks import files
    files.report_notebook = lambda language: here / f"{language}.ipynb"
    files.executed_copy = lambda notebook: here / "copies" / notebook.name
if sys.argv[1] == "check":
    import mnist_report.checking.project
cli.main()
"""


def start(folder: Path, *words: str) -> Any:
    """A command in a process group of its own, as a shell starts it, but that it imports nothing."""
    if not victims.FORKS:
        return start_cold(folder, *words)
    return victims.command(PROGRAM, folder, *words, environment=surroundings(folder))


def start_cold(folder: Path, *words: str) -> subprocess.Popen:
    """The same from a Python that has to start and import first."""
    with (folder / "out.txt").open("wb") as out, (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), *words],
            stdout=out,
            stderr=said,
            env=surroundings(folder),
            start_new_session=True,
        )


def surroundings(folder: Path) -> dict[str, str]:
    ours = {MARK: str(folder), "MNIST_REPORT_RESULTS": str(folder / "results")}
    return os.environ | ours | {"TQDM_DISABLE": "1", "TMPDIR": str(folder)}


def of(folder: Path) -> list[psutil.Process]:
    """All processes that a command has started, and theirs."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and str(folder) in (
                process.environ().get(MARK),
                process.cwd(),
            ):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def interrupted(command: Any, folder: Path, may_end: bool = False) -> None:
    """Press Ctrl-C, and hold the command to its promise; it may just have ended by itself."""
    os.killpg(command.pid, signal.SIGINT)
    try:
        code = command.wait(PATIENCE)
    finally:
        command.kill()
    assert left_by(folder) == []
    said = (folder / "said.txt").read_text(encoding="utf-8")
    # Python gives the signal back to the system before its last breath.
    ended = may_end and code in (0, 1, -signal.SIGINT) and "S" not in said
    assert ended or (code, said) == (INTERRUPTED, SAID)


def left_by(folder: Path, patience: float = PATIENCE) -> list[list[str]]:
    """The commands of a program's processes that have not ended in time; they are ended now."""
    until = time.monotonic() + patience
    while (left := of(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    commands = [process.cmdline() for process in left]
    for process in left:
        process.kill()
    return commands


def wait_for(path: Path, text: str = "") -> None:
    until = time.monotonic() + 120
    while not path.exists() or text not in path.read_text(encoding="utf-8"):
        assert time.monotonic() < until
        time.sleep(0.05)


def endless_notebooks(folder: Path) -> None:
    for language in ("en", "zh-CN"):
        source = "from pathlib import Path\nimport time\nPath('LANGUAGE').touch()\ntime.sleep(999)"
        code = new_code_cell(source.replace("LANGUAGE", language))
        nbformat.write(new_notebook(cells=[code]), folder / f"{language}.ipynb")


def test_ctrl_c_ends_notebooks_that_run_side_by_side(tmp_path, tally):
    """Each notebook has a kernel, a process that a terminal's Ctrl-C does not reach."""
    endless_notebooks(tmp_path)
    with tally.fault("Ctrl-C in notebooks"):
        command = start(tmp_path, "export")
        for language in ("en", "zh-CN"):
            wait_for(tmp_path / language)
        assert len(of(tmp_path)) >= 3
        interrupted(command, tmp_path)


def test_ctrl_c_ends_training_and_keeps_what_was_finished(tmp_path, tally):
    (tmp_path / "slow.toml").write_text(SLOW + "images = 500", encoding="utf-8")
    with tally.fault("Ctrl-C in training"):
        command = start(tmp_path, "train", str(tmp_path / "slow.toml"))
        place = tmp_path / "results" / "slow-s0"
        wait_for(tmp_path / "out.txt", "Training")
        while not list(place.glob("[!.]*")):
            time.sleep(0.05)
        interrupted(command, tmp_path)
        assert list(place.glob("[!.]*"))


COMMANDS = {
    "doctor": ["doctor"],
    "data": ["data"],
    "train": ["train", "slow.toml"],
    "study": ["study", "recipes", "--jobs", "2"],
    "check": ["check", "hand-in"],
    "predict": ["predict", "digit.png"],
}


@pytest.mark.parametrize("name", COMMANDS if budget(0, 1) else ["doctor", "check"])
def test_ctrl_c_ends_a_command_at_any_moment(tmp_path, tally, name):
    """Imports included: C++ code that is being loaded takes no exception."""
    rng = random.Random(name)
    for number in range(budget(1, 12)):
        folder = tmp_path / str(number)
        (folder / "hand-in" / "results").mkdir(parents=True)
        (folder / "slow.toml").write_text(SLOW, encoding="utf-8")
        words = [str(folder / word) if "." in word or "-in" in word else word
                 for word in COMMANDS[name]]  # fmt: skip
        with tally.fault("Ctrl-C at any moment"):
            command = start_cold(folder, *words)
            while not handles(command.pid):
                time.sleep(0.01)
            time.sleep(rng.random() * 3)
            if command.poll() is None:
                interrupted(command, folder, may_end=name not in ("train", "study"))


def handles(pid: int) -> bool:
    """Tell if a process has come so far that it heeds Ctrl-C itself, or has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return True
    caught = text.partition("SigCgt:")[2].split()
    return not caught or len(psutil.Process(pid).threads()) > 1


KILLED = {
    "notebooks side by side": ["export"],
    "one notebook": ["export", "--lang", "en"],
    "study": ["study", "recipes", "--jobs", "2"],
    "check": ["check", "hand-in"],
}


@pytest.mark.parametrize("kind", KILLED)
def test_what_a_killed_command_has_started_ends(tmp_path, tally, kind):
    """Kernels, workers, and who looks at a hand-in; the command itself can end nothing any more."""
    endless_notebooks(tmp_path)
    (tmp_path / "hand-in" / "results").mkdir(parents=True)
    words = [str(tmp_path / word) if "-in" in word else word for word in KILLED[kind]]
    with tally.fault("command killed, with processes of its own"):
        command = start(tmp_path, *words)
        if "notebook" in kind:
            wait_for(tmp_path / "en")
        while kind == "study" and not list(tmp_path.glob("results/.*.lock")):
            time.sleep(0.1)
        while len(of(tmp_path)) < 2:
            time.sleep(0.1)
        assert command.poll() is None
        command.kill()
        command.wait()
        assert left_by(tmp_path, 60) == []  # a process with all libraries takes its time to end
