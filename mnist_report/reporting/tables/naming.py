"""Names of tables: each carries its own, and Jupyter stores it beside what it shows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
from IPython import get_ipython
from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from nbformat import NotebookNode

KEY = "table"  # in a DataFrame's attributes, and in the metadata of its output
HTML = "text/html"


class Name(BaseModel):
    """Name of a table: the function that made it, and how many rows it was to have."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    name: str
    count: int | None = None


def named(make: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Decorate a table function, so that its tables carry its name wherever they are shown.

    A table is found again by this name, whatever the variables of a notebook are called.
    """

    @functools.wraps(make)
    def wrapper(*args: Any, **options: Any) -> pd.DataFrame:
        table = make(*args, **options)
        name = Name(name=make.__name__, count=options.get("count"))
        table.attrs[KEY] = name.model_dump(exclude_none=True)
        if (shell := get_ipython()) is not None:
            shell.display_formatter.formatters[HTML].for_type(pd.DataFrame, _with_name)
        return table

    return wrapper


def name_of(output: NotebookNode) -> Name | None:
    """Return the name of the table that an output shows; None if it tells none."""
    try:
        return Name.model_validate(output.metadata[HTML][KEY])
    except (AttributeError, KeyError, TypeError, ValidationError):  # not as we write it
        return None


def _with_name(table: pd.DataFrame) -> str | tuple[str, dict[str, Any]] | None:
    """Return a table as HTML with the metadata of its output, as IPython's formatters may."""
    html = table._repr_html_()
    return (html, {KEY: table.attrs[KEY]}) if html and KEY in table.attrs else html
