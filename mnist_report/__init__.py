"""MNIST Report: handwritten-digit recognition, from the raw bytes to a finished course report.

A notebook begins with one import of the rooms that it uses:
`from mnist_report import datasets, evaluation, figures, tables, training`. Importing the package
itself imports nothing heavy.
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

# What notebooks use of the room `reporting`, under shorter names.
_SHORT = {
    "tables": "mnist_report.reporting.tables",
    "values": "mnist_report.reporting.values",
    "widgets": "mnist_report.reporting.notebooks.widgets",
}


def __getattr__(name: str) -> ModuleType:
    """Import a part of the room `reporting` when it is asked for."""
    if name not in _SHORT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(_SHORT[name])
