"""The package's own rules: which room may import which, sizes, and what importing costs."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from mnist_report.common import settings

ROOT = settings.project_root()
FILES = sorted(path for name in ("mnist_report", "notebook_report") for path in (ROOT / name).rglob("*.py"))

# From the ground up: a room imports from rooms above its line here, never from its own line or below.
ROOMS = (
    ("common",),
    ("datasets",),
    ("training",),
    ("evaluation",),
    ("studies", "handwriting"),
    ("figures",),
    ("reporting",),
    ("checking",),
    ("cli",),
)
EXPORTING = {"figures", "reporting", "checking", "cli"}  # rooms that know of notebook_report
