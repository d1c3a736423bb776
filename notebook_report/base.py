"""Base of the exporters: nbconvert's side of the matter."""

import errno
import logging
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import TemplateExporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import Bool, Enum, Unicode, default
from traitlets.config import Config

from . import LENGTHS, limits
from .document import prepare
from .errors import ExportError, Note, one_line

EXCLUDED = ("input", "output", "code_cell", "markdown", "raw")  # of nbconvert's exclude_…
INVALID = (AttributeError, KeyError, TypeError, nbformat.ValidationError)


class RefusedError(ExportError, ConversionException):
    """An ExportError as nbconvert knows it: it ends with one line. To import it takes a second."""


def refusing(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Let an exporter's ExportError be one of nbconvert's."""

    @wraps(convert)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        try:
            return convert(*arguments, **options)
        except ExportError as error:
            raise RefusedError(str(error)) from error

    return wrapper


class ReportExporter(TemplateExporter):
    """Base of the exporters; a TemplateExporter only so that ``--no-input`` reaches it.

    Each of them has ``convert(document, folder, warnings)``, which gives the file's content.
    """

    strict = Bool(
        False, help="Stop at missing images, broken references and unknown citations."
    ).tag(config=True)
    metadata_file = Unicode(
        "", help="The metadata.yml to use; by default the one next to the notebook, if any."
    ).tag(config=True)

    length = Enum(
        ("", *LENGTHS),
        "",
        help="Leave out the cells that are tagged with the other length; by default metadata.yml's",
    ).tag(config=True)

    picture_root = Unicode(
        "", help="The folder that pictures lie below; by default the notebook's project's."
    ).tag(config=True)

    format = ""  # one of `notebook_report.FORMATS`
    warnings: tuple[str, ...] | list[str] = ()  # of the last export

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        getattr(self.log, "logger", self.log).addFilter(in_one_line)

    @property
    def default_config(self) -> Config:
        tags = {"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": ["remove-cell"]}}
        config = Config(tags, Exporter={"optimistic_validation": True})  # once, not for each step
        config.merge(super().default_config or Config())
        return config

    @refusing
    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kwargs: Any
    ) -> tuple[Any, dict]:
        """The document's bytes, and nbconvert's resources. Raises ExportError."""
        about = (resources or {}).get("metadata") or {}
        folder = Path(about.get("path") or ".")
        name = str(about.get("name") or "Notebook")
        metadata_file = Path(self.metadata_file) if self.metadata_file else None
        warnings: list[str] = []
        exclude = frozenset(kind for kind in EXCLUDED if getattr(self, f"exclude_{kind}"))
        try:
            with limits.bounded():
                nb, resources = super(TemplateExporter, self).from_notebook_node(
                    nb, resources, **kwargs
                )
                given = nb, self.format, folder, metadata_file, name, warnings.append, exclude
                document = prepare(*given, self.length)
                if self.picture_root:
                    document = replace(document, picture_root=Path(self.picture_root).resolve())
                with tempfile.TemporaryDirectory() as temporary:
                    data = self.convert(document, Path(temporary), warnings)
                try_out(folder, str(resources.get("unique_key") or name), data)
        except INVALID as error:  # cells without a source, say
            raise ExportError(f"{name} is no valid notebook: {one_line(error)[:200]}") from error
        except RecursionError as error:
            raise ExportError(f"{name} holds something nested too deep") from error
        except OSError as error:  # a full disk, say, or more than its limits
            raise ExportError(f"{name} cannot be exported: {error.strerror or error}") from error
        self.report(warnings)
        resources["output_extension"] = self.file_extension
        return data, resources

    @refusing
    def from_file(
        self, file_stream: Any, resources: dict | None = None, **kwargs: Any
    ) -> tuple[Any, dict]:
        """The document of a notebook's file. Raises ExportError, also for what is no notebook."""
        name = ((resources or {}).get("metadata") or {}).get("name") or "the file"
        return self.from_notebook_node(read(file_stream, f"{name}.ipynb"), resources, **kwargs)

    def report(self, warnings: list[str]) -> None:
        """One line for each flaw, which in strict mode stops the export, and for each note."""
        self.warnings = unique = list(dict.fromkeys(warnings))
        flaws = [warning for warning in unique if not isinstance(warning, Note)]
        if flaws and self.strict:
            raise ExportError("; ".join(flaws))
        for warning in unique:
            self.log.warning(one_line(warning))


def try_out(folder: Path, name: str, data: bytes | str) -> None:
    """Write such a file where nbconvert will, which has no word for a full disk. OSError."""
    app = sys.modules.get("nbconvert.nbconvertapp")
    if not (app and app.NbConvertApp.initialized()):
        return
    folder = getattr(app.NbConvertApp.instance().writer, "build_directory", "") or folder
    try:
        with tempfile.TemporaryFile(dir=Path(folder, name).parent) as trial:
            trial.write(data.encode() if isinstance(data, str) else data)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", None)}:
            raise


def read(source: Any, name: str) -> NotebookNode:
    """Return the notebook in a file or at a path. Raises ExportError for what is none."""
    try:
        with limits.bounded():
            return nbformat.read(source, as_version=4)
    except OSError as error:
        raise ExportError(f"{name} cannot be read: {error.strerror}") from error
    except Exception as error:  # a damaged notebook may raise anything
        raise ExportError(f"{name} is no notebook") from error


def in_one_line(record: logging.LogRecord) -> bool:
    """Log an ExportError by its line: nbconvert would add a traceback, of no use to authors."""
    error = (record.exc_info or (None, None))[1]
    if isinstance(error, ExportError):
        record.msg, record.args = f"{record.getMessage()}: {one_line(error)}", ()
        record.exc_info = None
    return True


class Command(ReportExporter):
    r"""Base of the exporters' names with a hyphen, which are off within a Jupyter server.

    Its addresses, ``/nbconvert/\w+``, have none: an entry in JupyterLab's menu would lead nowhere.
    """

    @default("enabled")
    def _outside_a_server(self) -> bool:
        server = sys.modules.get("jupyter_server.serverapp")
        return server is None or not server.ServerApp.initialized()
