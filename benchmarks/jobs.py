"""Jobs, the measurements: each in a process of its own and kept as soon as it is done.

`python -m benchmarks.jobs TASK ARGUMENTS` is such a process: its answer, in JSON, is the last line
that it prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mnist_report.common import settings, storage
from mnist_report.common.errors import ReportError

SECTIONS = ("programs", "steps", "process", "export")  # those for a CPU
ACCELERATOR = "accelerator"  # only when it is asked for by name
MOVING = ("time", "seed", "git_commit")  # what may differ when a measurement is taken up again


@dataclass(frozen=True)
class Scale:
    """Thoroughness of a measurement."""

    rounds: int = 3  # turns of each program
    budget: float = (
        10.0  # seconds for the training of a program in its turn, and for its evaluation
    )
    steps: int = 120  # training steps of each kind when single steps are measured
    product_budget: float = 4.0  # seconds for the matrix products of each size
    memory: str = "standard"  # the recipe whose training is watched from outside, if any
    repeats: int = 9  # of short commands


QUICK = Scale(rounds=1, budget=0.2, steps=4, product_budget=0.01, memory="", repeats=2)


@dataclass(frozen=True)
class Job:
    """One measurement: its row in the store, a function "module.name", and what that is given."""

    key: str
    task: str
    arguments: dict[str, Any] = field(default_factory=dict)
    expected: float = 15.0  # seconds, for the progress bar


def plan(section: str, scale: Scale) -> list[Job]:
    """Return the jobs of a section, in order."""
    from mnist_report.training.recipes import RECIPES

    repeats = {"repeats": scale.repeats}
    if section == "programs":
        from benchmarks.programs import names

        turns = [(name, number) for number in range(1, scale.rounds + 1) for name in names()]
        budget, time_each = scale.budget, 2 * scale.budget + 5
        return [
            Job(f"{n} / round {k}", "programs.program", {"name": n, "budget": budget}, time_each)
            for n, k in turns
        ]
    if section == "steps":
        jobs = [Job("matrix product", "steps.matrix_peak", {"seconds": scale.product_budget})]
        for name in RECIPES:
            given, short = {"name": name}, max(scale.steps // 3, 1)
            jobs.append(Job(f"{name} / input", "steps.input_cost", given | {"rounds": scale.steps}))
            jobs.append(Job(f"{name} / limits", "steps.step_limits", given | {"steps": short}))
        return jobs
    if section == "process":
        jobs = [Job("start-up", "process.start_up", repeats)]
        jobs += [
            Job(f"{name} / evaluation", "process.evaluation", {"name": name} | repeats)
            for name in RECIPES
        ]
        watched = Job("training memory", "process.training_memory", {"recipe": scale.memory}, 110)
        return jobs + [watched] * bool(scale.memory)
    if section == ACCELERATOR:
        return _on_accelerator(scale)
    from benchmarks.exporting import FORMATS, exportable

    pairs = [(what, to) for what in exportable() for to in FORMATS]
    return [
        Job(f"{what} / {to}", "exporting.export_time", {"what": what, "to": to} | repeats)
        for what, to in pairs
    ]


def _on_accelerator(scale: Scale) -> list[Job]:
    from benchmarks.accelerator import COMPILED_RECIPE, SEEDS
    from benchmarks.programs import PUBLISHED

    seeds = {name: range(min(count, scale.rounds + 2)) for name, count in SEEDS.items()}
    given = {"name": COMPILED_RECIPE, "rounds": scale.steps}
    jobs = [Job(PUBLISHED, "accelerator.published", {"budget": scale.budget}, 2 * scale.budget)]
    jobs += [Job(f"{COMPILED_RECIPE} / steps", "accelerator.step", given, 90)]
    return jobs + [
        Job(f"{name} / seed {seed}", "accelerator.run", {"name": name, "seed": seed})
        for name, numbers in seeds.items()
        for seed in numbers
    ]


class Store:
    """The measurements so far, on disk after every job.

    One JSON file: section → `provenance`, `scale`, `complete` and `rows`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sections: dict[str, Any] = storage.read_json(path) if path.exists() else {}

    def open(
        self, section: str, scale: Scale, provenance: dict[str, Any], fresh: bool
    ) -> dict[str, Any]:
        """Return the rows of a section: those of a measurement that was interrupted, or none.

        Rows of another commit, machine, number of threads, version or scale are not gone on with:
        ratios hold within one run only.
        """
        new = {"provenance": provenance, "scale": asdict(scale), "complete": False, "rows": {}}
        old = self.sections.get(section)
        if fresh or old is None or old["complete"] or _fixed(old) != _fixed(new):
            self.sections[section] = new
        return self.sections[section]["rows"]

    def add(self, section: str, key: str, row: dict[str, Any]) -> None:
        """Keep a row."""
        self.sections[section]["rows"][key] = row
        storage.write_json(self.path, self.sections)

    def close(self, section: str) -> None:
        """Mark a section as complete."""
        self.sections[section]["complete"] = True
        storage.write_json(self.path, self.sections)

    def complete(self) -> dict[str, Any]:
        """Return the sections that are complete."""
        return {name: part for name, part in self.sections.items() if part["complete"]}


def _fixed(section: dict[str, Any]) -> dict[str, Any]:
    facts = section["provenance"]
    # A file that changes while measuring marks the commit with "+".
    commit = (facts["git_commit"] or "").removesuffix("+")
    return {k: facts[k] for k in facts if k not in MOVING} | {"commit": commit} | section["scale"]


def run(jobs: list[Job], section: str, store: Store, rows: dict[str, Any]) -> None:
    """Do what has not been done, with a bar that shows the time left."""
    total = sum(job.expected for job in jobs)
    shape = "{desc}{percentage:3.0f}%|{bar}| {elapsed} so far, about {remaining} left"
    with tqdm(total=total, bar_format=shape) as progress:
        for job in jobs:
            progress.set_description(job.key)
            before = progress.n
            if job.key not in rows:
                store.add(section, job.key, answer(job, progress))
            progress.update(before + job.expected - progress.n)


def answer(job: Job, progress: tqdm) -> dict[str, Any]:
    """Return the answer of a job's own process; ReportError if it failed."""
    process = subprocess.Popen(  # noqa: S603 (fixed words)
        [sys.executable, "-m", "benchmarks.jobs", job.task, json.dumps(job.arguments)],
        cwd=settings.project_root(),
        env=os.environ | {"TQDM_DISABLE": "1", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    end = time.monotonic() + job.expected
    try:
        while True:
            try:
                output, errors = process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                progress.update(1 if time.monotonic() < end else 0)
    finally:
        process.kill()
    if process.returncode:
        reason = (errors.strip() or "no reason given").splitlines()[-1]
        raise ReportError(f"The measurement “{job.key}” failed: {reason}")
    return json.loads(output.splitlines()[-1])


def task(name: str) -> Any:
    """Return the function "module.name"; imported now: more would count as memory."""
    module, _, function = name.partition(".")
    return getattr(import_module(f"benchmarks.{module}"), function)


if __name__ == "__main__":
    print(json.dumps(task(sys.argv[1])(**json.loads(sys.argv[2]))))
