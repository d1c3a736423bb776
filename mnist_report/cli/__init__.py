"""The command line: words on the screen and exit codes."""

import os
import signal
import sys

from mnist_report.cli import interrupts


def main() -> None:
    """Start the program; Ctrl-C is heeded before anything large is imported."""
    _open_streams()
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
            interrupts.heed()
        from mnist_report.cli.commands import start

        start()
    finally:
        if interrupts.stopping.locked():  # threads and kernels may still be at work
            interrupts.end()


def _open_streams() -> None:
    """Open those that were closed (`2>&-`): a file of ours would get their number, and words."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
