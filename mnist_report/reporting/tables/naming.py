"""Making tables: text under its heads, with a name that Jupyter stores beside what it shows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from IPython import get_ipython
from pydantic import BaseModel, ValidationError

from mnist_report.datasets.dataset import Words, localised

if TYPE_CHECKING:
    from nbformat import NotebookNode

KEY = "table"  # in a DataFrame's attributes, and in the metadata of its output
HTML = "text/html"
NONE = "–"

Rows = Iterable[Sequence[object]] | Mapping[str, object]  # a mapping: by the keys of their words


class Name(BaseModel, frozen=True, strict=True):
    """Name of a table: the function that made it, how many rows it was to have, and its run."""

    name: str
    count: int | None = None
    run: str | None = None  # such as "standard-s0", where that is known


def table(*heads: str) -> Callable[[Callable[..., Rows]], Callable[..., pd.DataFrame]]:
    """Decorate a function that makes rows, so that it makes a table below the words of `heads`.

    Its tables carry its name wherever they are shown, and are found again by it, whatever the
    variables of a notebook are called. It becomes `localised`. A head without a word of ours stays
    as it is; without heads, the first of the rows has them.
    """

    def decorate(make: Callable[..., Rows]) -> Callable[..., pd.DataFrame]:
        @localised
        @functools.wraps(make)
        def wrapper(w: Words, **given: Any) -> pd.DataFrame:
            made, shell = _frame(make(w, **given), heads, w), get_ipython()
            run = _run_of(next(iter(given.values())), shell.user_ns if shell else {})
            name = Name(name=make.__name__, count=given.get("count"), run=run)
            made.attrs[KEY] = name.model_dump(exclude_none=True)
            if shell is not None:
                shell.display_formatter.formatters[HTML].for_type(pd.DataFrame, _with_name)
            return made

        return wrapper

    return decorate


def _frame(rows: Rows, heads: Sequence[str], w: Words) -> pd.DataFrame:
    """Rows as text; the first column is the index and names the columns: pandas writes one head."""
    if isinstance(rows, Mapping):
        rows = [(w.get(key, key), value) for key, value in rows.items()]
    text = [[str(cell) for cell in row] for row in rows]
    columns = [w.get(head, head) for head in heads] if heads else text.pop(0)
    index = pd.Index([row.pop(0) for row in text], dtype=object)
    return pd.DataFrame(text, index, columns[1:]).rename_axis(columns=columns[0])


def _run_of(shown: object, variables: Mapping[str, object]) -> str | None:
    """Find the run whose summary a table shows, or a part of whose evaluation in a variable."""
    for one in (shown, *variables.copy().values()):
        about = getattr(one, "__dict__", {})
        if {"recipe", "seed"} <= about.keys() and any(x is shown for x in (one, *about.values())):
            return f"{about['recipe']}-s{about['seed']}"
    return None


def name_of(output: NotebookNode) -> Name | None:
    """Return the name of the table that an output shows; None if it tells none."""
    try:
        return Name.model_validate(output.metadata[HTML][KEY])
    except (AttributeError, KeyError, TypeError, ValidationError):  # not as we write it
        return None


def _with_name(shown: pd.DataFrame) -> str | tuple[str, Mapping[str, object]] | None:
    """Return a table as HTML with the metadata of its output, as IPython's formatters may."""
    html = shown._repr_html_()
    return (html, {KEY: shown.attrs[KEY]}) if html and KEY in shown.attrs else html
