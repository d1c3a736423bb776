"""Ctrl-C, which ends the command line and all that it has started."""

import contextlib
import os
import signal
import threading
import time

PATIENCE = 1.5  # seconds that what is under way has to put its files in order
INTERRUPTED = 130  # the exit code that shells give to a program ended by Ctrl-C
STOPPED = "Stopped. What was finished is kept; run again to go on."


def heed(pressed: threading.Event) -> None:
    """Let Ctrl-C end the program within `PATIENCE`, in whatever library the main thread is."""

    def interrupt(number: int, frame: object) -> None:
        pressed.set()
        while frame is not None:
            # Native code that is being loaded takes an exception for a crash.
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                end(STOPPED)
            frame = frame.f_back
        raise KeyboardInterrupt

    def watch() -> None:
        while os.read(here, 1) != bytes([signal.SIGINT]):
            continue
        time.sleep(PATIENCE)
        end(STOPPED)

    here, there = os.pipe()
    if os.name != "nt":
        os.set_blocking(there, False)
    signal.set_wakeup_fd(there, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, interrupt)
    threading.Thread(target=watch, daemon=True).start()


def end(line: str = "") -> None:
    """End this process and all that it has started, without waiting for anything."""
    with contextlib.suppress(OSError):  # a closed terminal
        os.write(2, f"mnist-report: {line}\n".encode() if line else b"")
    with contextlib.suppress(ImportError, AttributeError):  # while it is itself being imported
        import psutil

        for child in psutil.Process().children(recursive=True):
            # Trackers end last, by themselves, and remove what others left.
            with contextlib.suppress(psutil.Error):
                if "resource_tracker" not in " ".join(child.cmdline()):
                    child.kill()
    os._exit(INTERRUPTED)
