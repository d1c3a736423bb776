"""Executed notebooks exported to files, and only where something has changed since."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import product
from pathlib import Path

from mnist_report.common import settings
from mnist_report.common.errors import ResultsError
from mnist_report.common.storage import Stored, checksum
from mnist_report.reporting.notebooks.execute import build_folder, metadata_file

LIBRARIES = ("nbconvert", "pypandoc-binary", "typst", "python-docx", "matplotlib", "pillow")
AT_ONCE = 2
OTHERS = ("build", "studies")  # folders beside the metadata that no file is made from directly


class Exported(Stored):
    """Origin of an exported file, and what was said of it."""

    inputs: str  # `_inputs`
    file: str  # its SHA-256, so that a file that was edited is made again
    warnings: list[str]


def export(
    copies: dict[str, Path], formats: tuple[str, ...], strict: bool, length: str
) -> dict[str, dict[Path, list[str]]]:
    """Export executed notebooks, one a language; return each language's files with their warnings.

    ExportError for what stops an export; with `strict`, that is every warning.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        work = {
            (language, to): pool.submit(_export, copies[language], language, to, strict, length)
            for language, to in product(copies, formats)
        }
        made = {key: future.result() for key, future in work.items()}
    return {
        language: {_file(language, to): made[language, to] for to in formats} for language in copies
    }


def _file(language: str, to: str) -> Path:
    return build_folder() / f"mnist-report.{language}.{to}"


def _export(copy: Path, language: str, to: str, strict: bool, length: str) -> list[str]:
    from notebook_report import export_notebook

    out, inputs = _file(language, to), _inputs(copy, to, length)
    note = copy.with_name(f".{out.name}.json")
    try:
        found = Exported.read(note)
        unchanged = (found.inputs, found.file) == (inputs, checksum(out.read_bytes()))
        if unchanged and not (strict and found.warnings):
            return found.warnings
    except (ResultsError, OSError):  # there is none yet
        pass
    warnings = export_notebook(copy, to, out, metadata_file(), strict, length)
    Exported(inputs=inputs, file=checksum(out.read_bytes()), warnings=warnings).write(note)
    return warnings


def _inputs(copy: Path, to: str, length: str) -> str:
    """Digest what a file depends on: notebook, what lies beside the metadata, and exporter."""
    words = [to, length, metadata_file().name, *map(version, LIBRARIES)]
    total, report = hashlib.sha256("\0".join(words).encode()), metadata_file().parent
    beside = [p for p in report.rglob("*") if p.relative_to(report).parts[0] not in OTHERS]
    exporter = settings.PACKAGE.parent.joinpath("notebook_report").rglob("*")
    for path in [copy, *sorted([*beside, *exporter])]:
        if path.is_file() and path.suffix != ".pyc":
            total.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return total.hexdigest()
