"""Kernels for several notebooks: forked from one process that has done their imports.

A kernel is as fresh as one that is started by itself, but need not import PyTorch and all the rest,
which takes longer than many a notebook. Only on Linux: elsewhere forking does not go together with
what the libraries do.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any
from unittest import mock

from jupyter_client.provisioning import LocalProvisioner

from mnist_report.common.processes import end_with

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

# What the notebooks of the analysis and the report import. Matplotlib's backend for notebooks is
# left out: it sets up the kernel that imports it.
IMPORTS = ["ipykernel.kernelapp", "matplotlib.pyplot", "pandas", "torchvision", "seaborn"]
IMPORTS += ["sklearn.manifold", "sklearn.neighbors", "cv2", "skimage.filters", "skimage.morphology"]
IMPORTS += [f"mnist_report.{room}" for room in ("datasets", "training", "evaluation", "figures")]
IMPORTS += [f"mnist_report.reporting.{part}" for part in ("tables", "values")]
LAUNCHER = "ipykernel_launcher"


def prepare(environment: dict[str, str]) -> None:
    """Let the imports begin, in an environment that says how many threads the libraries take."""
    if sys.platform == "linux":
        multiprocessing.get_context("forkserver").set_forkserver_preload(IMPORTS)
        with mock.patch.dict(os.environ, environment):
            forkserver.ensure_running()


class Forked(LocalProvisioner):
    """A kernel's process, forked rather than started; used after `prepare` and only on Linux."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork the kernel; return how it is connected to."""
        words = cmd[cmd.index(LAUNCHER) + 1 :]
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=_serve, args=(words, kwargs["cwd"], kwargs["env"]))
        process.start()
        self.process, self.pid = _Popen(process), process.pid
        return self.connection_info


class _Popen:
    """A forked process with the methods of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self._process, self.pid = process, process.pid
        self.kill, self.terminate = process.kill, process.terminate

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signal: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal)


def _serve(words: list[str], folder: str, environment: dict[str, str]) -> None:
    import numpy as np
    import pandas as pd
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # Ctrl-C in the terminal is for the program, which then ends its kernels
    end_with()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    np.random.seed()
    pd.options.display.max_columns = 20  # as where a notebook imports it, not a terminal
    IPKernelApp.launch_instance([*words, f"--IPKernelApp.parent_handle={os.getppid()}"])
