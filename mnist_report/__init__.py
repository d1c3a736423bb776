"""MNIST Report: handwritten-digit recognition, from the raw bytes to a finished course report.

Importing the package imports nothing heavy: a room is imported when it is first named.
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

# What notebooks use of the room `reporting`, under shorter names.
_SHORT = {"tables": "reporting.tables", "values": "reporting.values"}
_SHORT["widgets"] = "reporting.notebooks.widgets"
_ROOMS = ("datasets", "training", "evaluation", "handwriting", "studies", "figures")


def __getattr__(name: str) -> ModuleType:
    """Import a room, or a part of the room `reporting`, when it is asked for."""
    if name not in (*_SHORT, *_ROOMS):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{_SHORT.get(name, name)}")
