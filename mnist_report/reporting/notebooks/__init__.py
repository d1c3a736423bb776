"""Notebooks: run, translated, read and written."""

import lazy_loader

# Nothing is imported before it is used: the command line names this room, and answers at once.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, ("execute", "files", "translate", "widgets")
)
