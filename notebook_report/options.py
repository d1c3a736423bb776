"""Cell options in Quarto's notation: ``#| label: fig-confusion`` at the head of a code cell."""

import json
import re
from collections.abc import Callable
from difflib import get_close_matches
from itertools import takewhile
from typing import Annotated, Any

import yaml
from nbformat import NotebookNode
from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict

from .errors import Note

# Comment signs of the languages that kernels speak: Python/R/Julia, C/JavaScript, SQL/Haskell.
OPTION = re.compile(r"\s*(?:#|//|--)\|\s?(.*)")

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as quick


def as_text(value: object) -> str:
    """An option's value for pandoc, which knows texts only; lists travel as JSON."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, default=str) if value else ""
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
    fig_subcap: Text = ""
    fig_alt: Text = ""
    fig_width: Text = ""
    layout_ncol: Text = ""
    tbl_cap: Text = ""
    lst_cap: Text = ""
    lst_label: Text = ""

    def captions(self) -> dict[str, str]:
        """The options that the filters read, by the names that authors write."""
        given = self.model_dump(by_alias=True, exclude_defaults=True)
        return {name: text for name, text in given.items() if isinstance(text, str)}


OURS = [name.replace("_", "-") for name in CellOptions.model_fields]
# Quarto's options about running code and about screens, which a document has no use for.
IDLE = {
    *("eval", "error", "message", "cache", "freeze", "tags", "id", "classes", "code-fold"),
    *("code-summary", "code-overflow", "code-line-numbers", "column", "fig-format", "fig-dpi"),
    *("layout", "layout-nrow"),
}
KNOWN = {*OURS, *IDLE}


def split_options(
    source: str, cell: str, warn: Callable[[str], None] = str
) -> tuple[CellOptions, str]:
    """The options at the head of ``source``, and the source without them; ``warn`` of others."""
    lines = source.split("\n")
    heads = [match[1] for match in takewhile(bool, map(OPTION.fullmatch, lines))]
    try:
        options, foreign = plain("\n".join(heads)) or {}, []
    except (yaml.YAMLError, ValueError):
        options, foreign = None, heads
    if not isinstance(options, dict):
        options, foreign = line_by_line(heads)
        if foreign:
            warn(Note(f"{cell}: `#| {foreign[0]}` is no cell option, shown as code"))
    written = {str(key): value for key, value in options.items()}
    for name in sorted(written.keys() - KNOWN):
        close = get_close_matches(name, OURS, 1)
        hint = f"did you mean '{close[0]}'?" if close else "it has no effect"
        warn(f"{cell}: unknown cell option '{name}'; {hint}")
    code = [*(f"#| {line}" for line in foreign), *lines[len(heads) :]]
    return CellOptions.model_validate(written), "\n".join(code).strip("\n")


def plain(text: str) -> Any:
    """Read YAML without aliases, nine of which can make a gigabyte of a caption."""
    if "*" in text and "&" in text:
        events = yaml.parse(text, LOADER)
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            raise yaml.YAMLError("an alias")
    return yaml.load(text, LOADER)  # noqa: S506


def line_by_line(heads: list[str]) -> tuple[dict[str, object], list[str]]:
    """Options that are not YAML as a whole, read one by one, and the lines that are none."""
    options: dict[str, object] = {}
    foreign = []
    for head in heads:
        name, colon, value = head.partition(":")
        if not colon or not re.fullmatch(r"[\w-]+", name):
            foreign.append(head)
            continue
        try:
            read = plain(value)
        except (yaml.YAMLError, ValueError):
            read = None
        options[name] = value.strip() if read is None or isinstance(read, dict) else read
    return options, foreign


def tag_options(metadata: NotebookNode) -> dict[str, bool]:
    """Options that tags and JupyterLab's collapsed inputs and outputs amount to."""
    tags = {str(tag).replace("_", "-") for tag in metadata.get("tags") or ()}
    lab = metadata.get("jupyter") or {}
    hidden = {
        "include": tags & {"remove-cell", "hide-cell"},
        "echo": tags & {"remove-input", "hide-input"} or lab.get("source_hidden"),
        "output": tags & {"remove-output", "hide-output"} or lab.get("outputs_hidden"),
    }
    return {name: False for name, told in hidden.items() if told}
