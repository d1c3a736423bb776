"""Values for the report's prose, handed over as the output of one cell.

The exporter puts them in place of `{{ test.accuracy | percent(2) }}`, so that no number in the text
is ever typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from IPython.display import display
from pydantic import BaseModel


class Values(SimpleNamespace):
    """Values by the names that prose has for them: those of all parts, and more."""

    def __init__(self, *parts: object, **more: object) -> None:
        super().__init__(**{k: v for part in (*parts, more) for k, v in _named(part).items()})


def only(part: object, *names: str) -> Values:
    """Return the values of a result that have these names."""
    return Values({name: getattr(part, name) for name in names})


def as_json(values: Any) -> Any:
    """Turn named results into what JSON holds; lists of a model, its tables, are left out."""
    if (named := _named(values)) is not None:
        return {key: as_json(value) for key, value in named.items()}
    if isinstance(values, list | tuple):
        return [as_json(value) for value in values]
    return values.item() if isinstance(values, np.generic) else values


def hand_over(*parts: object, **more: object) -> None:
    """Show values, all together, as the cell's JSON output, where the exporter finds them."""
    display({"application/json": as_json(Values(*parts, **more))}, raw=True)


def _named(values: Any) -> Mapping[str, object] | None:
    if isinstance(values, BaseModel):
        return {key: value for key, value in values if not isinstance(value, list)}
    if hasattr(values, "_asdict"):  # an interval, a test
        return values._asdict()
    values = vars(values) if isinstance(values, SimpleNamespace) else values
    return values if isinstance(values, Mapping) else None
