"""Notebooks run from the command line, and only those that have to be run again.

Several get kernels that are forked from one process which has done their imports: as fresh as one
that is started by itself, but without the import of PyTorch and all the rest, which takes longer
than many a notebook. Only on Linux: elsewhere forking does not go together with what the libraries
do.
"""

import asyncio
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from jupyter_client import AsyncKernelManager, KernelManager
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.provisioning import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from mnist_report.common import kept, settings
from mnist_report.common.errors import ReportError, one_line
from mnist_report.common.processes import end_with
from mnist_report.reporting.notebooks.files import (
    build_folder,
    code_cells,
    depends_on_run,
    digest,
    read,
    write,
)

KERNEL = "python3"
FORKS = sys.platform == "linux"
AT_ONCE = 2  # notebooks; more want more than 2 GB of memory
CELL_TIME_OUT = 2 * 3600  # seconds; a cell may train for an hour on a slow machine
WIDGET = "application/vnd.jupyter.widget-view+json"
DIGEST = "mnist_report_digest"  # in an executed notebook's metadata
# The recipe where a notebook's metadata say that it depends on no run, told if it asks for one.
NO_RECIPE = "none: take depends_on_run out of this notebook's metadata"
# What the notebooks of the analysis and the report import. Matplotlib's backend for notebooks is
# left out: it sets up the kernel that imports it.
IMPORTS = ["ipykernel.kernelapp", "matplotlib.pyplot", "pandas", "seaborn"]
IMPORTS += ["sklearn.manifold", "sklearn.neighbors", "cv2", "skimage.filters", "skimage.morphology"]
IMPORTS += [f"mnist_report.{room}" for room in ("datasets", "training", "evaluation", "figures")]
IMPORTS += [f"mnist_report.reporting.{part}" for part in ("tables", "values")]
# PyTorch's compiler, which optimisers and the count of operations import, but do not use.
IMPORTS += ["torch._dynamo"]


def forget() -> None:
    """Remove what is kept of costly computations, and the executed notebooks."""
    kept.forget()
    for any_recipe in (False, True):
        shutil.rmtree(build_folder(any_recipe) / "notebooks", ignore_errors=True)


