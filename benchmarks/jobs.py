"""Jobs, the measurements: each in a process of its own.

`python -m benchmarks.jobs TASK ARGUMENTS` is such a process: its answer, in JSON, is the last line
that it prints.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from tqdm import tqdm

from mnist_report.common import settings
from mnist_report.common.errors import ReportError

SECTIONS = ("programs", "steps", "process", "export")  # those for a CPU
ACCELERATOR = "accelerator"  # only when it is asked for by name


@dataclass(frozen=True)
class Scale:
    """Thoroughness of a measurement."""

    rounds: int = 3  # turns of each program
    budget: float = 10.0  # seconds for a program's training in its turn, and for its evaluation
    steps: int = 120  # training steps of each kind when single steps are measured
    product_budget: float = 4.0  # seconds for the matrix products of each size
    memory: str = "standard"  # the recipe whose training is watched from outside, if any
    repeats: int = 9  # of short commands
    runs: int = 6  # one after the other, and two at a time


QUICK = Scale(rounds=1, budget=0.2, steps=4, product_budget=0.01, memory="", repeats=2, runs=2)


class Job(NamedTuple):
    """One measurement: its row in the store, a function "module.name", and what that is given."""

    key: str
    task: str
    arguments: dict[str, Any]


def plan(section: str, scale: Scale) -> list[Job]:
    """Return the jobs of a section, in order."""
    from benchmarks.exporting import FORMATS, MERGED, REPORT, executed_report
    from benchmarks.programs import PUBLISHED
    from benchmarks.steps import COMPILED_RECIPE, SEEDS
    from mnist_report.training.recipes import RECIPES

    budget, rounds = {"budget": scale.budget}, {"rounds": scale.steps}
    few, repeats = {"steps": max(scale.steps // 3, 1)}, {"repeats": scale.repeats}
    seeds = {name: range(min(count, scale.rounds + 2)) for name, count in SEEDS.items()}
    planned = {
        "programs": [
            (f"{name} / round {number}", "programs.program", {"name": name} | budget)
            for number in range(1, scale.rounds + 1)
            for name in (PUBLISHED, *RECIPES)
        ],
        "steps": [("matrix product", "steps.matrix_peak", {"seconds": scale.product_budget})]
        + [(f"{n} / input", "steps.input_cost", {"name": n} | rounds) for n in RECIPES]
        + [(f"{n} / limits", "steps.step_limits", {"name": n} | few) for n in RECIPES],
        "process": [
            ("start-up", "process.start_up", repeats),
            ("side by side", "process.side_by_side", {"recipe": "fast", "runs": scale.runs}),
        ]
        + [(f"{n} / evaluation", "process.evaluation", {"name": n} | repeats) for n in RECIPES]
        + [("training memory", "process.training_memory", {"recipe": scale.memory})]
        * bool(scale.memory),
        "export": [
            (f"{what} / {to}", "exporting.export_time", {"what": what, "to": to} | repeats)
            for what in [REPORT] * executed_report().exists() + [MERGED]
            for to in FORMATS
        ],
        ACCELERATOR: [
            (PUBLISHED, "programs.published_program", budget | {"device": settings.device().type}),
            (f"{COMPILED_RECIPE} / steps", "steps.compiled", {"name": COMPILED_RECIPE} | rounds),
        ]
        + [
            (f"{name} / seed {seed}", "steps.whole_run", {"name": name, "seed": seed})
            for name, numbers in seeds.items()
            for seed in numbers
        ],
    }
    return [Job(*job) for job in planned[section]]


def run(jobs: list[Job]) -> dict[str, Any]:
    """Return the answers of jobs by their keys, with a bar that shows the time left."""
    answers = {}
    with tqdm(jobs, unit="job") as progress:
        for job in progress:
            progress.set_description(job.key)
            answers[job.key] = answer(job)
    return answers


def answer(job: Job) -> dict[str, Any]:
    """Return the answer of a job's own process; ReportError if it failed."""
    done = subprocess.run(  # noqa: S603 (fixed words)
        [sys.executable, "-m", "benchmarks.jobs", job.task, json.dumps(job.arguments)],
        cwd=settings.project_root(),
        env=os.environ | {"TQDM_DISABLE": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if done.returncode:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise ReportError(f"The measurement “{job.key}” failed: {reason}")
    return json.loads(done.stdout.splitlines()[-1])


def task(name: str) -> Any:
    """Return the function "module.name"; imported now: more would count as memory."""
    module, _, function = name.partition(".")
    return getattr(import_module(f"benchmarks.{module}"), function)


if __name__ == "__main__":
    print(json.dumps(task(sys.argv[1])(**json.loads(sys.argv[2]))))
