"""Processes that end with the one that started them, however that ended; and progress bars."""

import os
import sys
import threading
import time
from functools import cache
from multiprocessing import parent_process
from typing import Any

from tqdm import tqdm


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


def bar(*words: Any, **options: Any) -> tqdm:
    """Return tqdm's bar; in a notebook on stdout, since what is on stderr looks like an error."""
    if type(sys.stdout).__module__.startswith("ipykernel"):
        # It goes when it is finished, so that a document made from the notebook has none.
        options |= {"file": sys.stdout, "leave": False}
    return tqdm(*words, **options)
