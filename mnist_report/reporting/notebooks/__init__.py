"""Notebooks: run, translated, read and written."""

import notebook_report  # noqa: F401 (before nbformat, which then starts a second sooner)
