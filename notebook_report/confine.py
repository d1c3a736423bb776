"""Limits for a process and what it starts.

Also a program: ``confine.py MEMORY SECONDS COMMAND …`` becomes the command, within these limits. It
runs before each pandoc and each typesetter, and so imports little.
"""

import os
import sys

AFTER = 5  # seconds more until a process that does not heed the limit is killed


def confine(memory: int, seconds: int) -> None:
    """Let this process and its children take no more: on Linux both, on macOS the time only."""
    limits = {"DATA": (memory, memory), "CPU": (seconds, seconds + AFTER)}
    for name, both in limits.items():
        try:
            import resource

            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), both)
        except (ImportError, OSError, ValueError):  # a lower one may be set already
            continue


def main() -> None:
    """Become the command."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
    confine(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 (a command of our own, and no shell)


if __name__ == "__main__":
    main()
