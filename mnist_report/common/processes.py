"""Processes that a program starts end with it, however it ended."""

import os
import threading
import time
from functools import cache
from multiprocessing import parent_process


@cache
def end_with(parent: int = 0) -> None:
    """Let this process end when its parent has: the one with this number, or multiprocessing's."""
    # One that is itself the process with the number goes on, and on Windows any.
    if not parent or (parent != os.getpid() and os.name != "nt"):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    if not parent:
        parent_process().join()
    while parent and os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
