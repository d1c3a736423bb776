"""The process from which kernels are forked."""

import subprocess
import sys

import pytest

from mnist_report.reporting.notebooks import kernels

INTERRUPTED = """
import os, signal, time
from multiprocessing.forkserver import _forkserver as server
from mnist_report.reporting.notebooks import kernels

signal.signal(signal.SIGINT, lambda *_: None)
kernels.IMPORTS[:] = ["mnist_report.figures"]
kernels.preload()
for _ in range(20):  # from its very first moment
    time.sleep(0.05)
    os.killpg(0, signal.SIGINT)
print(os.waitpid(server._forkserver_pid, os.WNOHANG)[0])
"""


@pytest.mark.skipif(not kernels.FORKS, reason="no kernels are forked here")
def test_ctrl_c_while_it_imports_is_left_to_the_program():
    answer = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False,
        start_new_session=True,
    )  # fmt: skip
    assert (answer.stdout, answer.stderr) == ("0\n", "")
