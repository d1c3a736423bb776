"""Limits of the system's for what works on other people's files: memory and processor time."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .confine import AFTER, confine  # noqa: F401 (they are limits, too)

PROGRAM = Path(__file__).with_name("confine.py")
MEMORY = 3 * 2**30  # bytes that are written to
SECONDS = 120  # of processor time, of all threads together


def exceeded() -> str:
    """Say what a process that ended at a limit has done."""
    return f"it takes more than {MEMORY / 2**30:.2g} GiB of memory or {SECONDS} s of work"


def confined(*command: str) -> list[str]:
    """A command that runs within the limits, and on Linux ends with who started it."""
    if os.name == "nt":
        return list(command)
    return [sys.executable, "-IS", str(PROGRAM), str(MEMORY), str(SECONDS), *command]


def refuse(*_: object) -> None:
    """Raise what an exceeded limit is in this process."""
    raise OSError(errno.ETIME, exceeded())


@contextmanager
def bounded(stop: Callable[..., None] = refuse, tasks: int = 1) -> Iterator[None]:
    """Let what follows in this process, so many tasks, take as much more; OSError for what does.

    ``stop`` handles the signal of the time, which comes to the main thread alone: in others there
    is no limit, but for that which the main thread has set.
    """
    before, heeded = {}, None
    try:
        if threading.current_thread() is threading.main_thread():
            import resource

            limits = _more(tasks)
            before = {which: resource.getrlimit(which) for which in limits}
            heeded = signal.signal(signal.SIGXCPU, stop)
            for which, most in limits.items():
                with suppress(ValueError):  # a lower one may be set already
                    resource.setrlimit(which, (most, before[which][1]))
    except ImportError:  # Windows
        pass
    try:
        yield
    except MemoryError as error:
        raise OSError(errno.ENOMEM, exceeded()) from error
    finally:
        for which, both in before.items():
            resource.setrlimit(which, both)
        if before:
            signal.signal(signal.SIGXCPU, heeded)


def _more(tasks: int) -> dict[int, int]:
    """Add what may be taken to what this process has taken, by the numbers of the limits."""
    import resource

    now = resource.getrusage(resource.RUSAGE_SELF)
    limits = {resource.RLIMIT_CPU: int(now.ru_utime + now.ru_stime) + tasks * SECONDS}
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])  # of data
        limits[resource.RLIMIT_DATA] = pages * resource.getpagesize() + MEMORY
    return limits
