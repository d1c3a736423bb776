r"""The exporters by their names with a hyphen, which belong to the command line.

A Jupyter server has no address for them (its route is ``/nbconvert/\w+``): an entry in JupyterLab's
menu would lead nowhere. So within a server they are off, and their aliases without a hyphen remain.
"""

from __future__ import annotations

import sys

from traitlets import default

from .base import ReportExporter
from .docx import ReportDocxExporter
from .html import ReportHtmlExporter
from .pdf import ReportPdfExporter


class Command(ReportExporter):
    """An exporter that is not offered where it cannot be reached."""

    @default("enabled")
    def _outside_a_server(self) -> bool:
        server = sys.modules.get("jupyter_server.serverapp")
        return server is None or not server.ServerApp.initialized()


class DocxCommand(Command, ReportDocxExporter):
    """``jupyter nbconvert --to report-docx``"""


class PdfCommand(Command, ReportPdfExporter):
    """``jupyter nbconvert --to report-pdf``"""


class HtmlCommand(Command, ReportHtmlExporter):
    """``jupyter nbconvert --to report-html``"""
