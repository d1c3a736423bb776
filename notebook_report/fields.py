"""Kinds of fields of ``metadata.yml``: how what is written becomes a value, or is refused."""

import re
from datetime import date
from functools import partial
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from . import LENGTHS

CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72}
LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(cm|mm|in|pt)")
UNFIT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # for XML
MAPPING = "must be a mapping of `name: value`"


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return "" if value in {"null", "~"} else " ".join(UNFIT.sub("", value).split())


def flag(value: object) -> bool:
    written = str(value).lower()
    if written not in {"true", "yes", "on", "false", "no", "off"}:
        raise ValueError("must be true or false")
    return written in {"true", "yes", "on"}


def heading_level(value: object) -> int:
    if value not in ("1", "2", "3", "4"):
        raise ValueError("must be a heading level from 1 to 4")
    return int(value)


def day(value: object) -> str:
    written = text(value)
    try:
        return written and date.fromisoformat(written) and written
    except ValueError:
        raise ValueError("must be a date like 2026-11-24") from None


def length(value: object, low: float, high: float) -> float:
    """Centimetres; a length needs its unit, since authors think in cm, mm, in and pt."""
    match = LENGTH.fullmatch(text(value))
    size = float(match[1]) * CENTIMETRES[match[2]] if match else -1.0
    if not low <= size <= high:
        raise ValueError(f"must be a length like 2.5cm, from {low:g} to {high:g} cm")
    return size


def points(value: object) -> float:
    return round(length(value, 0.15, 4) * 72 / 2.54, 2)


def one_of(value: object, names: tuple[str, ...]) -> object:
    if value not in names:
        raise ValueError(f"must be one of {', '.join(names)}")
    return value


def of_kind(value: object, kind: type, message: str) -> object:
    if not isinstance(value, kind):
        raise ValueError(message)
    return value


Mapped = BeforeValidator(partial(of_kind, kind=dict, message=MAPPING))
LISTED = "must be a list of `- {label: …, value: …}`"
Listed = BeforeValidator(partial(of_kind, kind=list, message=LISTED))
Text = Annotated[str, BeforeValidator(text)]
# One text stands for a list of one.
Texts = Annotated[tuple[Text, ...], BeforeValidator(lambda v: v if isinstance(v, list) else [v])]
Flag = Annotated[bool, BeforeValidator(flag)]
Points = Annotated[float, BeforeValidator(points)]
Margin = Annotated[float, BeforeValidator(partial(length, low=0, high=6))]
Side = Literal["top", "bottom", "left", "right"]
Margins = Annotated[  # centimetres; one length stands for all four sides
    dict[Side, Margin],
    Mapped,
    BeforeValidator(lambda v: dict.fromkeys(get_args(Side), v) if isinstance(v, str) else v),
]
Role = Literal["latin", "text", "headings", "code"]
Kind = Literal["text", "small", "title", "heading1", "heading2", "heading3"]
Numbering = Annotated[str, BeforeValidator(partial(one_of, names=("decimal", "chinese")))]
Length = Annotated[str, BeforeValidator(partial(one_of, names=LENGTHS))]
Seed = Annotated[str, BeforeValidator(partial(one_of, names=("student-number",)))]
Depth = Annotated[int, BeforeValidator(heading_level)]
Day = Annotated[str, BeforeValidator(day)]
