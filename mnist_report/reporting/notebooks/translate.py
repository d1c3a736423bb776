"""Notebooks in another language: the English ones, with the words of a gettext catalogue.

The catalogue `notebooks/<language>.po` is all that is written by hand; any gettext editor opens it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.common import settings
from mnist_report.common.errors import TranslationError
from mnist_report.common.storage import replacing
from mnist_report.reporting.notebooks import execute as execution
from mnist_report.reporting.notebooks import files
from mnist_report.reporting.notebooks.messages import passages, replaced, same_code

if TYPE_CHECKING:
    import nbformat
    from babel.messages import Catalog

WIDTH = 100  # characters of a line in the catalogue
SET_LANGUAGE = """import os

os.environ["MNIST_REPORT_LANGUAGE"] = "{}"  # of figures and tables"""


def catalogue_file(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return settings.project_root() / "notebooks" / f"{language}.po"


def refresh(language: str) -> list[Path]:
    """Bring a language's catalogue up to date with the English notebooks, and make its notebooks.

    Outputs that a translated notebook has stay where its code does. Returns the notebooks' paths.

    Raises:
        TranslationError: a passage has no translation, or one that was made for other words.
    """
    sources = execution.analysis_notebooks()
    catalogue = _load(language)
    catalogue.update(_template(sources), update_creation_date=False)
    catalogue.obsolete.clear()  # what the notebooks no longer say; git keeps it
    _save(catalogue, language)
    _check(catalogue, language)
    return [_make(source, catalogue, language) for source in sources]


def translated(
    content: nbformat.NotebookNode, catalogue: Catalog, language: str
) -> nbformat.NotebookNode:
    """Make a notebook in another language, without outputs.

    Raises:
        TranslationError: a translation would change what the code does.
    """
    from nbformat.v4 import new_code_cell

    def translate(text: str) -> str:
        return catalogue[text].string

    made = copy.deepcopy(content)
    made.metadata["lang"] = language
    for cell in made.cells:
        source = replaced(cell, translate)
        if cell.cell_type == "code":
            if not same_code(cell.source, source):
                raise TranslationError(
                    f"{language}.po changes the code of the cell {cell.id!r}: keep the quotes, and "
                    "what stands in braces."
                )
            cell.outputs, cell.execution_count = [], None
        cell.source = source
    first = new_code_cell(SET_LANGUAGE.format(language), id="language")
    first.source = replaced(first, translate)
    made.cells.insert(1, first)
    return made


def _template(sources: Sequence[Path]) -> Catalog:
    """Gather all passages, in their order, each with the cells that it comes from."""
    from babel.messages import Catalog
    from nbformat.v4 import new_code_cell

    cells = [(Path(__file__).name, new_code_cell(SET_LANGUAGE))]
    for source in sources:
        cells += [(f"{source.stem}#{cell.id}", cell) for cell in files.read(source).cells]
    template = Catalog()
    for place, cell in cells:
        for text in passages(cell):
            template.add(text, locations=[(place, 0)])
    return template


def _load(language: str) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    path = catalogue_file(language)
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    except FileNotFoundError as error:
        raise TranslationError(f"There is no {path}; an empty file will do to begin.") from error
    except PoFileError as error:
        raise TranslationError(f"{path} is no gettext catalogue: {error}.") from error


def _save(catalogue: Catalog, language: str) -> None:
    from babel.messages.pofile import write_po

    for message in catalogue:
        message.flags &= {"fuzzy"}  # "95 % of" is no format, whatever Babel thinks
    with replacing(catalogue_file(language)) as temporary, temporary.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, include_lineno=False)


def _check(catalogue: Catalog, language: str) -> None:
    open_messages = [m for m in catalogue if m.id and (m.fuzzy or not m.string)]
    if open_messages:
        first = open_messages[0]
        raise TranslationError(
            f"{len(open_messages)} passages in {catalogue_file(language)} have no translation or a "
            f"fuzzy one, the first in {first.locations[0][0]}: {first.id[:60]!r}. Translate them, "
            "take the mark `fuzzy` away, and run this again."
        )


def _make(source: Path, catalogue: Catalog, language: str) -> Path:
    """Write one notebook, with the outputs that it had wherever the code is the same."""
    content = translated(files.read(source), catalogue, language)
    path = execution.translated_notebook(source, language)
    before = files.code_cells(files.read(path)) if path.is_file() else []
    kept = {(cell.id, cell.source): cell for cell in before}
    for cell in files.code_cells(content):
        if old := kept.get((cell.id, cell.source)):
            cell.outputs, cell.execution_count = old.outputs, old.execution_count
    files.write(content, path)
    return path
