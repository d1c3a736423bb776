"""The command line: words on the screen and exit codes."""

import signal

from mnist_report.cli import interrupts


def main() -> None:
    """Start the program; Ctrl-C is heeded before anything large is imported."""
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
            interrupts.heed()
        from mnist_report.cli.commands import start

        start()
    finally:
        if interrupts.stopping.locked():  # threads and kernels may still be at work
            interrupts.end()
