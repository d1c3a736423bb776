"""Notebooks to Word, PDF and HTML: nbconvert exporters that need nothing but pip packages.

This package imports nothing of ``mnist_report``: it works on any notebook.
"""

import sys
from pathlib import Path
from uuid import uuid4

# Nbformat's jsonschema builds a grammar of addresses, 1.5 seconds of every start, for a format
# that no notebook's schema has: without the grammar's package it does without.
sys.modules.setdefault("rfc3987_syntax", None)

FORMATS = ("docx", "pdf", "html")
LENGTHS = ("short", "full")  # of a report; cells tagged with the other one are left out


def export_notebook(
    notebook: Path,
    to: str,
    out: Path,
    metadata_file: Path | None = None,
    strict: bool = False,
    length: str = "",
) -> list[str]:
    """Write an executed ``notebook`` as ``to`` (docx, pdf or html) to ``out``, whole or not at all.

    ``metadata_file`` is the metadata.yml of a report; by default the one next to the notebook.
    ``length`` (short or full) leaves out the cells tagged with the other one; by default the file
    says it. Returns the warnings, one line each. Raises ExportError, one line, for what stops an
    export; with ``strict``, that is every warning.
    """
    from importlib import import_module  # nbconvert takes a second: only who exports pays for it

    from .base import read
    from .errors import ExportError

    if to not in FORMATS:
        raise ExportError(f"no format '{to}': choose one of {', '.join(FORMATS)}")
    module = import_module(f".{to}", __name__)
    exporter = getattr(module, f"Report{to.capitalize()}Exporter")(
        strict=strict, metadata_file=str(metadata_file or ""), length=length
    )
    content = read(notebook, notebook.name)
    about = {"name": notebook.stem, "path": str(notebook.parent)}
    try:
        data, _ = exporter.from_notebook_node(content, {"metadata": about})
        _write(out, data if isinstance(data, bytes) else data.encode("utf-8"))
    except OSError as error:
        raise ExportError(f"{out.name} cannot be written: {error.strerror or error}") from error
    return exporter.warnings


def _write(out: Path, data: bytes) -> None:
    """Write all of it, or leave what there is; several exports of one file do not mix."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{uuid4().hex[:8]}")
    try:
        part.write_bytes(data)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
