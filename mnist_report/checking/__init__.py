"""Checks of a handed-in project: do its notebooks, results and report agree with each other?

Nothing in a hand-in is trusted. Its files are read as data, with bounds on their sizes; no code of
it is run or imported, nothing is written into it, and each is looked at in a process of its own.
"""

import notebook_report  # noqa: F401 (before nbformat, which then starts a second sooner)
