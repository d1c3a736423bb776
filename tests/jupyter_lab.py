"""JupyterLab as people have it: the server that `make lab` starts, with Chromium on its pages."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_report.common import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

WINDOW = {"width": 1400, "height": 1000}
LOADING = 120_000  # milliseconds; bounds for a slow machine, never reached on a healthy one
RUNNING = 15 * 60  # seconds

MENU_LABEL = ":is(.lm-MenuBar-itemLabel, .lm-Menu-itemLabel)"

# JupyterLab's own application object, which says more exactly than the page what has been run: the
# page leaves out cells that are far from what is in view.
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady && panel.sessionContext.session?.kernel?.status === 'idle';
}"""
CODE_CELLS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .filter(cell => cell.type === 'code')
  .map(cell => ({
    source: cell.sharedModel.source,
    count: cell.executionCount,
    busy: cell.executionState !== 'idle',
    outputs: cell.outputs.length,
    errors: [...Array(cell.outputs.length).keys()].map(number => cell.outputs.get(number))
      .filter(output => output.type === 'error')
      .map(output => output.toJSON())
      .map(error => `${error.ename}: ${error.evalue}`),
  }))"""
# Whether there are figures, and the words of outputs that are the same on any machine and for any
# run: a cell that has waited for another process leaves blanks where its bar was.
CHECKED = """() => {
  const cells = [...jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code');
  const outputs = cell => cell.outputs.toJSON().filter(output => output.name !== 'stderr');
  const said = ({text, data}) => [text ?? [], Object.entries(data ?? {}).sort()].flat(3).join('');
  const words = cell => outputs(cell).map(said).join('').split(/\\s+/).join(' ').trim();
  return [
    cells.some(cell => outputs(cell).some(output => output.data?.['image/png'])),
    cells.filter(cell => cell.getMetadata('tags')?.includes('nbval-check-output'))
      .map(cell => [cell.sharedModel.source, words(cell)]),
  ];
}"""
OPEN = """async path => {
  const panel = await jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
  await panel.revealed;
}"""
CLOSE = """async () => {
  for (const panel of [...jupyterapp.shell.widgets('main')]) {
    await panel.sessionContext?.shutdown();
    panel.dispose();
  }
}"""
# The theme stays with the server, for all pages after this one, until another is chosen.
CHANGE_THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
THEME_IS = "theme => document.body.dataset.jpThemeName === theme"
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
SCROLL_TO = """text => {
  const notebook = jupyterapp.shell.currentWidget.content;
  const cells = [...notebook.model.cells];
  return notebook.scrollToItem(cells.findIndex(cell => cell.sharedModel.source.includes(text)));
}"""

# The server's configuration: when it is asked to, it forks kernels as `mnist-report build` does,
# after one process has done the imports for all. That needs nothing of the server's own program.
FORKED_KERNELS = """
import __main__
import os
from pathlib import Path
from jupyter_client.provisioning import KernelProvisionerFactory
from mnist_report.reporting.notebooks import kernels

start = KernelProvisionerFactory.create_provisioner_instance

def create(self, kernel_id, kernel_spec, parent):
    if not (kernels.FORKS and Path({asked!r}).exists()):
        return start(self, kernel_id, kernel_spec, parent)
    vars(__main__).pop("__file__", None)
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as kernels set it
    kernels.preload()
    return kernels.Forked(kernel_id=kernel_id, kernel_spec=kernel_spec, parent=parent)

KernelProvisionerFactory.create_provisioner_instance = create
"""


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address with a slash at the end, and its token."""

    url: str
    token: str
    _asked: Path

    def fork_kernels(self) -> None:
        """From now on, rather than start each by itself."""
        self._asked.touch()


@contextmanager
def serving(folder: Path, home: Path, environment: dict[str, str]) -> Iterator[Server]:
    """What `make lab` starts, with `folder` as the project and all that Jupyter keeps in `home`."""
    runtime = home / "runtime"
    _ask_no_questions(home / "config")
    asked = home / "forked"
    configuration = FORKED_KERNELS.format(asked=str(asked))
    (home / "config" / "jupyter_server_config.py").write_text(configuration, encoding="utf-8")
    own = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": runtime,
        "IPYTHONDIR": home / "ipython",
    }
    # The tests' own settings: in a notebook people see bars and figures.
    inherited = {k: v for k, v in os.environ.items() if k not in {"TQDM_DISABLE", "MPLBACKEND"}}
    variables = inherited | {key: str(path) for key, path in own.items()} | environment
    log = home / "server.log"
    with (
        log.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            _command(), cwd=folder, env=variables, stdout=out, stderr=subprocess.STDOUT
        ) as started,
    ):
        try:
            yield Server(*_wait_for(runtime, started, log), asked)
        finally:
            started.terminate()


def _command() -> list[str]:
    """The line of the Makefile, with this Python, any free port, and no window of its own."""
    asked = ["make", "--no-print-directory", "-n", "-o", ".venv/.ready", "lab"]
    line = subprocess.run(
        asked, cwd=settings.project_root(), capture_output=True, text=True, check=True
    ).stdout
    _, *words = shlex.split(line)
    ours = ["--no-browser", "--ServerApp.port=0", "--LabApp.expose_app_in_browser=True"]
    return [sys.executable, "-m", "jupyter", *words, *ours]


