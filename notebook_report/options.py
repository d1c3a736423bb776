"""Cell options in Quarto's notation: ``#| label: fig-confusion`` at the head of a code cell."""

from __future__ import annotations

import json
import re
from typing import Annotated

import yaml
from nbformat import NotebookNode
from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict

from .errors import ExportError, one_line

# Comment signs of the languages that kernels speak: Python/R/Julia, C/JavaScript, SQL/Haskell.
OPTION = re.compile(r"\s*(?:#|//|--)\|\s?(.*)")
HIDES_INPUT = {"remove-input", "remove_input", "hide-input", "hide_input"}
HIDES_OUTPUT = {"remove-output", "remove_output", "hide-output", "hide_output"}
HIDES_CELL = {"remove-cell", "remove_cell", "hide-cell", "hide_cell"}


def as_text(value: object) -> str:
    """An option's value for pandoc, which knows texts only; lists travel as JSON."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value) if value else ""


Text = Annotated[str, BeforeValidator(as_text)]
Unless = Annotated[bool, BeforeValidator(lambda value: value is not False)]  # Quarto has more words


class CellOptions(BaseModel):
    """The options that the exporters know; others are Quarto's, and are let be."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=AliasGenerator(alias=lambda name: name.replace("_", "-")),
    )

    include: Unless = True
    echo: Unless | None = None  # None: as the document has it
    output: Unless = True
    warning: Unless = True
    values: Annotated[bool, BeforeValidator(bool)] = False
    label: Text = ""
    fig_cap: Text = ""
    fig_alt: Text = ""
    fig_width: Text = ""
    tbl_cap: Text = ""
    lst_cap: Text = ""
    lst_label: Text = ""

    def captions(self) -> dict[str, str]:
        """The options that the filters read, by the names that authors write."""
        given = self.model_dump(by_alias=True, exclude_defaults=True)
        return {name: text for name, text in given.items() if isinstance(text, str)}


def split_options(source: str, cell: str) -> tuple[CellOptions, str]:
    """The options at the head of ``source``, and the source without them.

    Raises ExportError, naming the cell, when the options are not a YAML mapping.
    """
    lines = source.split("\n")
    matches = []
    for line in lines:
        match = OPTION.fullmatch(line)
        if not match:
            break
        matches.append(match.group(1))
    try:
        options = yaml.safe_load("\n".join(matches)) or {}
    except yaml.YAMLError as error:
        raise ExportError(f"{cell}: cell options are not YAML: {one_line(error)}") from error
    if not isinstance(options, dict):
        raise ExportError(f"{cell}: cell options must read `#| name: value`")
    written = {key: value for key, value in options.items() if isinstance(key, str)}
    return CellOptions.model_validate(written), "\n".join(lines[len(matches) :]).strip("\n")


def tag_options(metadata: NotebookNode) -> dict[str, bool]:
    """Options that tags and JupyterLab's collapsed inputs and outputs amount to."""
    tags, lab = set(metadata.get("tags") or ()), metadata.get("jupyter") or {}
    options = {}
    if tags & HIDES_CELL:
        options["include"] = False
    if tags & HIDES_INPUT or lab.get("source_hidden"):
        options["echo"] = False
    if tags & HIDES_OUTPUT or lab.get("outputs_hidden"):
        options["output"] = False
    return options
