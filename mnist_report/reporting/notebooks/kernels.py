"""The kernels of notebooks that run together: forked from one process which has done the imports.

They are as fresh as one that is started by itself, but without the import of PyTorch and all the
rest, which takes longer than many a notebook. Only on Linux: elsewhere forking does not go together
with what the libraries do. None is imported here, so that the process can start at once.
"""

import gc
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver, resource_tracker
from types import SimpleNamespace
from typing import Any
from unittest import mock

from jupyter_client import KernelManager
from jupyter_client.provisioning import LocalProvisioner

from mnist_report.common import settings
from mnist_report.common.processes import end_with

FORKS = sys.platform == "linux"
AT_ONCE = 2  # notebooks; more want more than 2 GB of memory
# Threads of each: kernels that all take every core wait for one another, and are slower than one.
SHARE = max(1, (os.cpu_count() or 1) // AT_ONCE)
# What the notebooks of the analysis and the report import. Matplotlib's backend for notebooks is
# left out: it sets up the kernel that imports it.
IMPORTS = ["ipykernel.kernelapp", "ipykernel.debugger", "matplotlib.pyplot", "pandas", "seaborn"]
IMPORTS += ["sklearn.manifold", "sklearn.neighbors", "cv2", "skimage.filters", "skimage.morphology"]
IMPORTS += [f"mnist_report.{room}" for room in ("datasets", "training", "evaluation", "figures")]
IMPORTS += [f"mnist_report.reporting.{part}" for part in ("tables", "values")]
# PyTorch's compiler, which optimisers and the count of operations import, but do not use.
IMPORTS += ["torch._dynamo", "torch.utils.flop_counter", __name__]


def environment(recipe: str, threads: int | None) -> dict[str, str]:
    """Return a kernel's environment; the threads are as the user's own has it, or so many."""
    return {
        **({} if threads is None else {"OMP_NUM_THREADS": str(threads)}),
        **os.environ,
        "MNIST_REPORT_RECIPE": recipe,
        # Absolute, since the kernel's working directory is the notebook's folder.
        "MNIST_REPORT_DATA": str(settings.data_dir()),
        "MNIST_REPORT_RESULTS": str(settings.results_root()),
        "MNIST_REPORT_DATASET": settings.dataset(),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TQDM_DISABLE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger has nothing to say where none debugs
    }


def preload(threads: int = SHARE) -> None:
    """Have a server do the imports of notebooks, from now on, beside whatever else is done."""
    if not FORKS:
        return
    multiprocessing.get_context("forkserver").set_forkserver_preload(IMPORTS)
    # Ctrl-C is for the program, which then ends its kernels: the server would tell where it was.
    resource_tracker.ensure_running()  # which the server needs, and which lets the signal through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with mock.patch.dict(os.environ, environment("", threads)):
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def fork(manager: KernelManager) -> None:
    """Let a kernel be forked from that server."""
    manager.provisioner = Forked(kernel_spec=manager.kernel_spec, parent=manager)


class Forked(LocalProvisioner):
    """A kernel's process, forked rather than started; only on Linux."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork the kernel; return how it is connected to."""
        words = cmd[cmd.index("ipykernel_launcher") + 1 :]
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=_serve, args=(words, kwargs["cwd"], kwargs["env"]))
        process.start()
        self.pid = pid = process.pid
        self.process = SimpleNamespace(  # with what `subprocess.Popen` has
            **dict.fromkeys(("stdin", "stdout", "stderr")),
            pid=pid,
            kill=process.kill,
            terminate=process.terminate,
            poll=lambda: process.exitcode,
            wait=lambda: process.join() or process.exitcode,
            send_signal=lambda number: process.exitcode is None and os.kill(pid, number),
        )
        return self.connection_info


def _serve(words: list[str], folder: str, environment: dict[str, str]) -> None:
    import numpy as np
    import pandas as pd
    from ipykernel.kernelapp import IPKernelApp

    gc.freeze()  # what was imported: a collection would copy all of it, half a second each time
    os.setsid()  # Ctrl-C in the terminal is for the program, which then ends its kernels
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # from it, a kernel heeds it
    end_with()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    np.random.seed()
    pd.options.display.max_columns = 20  # as where a notebook imports it, not a terminal
    IPKernelApp.launch_instance([*words, f"--IPKernelApp.parent_handle={os.getppid()}"])
