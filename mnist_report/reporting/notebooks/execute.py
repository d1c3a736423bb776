"""Notebooks run from the command line, and only those that have to be run again."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from mnist_report.common import kept, settings
from mnist_report.common.errors import ReportError, one_line
from mnist_report.reporting.notebooks import kernels
from mnist_report.reporting.notebooks.files import (
    build_folder,
    code_cells,
    depends_on_run,
    digest,
    read,
    write,
)

KERNEL = "python3"
CELL_TIME_OUT = 2 * 3600  # seconds; a cell may train for an hour on a slow machine
WIDGET = "application/vnd.jupyter.widget-view+json"
DIGEST = "mnist_report_digest"  # in an executed notebook's metadata
# The recipe where a notebook's metadata say that it depends on no run, told if it asks for one.
NO_RECIPE = "none: take depends_on_run out of this notebook's metadata"
LONGEST = "05"  # by far, for corrupted images: it is begun first, so that others run beside it


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
    changed.sort(key=lambda path: not path.stem.startswith(LONGEST))
    several = len(changed) > 1
    if several:
        threads = threads or kernels.SHARE
        kernels.preload(threads)
    environment = kernels.environment(recipe, threads)
    with ThreadPoolExecutor(kernels.AT_ONCE) as pool:
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
    if forked and kernels.FORKS:
        kernels.fork(manager)
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


def _failed_cell(content: NotebookNode) -> str:
    """Name the cell that has failed, as Jupyter counts the cells that run."""
    kinds = [{output.output_type for output in cell.outputs} for cell in code_cells(content)]
    return next((f"cell [{n}]" for n, kind in enumerate(kinds, 1) if "error" in kind), "a cell")
