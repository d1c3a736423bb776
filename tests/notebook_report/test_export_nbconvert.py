"""The exporters as nbconvert and JupyterLab know them."""

import io
import re
import subprocess
import sys
import tomllib

import pytest
from export_samples import (
    markdown,
    notebook,
    write,
)
from traitlets import import_item

from mnist_report.common import settings
from notebook_report.errors import ExportError
from notebook_report.html import ReportHtmlExporter


@pytest.mark.slow
def test_nbconvert_stops_with_one_line(tmp_path):
    write(tmp_path / "a.ipynb", notebook(markdown("see @fig-none")))
    command = [sys.executable, "-m", "nbconvert", "--to", "report-docx", "a.ipynb"]
    done = subprocess.run(
        [*command, "--ReportExporter.strict=True"],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.endswith("'a.ipynb': cell 1 (\"see @fig-none\"): broken reference @fig-none")
    assert "Traceback" not in done.stderr


def test_nbconvert_knows_the_exporters(tmp_path):
    from nbconvert.exporters import get_exporter

    for name in ("report-docx", "report-pdf", "report-html"):
        assert get_exporter(name)().output_mimetype


def test_jupyterlab_can_reach_word_and_pdf():
    from jupyter_server.nbconvert.handlers import default_handlers
    from nbconvert.exporters import get_exporter

    routes = [re.compile(route[0] + "$") for route in default_handlers]
    for name, extension in {"word": ".docx", "ReportPDF": ".pdf"}.items():
        assert any(route.match(f"/nbconvert/{name}/a.ipynb") for route in routes)
        assert get_exporter(name)().file_extension == extension


def test_names_with_a_hyphen_are_for_the_command_line_only():
    """JupyterLab's menu offers every exporter that is enabled, reachable or not."""
    from jupyter_server.serverapp import ServerApp

    text = (settings.project_root() / "pyproject.toml").read_text(encoding="utf-8")
    exporters = tomllib.loads(text)["project"]["entry-points"]["nbconvert.exporters"]
    classes = {name: import_item(path.replace(":", ".")) for name, path in exporters.items()}
    assert {name for name, kind in classes.items() if kind().enabled} == set(classes)
    try:
        ServerApp.instance()
        enabled = {name for name, kind in classes.items() if kind().enabled}
    finally:
        ServerApp.clear_instance()
    assert enabled == {"word", "ReportPDF"}


WITHOUT_MNIST = """
import sys
sys.modules["mnist_report"] = None  # any import of it fails
from nbconvert.nbconvertapp import main
main()
"""


@pytest.mark.slow
def test_the_exporters_work_where_there_is_no_mnist_report(tmp_path):
    write(tmp_path / "a.ipynb", notebook(markdown("# A heading"), markdown("see @fig-none")))
    (tmp_path / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    command = [sys.executable, "-c", WITHOUT_MNIST, "--to", "report-docx", "a.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (tmp_path / "a.docx").stat().st_size > 0
    assert 'cell 2 ("see @fig-none"): broken reference @fig-none' in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"cells": [{"cell_type": "markdown", "metadata": {}}], "metadata": {}, "nbformat": 4,'
        '"nbformat_minor": 4}',
    ],
)
def test_what_is_no_notebook_is_refused_in_one_line(text):
    with pytest.raises(ExportError, match=r"\A.* no (valid )?notebook.*\Z"):
        ReportHtmlExporter().from_file(io.StringIO(text), {"metadata": {"name": "x"}})
