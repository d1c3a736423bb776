"""Notebooks to Word, PDF and HTML: nbconvert exporters that need nothing but pip packages.

This package imports nothing else of ``mnist_report``: it works on any notebook.
"""

from __future__ import annotations

from pathlib import Path

FORMATS = ("docx", "pdf", "html")


def export_notebook(
    notebook: Path, to: str, out: Path, metadata_file: Path | None = None, strict: bool = False
) -> list[str]:
    """Write an executed ``notebook`` as ``to`` (docx, pdf or html) to ``out``, whole or not at all.

    ``metadata_file`` is the metadata.yml of a report; by default the one next to the notebook.
    Returns the warnings, one line each. Raises ExportError, one line, for what stops an export;
    with ``strict``, that is every warning.
    """
    from importlib import import_module  # nbconvert takes a second: only who exports pays for it

    from .errors import ExportError

    if to not in FORMATS:
        raise ExportError(f"no format '{to}': choose one of {', '.join(FORMATS)}")
    module = import_module(f".{to}", __name__)
    exporter = getattr(module, f"Report{to.capitalize()}Exporter")(
        strict=strict, metadata_file=str(metadata_file or "")
    )
    data, _ = exporter.from_filename(str(notebook))
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return exporter.warnings
