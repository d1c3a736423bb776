"""Notebooks: run, translated, read and written."""
