"""`python -m tools gallery`, `readme STUDY`, `pictures NOTEBOOK…`, `values` or `quick`.

All but the last print the files that changed; `mnist-report notebooks --inplace` and `mnist-report
study` call the first three where the project has them. The last prints the tests for `make quick`.
"""

import sys
from importlib import import_module
from pathlib import Path

from mnist_report.common.errors import ReportError

# Each imports what it needs and no more: some of them draw figures.
TASKS = {
    "gallery": lambda gallery: [gallery.refresh()],
    "readme": lambda readme, *names: readme.refresh(*names),
    "pictures": lambda pictures, *names: pictures.shrink(map(Path, names)),
    "values": lambda values: [values.refresh()],
    "quick": lambda quick: quick.main(),
}


def main(task: str, *words: str) -> None:
    """Do a task, and print the paths that it returns, one a line."""
    for path in TASKS[task](import_module(f"tools.{task}"), *words):
        print(path)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ReportError as error:
        sys.exit(str(error))
