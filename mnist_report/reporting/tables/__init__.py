"""The tables of notebooks and report."""