def _ask_no_questions(config: Path) -> None:
    """Neither look for news nor ask for leave to do so, which would cover a corner of the page."""
    wanted = {
        "@jupyterlab/apputils-extension:notification": {
            "checkForUpdates": False,
            "fetchNews": "false",
        }
    }
    folder = config / "labconfig"
    folder.mkdir(parents=True)
    path = folder / "default_setting_overrides.json"
    path.write_text(json.dumps(wanted), encoding="utf-8")


def _wait_for(runtime: Path, started: subprocess.Popen, log: Path) -> tuple[str, str]:
    end = time.monotonic() + LOADING / 1000
    while not (descriptions := [p for p in runtime.glob("jpserver-*.json") if p.stat().st_size]):
        running = started.poll() is None and time.monotonic() < end
        assert running, f"JupyterLab has not started:\n{log.read_text(encoding='utf-8')}"
        time.sleep(0.1)
    found = json.loads(descriptions[0].read_text(encoding="utf-8"))
    return found["url"], found["token"]


class Lab:
    """A browser at a JupyterLab; what its pages looked like in the end is kept in `pictures`."""

    def __init__(self, server: Server, browser: Browser, pictures: Path) -> None:
        self.server, self.browser, self.pictures = server, browser, pictures
        pictures.mkdir(parents=True, exist_ok=True)

    @cached_property
    def page(self) -> Page:
        """The server's page, with what it opens by itself; it loads but once, as for people."""
        page = self.browser.new_context(viewport=WINDOW, reduced_motion="reduce").new_page()
        page.set_default_timeout(LOADING)
        page.goto(f"{self.server.url}?reset&token={self.server.token}")
        page.wait_for_function(READY)
        return page

    @contextmanager
    def notebook(self, name: str, theme: str = LIGHT) -> Iterator[Notebook]:
        """A notebook that is the only one in the page, with a kernel of its own."""
        page = self.page
        page.evaluate(CLOSE)
        page.evaluate(OPEN, f"notebooks/{name}")
        page.wait_for_function(READY)
        page.evaluate(CHANGE_THEME, theme)
        page.wait_for_function(THEME_IS, arg=theme)
        parts = *Path(name).with_suffix("").parts, theme.rsplit(maxsplit=1)[-1].lower()
        try:
            yield Notebook(name, page)
        except BaseException:
            del self.page  # in whatever state it is, the next notebook has another one
            raise
        finally:
            page.screenshot(path=self.pictures / f"{'-'.join(parts)}.png")


class Notebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, name: str, page: Page) -> None:
        self.name, self.page = name, page
        self._stored = page.evaluate(CHECKED)

    def choose(self, *labels: str) -> None:
        """Go through the menus; those within others open under the mouse."""
        menu, *within, last = (
            self.page.locator(f'{MENU_LABEL}:text-is("{label}")') for label in labels
        )
        menu.click()
        for inner in within:
            inner.hover()
        last.click()

    def start(self) -> None:
        """Run all cells, after taking away what the notebook was stored with."""
        self.choose("Edit", "Clear Outputs of All Cells")
        assert [cell for cell in self.code_cells() if cell["count"] or cell["outputs"]] == []
        self.choose("Run", "Run All Cells")

    def code_cells(self) -> list[dict[str, Any]]:
        """Of each `source`, execution `count`, whether `busy`, number of `outputs`, `errors`."""
        return self.page.evaluate(CODE_CELLS)

    def finished(self) -> bool:
        """Whether all cells have been run.

        Raises:
            AssertionError: one of them has failed.
        """
        cells = self.code_cells()
        for number, cell in enumerate(cells, start=1):
            if cell["errors"]:
                self.cell(cell["source"])  # into view, for the picture
                raise AssertionError(f"{self.name}, cell [{number}]: {cell['errors'][0]}")
        return all(cell["count"] and not cell["busy"] for cell in cells)

    def wait(self) -> None:
        """Until all cells have been run; those that nbval checks say what they said."""
        end = time.monotonic() + RUNNING
        while not self.finished():
            waiting = [n for n, cell in enumerate(self.code_cells(), start=1) if cell["busy"]]
            assert time.monotonic() < end, f"{self.name}: cells {waiting} are not finished"
            self.page.wait_for_timeout(500)
        for _ in range(20):  # the last outputs come after the cells' counts
            if (found := self.page.evaluate(CHECKED)) == self._stored:
                return
            self.page.wait_for_timeout(500)
        (drawn, said), (stored, known) = found, self._stored
        assert drawn == stored, f"{self.name}: figures: {drawn}, stored: {stored}"
        differs = [pair for pair in zip(said, known, strict=True) if pair[0] != pair[1]]
        raise AssertionError(f"{self.name}: not the outputs that it has: {differs[0]}")

    def cell(self, text: str) -> Locator:
        """The first code cell with this text, in view."""
        self.page.evaluate(SCROLL_TO, text)
        return self.page.locator(".jp-CodeCell", has_text=text).first

    def export(self, label: str, folder: Path) -> Path:
        """What the browser downloads when this format is chosen in the File menu."""
        # The answer comes to a window of its own, which closes before one could look at it.
        with self.page.context.expect_event("download", timeout=LOADING) as expected:
            self.choose("File", "Save and Export Notebook As", label)
        download = expected.value
        path = folder / download.suggested_filename
        download.save_as(path)
        return path
