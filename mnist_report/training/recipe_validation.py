"""What a recipe's fields may hold; every refusal names the field."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from mnist_report.common.errors import RecipeError
from mnist_report.training import networks

OPTIMISERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "one-cycle")
NORMALISATIONS = ("measured", "half")
NAME = re.compile(r"\w(?:[\w.-]{0,78}[\w-])?")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # by Windows

# field: (kind, least, most)
BOUNDS = {
    "width": (int, 1, 4096),
    "epochs": (int, 1, 10_000),
    "batch_size": (int, 2, 50_000),
    "learning_rate": (float, 1e-9, 100),
    "weight_decay": (float, 0, 10),
    "warmup": (float, 0, 0.99),
    "label_smoothing": (float, 0, 0.99),
    "weight_average": (float, 0, 0.99999),
    "views": (float, 0, 1),
}
IMAGES_BOUNDS = (int, 10, 60_000)  # one of each digit at least
AUGMENTATION_BOUNDS = {
    "degrees": (float, 0, 180),
    "zoom": (float, 0, 0.9),
    "shear": (float, 0, 2),
    "shift": (float, 0, 28),
}


def check(values: dict[str, Any]) -> None:
    """Look at the value of every field of a recipe.

    Raises:
        RecipeError: a value is of the wrong kind, or out of bounds.
    """
    _check_name(values["name"])
    _check_choices(values)
    for field, bounds in BOUNDS.items():
        _check_number(field, values[field], *bounds)
    _check_betas(values["betas"])
    if values["images"] is not None:
        _check_number("images", values["images"], *IMAGES_BOUNDS)
        if values["batch_size"] > values["images"]:
            raise RecipeError(f"batch_size: it is larger than images, {values['images']}.")
    if not isinstance(values["source"], str | None):
        raise RecipeError(f"source: {_shown(values['source'])} is not text.")
    if not isinstance(values["peek"], bool):
        raise RecipeError(f"peek: {_shown(values['peek'])} is not true or false.")
    if values["augmentation"] is not None:
        for field, bounds in AUGMENTATION_BOUNDS.items():
            value = getattr(values["augmentation"], field, None)
            _check_number(f"augmentation.{field}", value, *bounds)
    elif values["views"]:
        raise RecipeError("views: they need an augmentation, of whose bounds they are a share.")


def check_fields(
    settings: Any, known: Collection[str], required: Collection[str], table: str = ""
) -> None:
    """Are these settings a table that has all it needs, and nothing unknown?

    Raises:
        RecipeError: they are not; the message names the field.
    """
    if not isinstance(settings, dict):
        raise RecipeError(f"{table}: {_shown(settings)} is not a table of settings.")
    prefix = f"{table}." if table else ""
    for field in settings.keys() - set(known):
        raise RecipeError(f"{prefix}{field}: no such field; there are {', '.join(known)}.")
    for field in required:
        if field not in settings:
            raise RecipeError(f"{prefix}{field}: missing.")


def _check_name(name: Any) -> None:
    """Can it be the name of a folder on every system?

    Raises:
        RecipeError: it cannot.
    """
    if not (isinstance(name, str) and NAME.fullmatch(name)) or RESERVED.fullmatch(name):
        raise RecipeError(
            f"name: {_shown(name)} cannot name a folder: use letters, digits, dots, hyphens, "
            "underscores, at most 80 of them."
        )


def _shown(value: Any) -> str:
    """A value as Python writes it, but for what is endless."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a huge number"
    return text if len(text) <= 100 else f"{text[:100]}…"


def _check_choices(values: dict[str, Any]) -> None:
    for field, choices in (
        *(() if values["source"] else (("network", tuple(networks.NETWORKS)),)),
        ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
        ("normalisation", NORMALISATIONS),
    ):
        if values[field] not in choices:
            raise RecipeError(
                f"{field}: {_shown(values[field])} is not one of {', '.join(choices)}."
            )


def _check_betas(values: Any) -> None:
    if not isinstance(values, tuple) or len(values) != 2:
        raise RecipeError(f"betas: {_shown(values)} is not a pair of numbers.")
    for value in values:
        _check_number("betas", value, float, 0, 0.99999)


def _check_number(field: str, value: Any, kind: type, low: float, high: float) -> None:
    kinds = (int,) if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        noun = "an integer" if kind is int else "a number"
        raise RecipeError(f"{field}: {_shown(value)} is not {noun}.")
    if not low <= value <= high:
        raise RecipeError(f"{field}: {_shown(value)} is not between {low} and {high}.")
