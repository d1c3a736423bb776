"""Notebooks: run, translated, read and written."""

import lazy_loader

import notebook_report  # noqa: F401 (before nbformat, which then starts a second sooner)

# The command line names this room, and answers at once.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, ("execute", "files", "kernels", "translate", "widgets")
)
