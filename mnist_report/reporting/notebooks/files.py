"""Notebooks as files: their places, read and written whole, summed up, and exported."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import product
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mnist_report.common import settings
from mnist_report.common.errors import ReportError, ResultsError
from mnist_report.common.kept import version
from mnist_report.common.storage import Stored, checksum, read_bytes, replacing
from mnist_report.training import recipes, runs

# That compute and draw, for an executed notebook; and that make files of it.
LIBRARIES = ["torch", "numpy", "scipy", "scikit-learn", "scikit-image", "pillow"]
LIBRARIES += ["pandas", "matplotlib", "seaborn"]
EXPORTERS = ("nbconvert", "pypandoc-binary", "typst", "python-docx", "matplotlib", "pillow")
AT_ONCE = 2  # exports
OTHERS = ("build", "studies")  # folders beside the metadata that no file is made from directly


class Exported(Stored):
    """Origin of an exported file, and what was said of it."""

    inputs: str  # `_inputs`
    file: str  # its SHA-256, so that a file that was edited is made again
    warnings: list[str]


def analysis_notebooks() -> list[Path]:
    """Find those of the analysis in order; for one's own data or network, those of the report."""
    if _report()[0] != "report":
        return [report_notebook(language) for language in settings.LANGUAGES]
    return sorted(settings.project_root().joinpath("notebooks").glob("[0-9]*.ipynb"))


def report_notebook(language: str) -> Path:
    """Return the path of the notebook that the report in this language is made from."""
    return settings.project_root() / "report" / f"{_report()[0]}.{language}.ipynb"


def metadata_file() -> Path:
    """Return the file with what stands on the report's cover; ReportError without a project."""
    path = settings.project_root() / "report" / f"{_report()[1]}.yml"
    if not path.is_file():
        mend = "go into your project, or let `mnist-report new FOLDER` write one."
        raise ReportError(f"There is no {path}: {mend}")
    return path


def _report() -> tuple[str, str]:
    """Return stems of report and cover: MNIST's story, or data or a network of one's own."""
    own = recipes.current().source is not None or settings.dataset() != settings.MNIST
    return ("own-data", "own-data") if own else ("report", "metadata")


def build_folder(any_recipe: bool = False) -> Path:
    """Return the folder of all that is made from the notebooks for a data set and a recipe."""
    folder = settings.own_part(settings.project_root() / "report" / "build")
    recipe = settings.RECIPE if any_recipe else recipes.current().name
    return folder if recipe == settings.RECIPE else folder / recipe


def executed_copy(notebook: Path) -> Path:
    """Return the path of a notebook's executed copy, the same for all recipes where it may be."""
    folder = settings.project_root() / "notebooks"
    name = notebook.relative_to(folder) if notebook.is_relative_to(folder) else notebook.name
    return build_folder(not depends_on_run(read(notebook))) / "notebooks" / name


def depends_on_run(content: NotebookNode) -> bool:
    """Tell whether what a notebook shows depends on runs: it does, unless its metadata say not."""
    return content.metadata.get("mnist_report") != {"depends_on_run": False}


def read(path: Path) -> NotebookNode:
    """Read a notebook's content; ReportError if it cannot be read, or is no notebook."""
    try:
        return nbformat.reads(read_bytes(path).decode(), as_version=4)
    except OSError as error:
        raise ReportError(f"Cannot read {path}: {error.strerror}.") from error
    except (ValueError, RecursionError, nbformat.ValidationError) as error:
        raise ReportError(f"{path} is no notebook; restore it, or take it away.") from error


def code_cells(content: NotebookNode) -> list[NotebookNode]:
    """Return the cells that run, in their order."""
    return [cell for cell in content.cells if cell.cell_type == "code"]


def write(content: NotebookNode, path: Path) -> None:
    """Store a notebook, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(nbformat.writes(content) + "\n", encoding="utf-8")


def digest(content: NotebookNode, recipe: str) -> str:
    """Sum up in one SHA-256, in hexadecimal, all that an executed notebook depends on."""
    chosen = recipes.get(recipe) if depends_on_run(content) else None
    words = [repr(chosen), settings.dataset(), settings.language()]
    words += [os.environ.get("MNIST_REPORT_DEVICE", ""), *map(version, LIBRARIES)]
    words += [cell.source for cell in code_cells(content)]
    total = hashlib.sha256("\0".join(words).encode())
    stored = settings.results_dir().glob(f"*/{runs.RUN}") if chosen else ()
    files = [
        *settings.PACKAGE.rglob("*.p[yo]"),  # sources, and catalogues of words
        *settings.PACKAGE.parent.glob("notebook_report/fonts.py"),  # what figures take from there
        *settings.project_root().glob("report/studies/*.json"),
        # Finished runs, and those of networks of one's own only where the recipe is one.
        *(path for path in stored if chosen.source is not None or not _of_own_network(path)),
    ]
    for path in sorted(files):
        total.update(f"\0{path.name}\0".encode() + read_bytes(path))
    return total.hexdigest()


def _of_own_network(path: Path) -> bool:
    try:
        return runs.Summary.read(path).own_network
    except ResultsError:  # what is damaged has changed, too
        return False


def export(
    copies: dict[str, Path], formats: tuple[str, ...], strict: bool, length: str
) -> dict[str, dict[Path, list[str]]]:
    """Export executed notebooks, one a language; return each language's files with their warnings.

    ExportError for what stops an export; with `strict`, that is every warning.
    """
    made = {language: {} for language in copies}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for language, to in product(copies, formats):
            out = build_folder() / f"mnist-report.{language}.{to}"
            made[language][out] = pool.submit(_export, copies[language], out, to, strict, length)
        work = [future for files in made.values() for future in files.values()]
        while wait(work, 1).not_done:  # a thread that only waits would heed no signal
            continue
    return {
        language: {out: future.result() for out, future in files.items()}
        for language, files in made.items()
    }


def _export(copy: Path, out: Path, to: str, strict: bool, length: str) -> list[str]:
    from notebook_report import export_notebook

    inputs = _inputs(copy, to, length)
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
    words = [to, length, metadata_file().name, *map(version, EXPORTERS)]
    total, report = hashlib.sha256("\0".join(words).encode()), metadata_file().parent
    beside = [p for p in report.rglob("*") if p.relative_to(report).parts[0] not in OTHERS]
    exporter = settings.PACKAGE.parent.joinpath("notebook_report").rglob("*")
    for path in [copy, *sorted([*beside, *exporter])]:
        if path.is_file() and path.suffix != ".pyc":
            total.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return total.hexdigest()
