"""The command line: words on the screen and exit codes."""

from mnist_report.cli.commands import main

__all__ = ["main"]
