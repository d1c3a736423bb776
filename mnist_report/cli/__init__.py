"""The command line: words on the screen and exit codes."""

import signal
import threading

from mnist_report.cli import interrupts


def main() -> None:
    """Start the program; Ctrl-C is heeded before anything large is imported."""
    pressed = threading.Event()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
        interrupts.heed(pressed)
    from mnist_report.cli.commands import start

    try:
        start()
    finally:
        if pressed.is_set():  # threads and kernels may still be at work
            interrupts.end()
