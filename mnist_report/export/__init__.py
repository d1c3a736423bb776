"""Notebooks to Word, PDF and HTML: nbconvert exporters that need nothing but pip packages.

This package imports nothing else of ``mnist_report``: it works on any notebook.
"""