def execute_all(
    copies: Mapping[Path, Path], recipe: str | None = None, threads: int | None = None
) -> Iterator[Path]:
    """Run notebooks, two at a time, in fresh kernels; yield each that needed it when it is done.

    The executed copies are the values of `copies`, whole or absent; the notebooks' own outputs are
    neither used nor, unless a notebook is its copy, changed. A copy that was made from the same
    code, package, libraries and runs only takes over the notebook's text. The recipe is by default
    `settings.recipe_name()`, the threads are as many as the libraries like, or a share of them.
    ReportError for a notebook that cannot be read, or a cell that fails: one line names both.
    """
    recipe = recipe or settings.recipe_name()
    changed = [path for path, out in copies.items() if not _reuse(path, out, recipe)]
    several = len(changed) > 1
    if several and threads is None:
        # Kernels that each take all cores wait for one another, and are slower than one at a time.
        threads = max(1, (os.cpu_count() or 1) // AT_ONCE)
    environment = _environment(recipe, threads)
    if several and FORKS:
        with mock.patch.dict(os.environ, environment):  # which says how many threads they take
            preload()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        work = {pool.submit(_run, path, environment, several): path for path in changed}
        try:
            for done in as_completed(work):
                content = done.result()
                # Summed up only now: the notebook may have made the very runs that it depends on.
                content.metadata[DIGEST] = digest(content, recipe)
                write(content, copies[work[done]])
                yield work[done]
        finally:  # of what failed or was stopped, nothing more begins
            pool.shutdown(cancel_futures=True)


def _reuse(notebook: Path, out: Path, recipe: str) -> bool:
    """Bring the text of a notebook into its executed copy, if that still holds."""
    content = read(notebook)
    stored = read(out) if out.is_file() else None
    if stored is None or stored.metadata.get(DIGEST) != digest(content, recipe):
        return False
    for cell, done in zip(code_cells(content), code_cells(stored), strict=True):
        cell.outputs, cell.execution_count = done.outputs, done.execution_count
    content.metadata = stored.metadata
    if content != stored:
        write(content, out)
    return True


def write_back(executed: Path, notebook: Path) -> None:
    """Put the executed copy in the notebook's place, without our digest."""
    content = read(executed)
    content.metadata.pop(DIGEST, None)
    write(content, notebook)


def _run(notebook: Path, environment: dict[str, str], forked: bool) -> NotebookNode:
    """Return a notebook's content as it is after running."""
    content = read(notebook)
    if not depends_on_run(content):
        environment = {**environment, "MNIST_REPORT_RECIPE": NO_RECIPE}
    count = len(code_cells(content))
    progress = tqdm(desc=notebook.stem, total=count, unit="cell", leave=False)
    client = _client(content, notebook, progress, forked)
    # A loop of its own, so that notebooks can run in threads side by side; the messages of kernels
    # need the selector loop, which is not the default on Windows.
    try:
        with progress, asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(client.async_execute(env=environment, cleanup_kc=True))
    except CellExecutionError as error:
        text = f"{error.ename}: {one_line(error.evalue)}"
        raise ReportError(f"{notebook.name}, {_failed_cell(content)}: {text}") from error
    except CellTimeoutError as error:
        limit = f"{CELL_TIME_OUT / 3600:.0f} hours"
        raise ReportError(f"{notebook.name}: a cell ran for more than {limit}.") from error
    except DeadKernelError as error:
        raise ReportError(
            f"{notebook.name}: the kernel died, most often because the memory was full; close "
            "other programs and run again."
        ) from error
    except NoSuchKernel as error:
        raise ReportError("There is no Python kernel; run `pip install ipykernel`.") from error
    # Widgets live by their kernel: stored, they would only show that it is missing.
    for cell in code_cells(content):
        cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]
    return content


def _client(content: NotebookNode, notebook: Path, progress: tqdm, forked: bool) -> NotebookClient:
    own = KernelSpecManager(kernel_dirs=[])  # this Python's, whatever else has the same name
    manager = AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=own)
    if forked and FORKS:
        fork(manager)
    return NotebookClient(
        content,
        manager,
        timeout=CELL_TIME_OUT,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,  # a line that is printed in parts stays one line
        extra_arguments=["--Application.log_level=ERROR"],  # no warnings about its sockets
        resources={"metadata": {"path": str(notebook.parent)}},
        on_cell_complete=lambda cell, cell_index: progress.update(),
    )


def _environment(recipe: str, threads: int | None) -> dict[str, str]:
    limit = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
    return {
        **limit,  # before the user's own environment, which may set it, too
        **os.environ,
        "MNIST_REPORT_RECIPE": recipe,
        # Absolute, since the kernel's working directory is the notebook's folder.
        "MNIST_REPORT_DATA": str(settings.data_dir()),
        "MNIST_REPORT_RESULTS": str(settings.results_root()),
        "MNIST_REPORT_DATASET": settings.dataset(),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TQDM_DISABLE": "1",
    }


def _failed_cell(content: NotebookNode) -> str:
    """Name the cell that has failed, as Jupyter counts the cells that run."""
    kinds = [{output.output_type for output in cell.outputs} for cell in code_cells(content)]
    return next((f"cell [{n}]" for n, kind in enumerate(kinds, 1) if "error" in kind), "a cell")


def preload() -> None:
    """Have a server do the imports of notebooks, in the present environment."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(IMPORTS)
    forkserver.ensure_running()


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

    os.setsid()  # Ctrl-C in the terminal is for the program, which then ends its kernels
    end_with()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    np.random.seed()
    pd.options.display.max_columns = 20  # as where a notebook imports it, not a terminal
    IPKernelApp.launch_instance([*words, f"--IPKernelApp.parent_handle={os.getppid()}"])
