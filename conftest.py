"""For every pytest run, nbval's too: no progress bars, and stderr is not compared."""

import os
from typing import Any

import pytest

import notebook_report  # noqa: F401 (before nbformat, which then starts a second sooner)

# Set before any kernel starts, which takes over this environment.
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("MPLBACKEND", "agg")


def pytest_configure(config: pytest.Config) -> None:
    """Fork the kernels of nbval as `mnist-report build` does its own: all import PyTorch once."""
    if not config.getoption("nbval_lax", False):
        return
    from nbval import kernel

    from mnist_report.reporting.notebooks import kernels

    if kernels.FORKS:
        start = kernel.KernelManager

        def forking(**words: Any) -> kernel.KernelManager:
            manager = start(**words)
            kernels.fork(manager)
            return manager

        kernel.KernelManager = forking
        kernels.preload()


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Let nbval pass over stderr, where libraries write warnings that differ between versions."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
