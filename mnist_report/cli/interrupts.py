"""Ctrl-C, which ends a command and all that it has started, in one line."""

import contextlib
import os
import signal
import threading
import time

PATIENCE = 1.5  # seconds that what is under way has to put its files in order
INTERRUPTED = 130  # the exit code that shells give to a program ended by Ctrl-C
STOPPED = "Stopped. What was finished is kept; run again to go on."

stopping, _ending = threading.Lock(), threading.Lock()  # each is taken once


def heed() -> None:
    """Let Ctrl-C end the program within `PATIENCE`, in whatever library the main thread is."""

    def interrupt(number: int, frame: object) -> None:
        if not stopping.acquire(blocking=False):
            return
        _say()
        while frame is not None:
            # Native code that is being loaded takes an exception for a crash.
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                end()
            frame = frame.f_back
        raise KeyboardInterrupt  # which may be lost, as in a `__del__`

    def watch() -> None:
        while os.read(here, 1) != bytes([signal.SIGINT]):
            continue
        time.sleep(PATIENCE)
        if stopping.acquire(blocking=False):  # the main thread is in a library, deaf
            _say()
        end()

    here, there = os.pipe()
    if os.name != "nt":
        os.set_blocking(there, False)
    signal.set_wakeup_fd(there, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, interrupt)
    threading.Thread(target=watch, daemon=True).start()


def _say() -> None:
    """Say the last line; what libraries say of their end is not for users."""
    with contextlib.suppress(OSError):  # a closed terminal
        after_bar = "\n" if os.isatty(2) else ""
        os.write(2, f"{after_bar}mnist-report: {STOPPED}\n".encode())
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def end(code: int = INTERRUPTED) -> None:
    """End this process and all that it has started, without waiting for anything."""
    _ending.acquire()  # one thread does
    with contextlib.suppress(ImportError, AttributeError):  # while it is itself being imported
        import psutil

        for child in psutil.Process().children(recursive=True):
            # Trackers end last, by themselves, and remove what others left.
            with contextlib.suppress(psutil.Error):
                if "resource_tracker" not in " ".join(child.cmdline()):
                    child.kill()
    os._exit(code)
