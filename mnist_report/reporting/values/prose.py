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
    """Values by the names that prose has for them."""


def as_json(values: Any) -> Any:
    """Turn named results into what JSON holds; lists of a model, its tables, are left out."""
    if isinstance(values, BaseModel):
        values = {key: value for key, value in values if not isinstance(value, list)}
    elif isinstance(values, SimpleNamespace):
        values = vars(values)
    elif hasattr(values, "_asdict"):  # an interval, a test
        values = values._asdict()
    if isinstance(values, Mapping):
        return {key: as_json(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [as_json(value) for value in values]
    return values.item() if isinstance(values, np.generic) else values


def hand_over(*parts: object, **more: object) -> None:
    """Show values, all together, as the cell's JSON output, where the exporter finds them."""
    whole = {key: value for part in (*parts, more) for key, value in as_json(part).items()}
    display({"application/json": whole}, raw=True)
