"""For every pytest run, nbval's too: no progress bars, and stderr is not compared."""

import os

import pytest

# Set before any kernel starts, which takes over this environment.
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("MPLBACKEND", "agg")


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Let nbval pass over stderr, where libraries write warnings that differ between versions."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
