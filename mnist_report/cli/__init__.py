"""The command line: words on the screen and exit codes."""

from mnist_report.cli.interrupts import main

__all__ = ["main"]
