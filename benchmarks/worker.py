"""One measurement in a process of its own: `python -m benchmarks.worker TASK ARGUMENTS`.

Its answer, in JSON, is the last line that it prints.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

# Imported only when it is their turn: a module that is not needed would count as memory.
TASKS = {
    "program": "programs",
    "accuracy": "accuracy",
    "input_cost": "steps",
    "matrix_peak": "limits",
    "step_limits": "limits",
    "start_up": "process",
    "training_memory": "process",
    "evaluation": "process",
    "export_time": "exporting",
}


def answer(task: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Do it."""
    return getattr(import_module(f"benchmarks.{TASKS[task]}"), task)(**arguments)


if __name__ == "__main__":
    print(json.dumps(answer(sys.argv[1], json.loads(sys.argv[2]))))
