"""`python -m tools gallery`, `readme STUDY` or `pictures NOTEBOOK…`: prints the files that changed.

`mnist-report notebooks --inplace` and `mnist-report study` call it where the project has it.
"""

import sys
from pathlib import Path

from mnist_report.common.errors import ReportError
from tools import gallery, pictures, readme

TASKS = {
    "gallery": lambda: [gallery.refresh()],
    "readme": readme.refresh,
    "pictures": lambda *names: pictures.shrink(map(Path, names)),
}


def main(task: str, *words: str) -> None:
    """Do a task, and print the paths of what it wrote, one a line."""
    for path in TASKS[task](*words):
        print(path)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ReportError as error:
        sys.exit(str(error))
