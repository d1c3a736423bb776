"""Cell options in Quarto's notation: ``#| label: fig-confusion`` at the head of a code cell."""

from __future__ import annotations

import re

import yaml

from .errors import ExportError

# Comment signs of the languages that kernels speak: Python/R/Julia, C/JavaScript, SQL/Haskell.
OPTION = re.compile(r"\s*(?:#|//|--)\|\s?(.*)")
HIDES_INPUT = {"remove-input", "remove_input", "hide-input", "hide_input"}
HIDES_OUTPUT = {"remove-output", "remove_output", "hide-output", "hide_output"}
HIDES_CELL = {"remove-cell", "remove_cell", "hide-cell", "hide_cell"}


def split_options(source: str, cell: str) -> tuple[dict, str]:
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
    return options, "\n".join(lines[len(matches) :]).strip("\n")


def one_line(error: object) -> str:
    return " ".join(str(error).split())


def tag_options(metadata: dict) -> dict:
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
