"""What is measured, and in which order: a list of jobs, each for a process of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SECTIONS = ("programs", "steps", "process", "export")


@dataclass(frozen=True)
class Scale:
    """How thoroughly to measure.

    Attributes:
        rounds: turns of each program.
        budget: seconds for the training of a program in its turn, and for its evaluation.
        steps: training steps of each kind when single steps are measured.
        product_budget: seconds for the matrix products of each size.
        train: whether to train what time to 99.0 % needs.
        memory: the recipe whose training is watched from outside; none if empty.
        repeats: of short commands.
    """

    rounds: int = 3
    budget: float = 10.0
    steps: int = 120
    product_budget: float = 4.0
    train: bool = True
    memory: str = "standard"
    repeats: int = 9


QUICK = Scale(
    rounds=1,
    budget=0.2,
    steps=4,
    product_budget=0.01,
    train=False,
    memory="",
    repeats=2,
)


@dataclass(frozen=True)
class Job:
    """One measurement.

    Attributes:
        key: its row in the store.
        task: a name in `worker.TASKS`.
        arguments: of the task.
        expected: about how many seconds it takes, for the progress bar.
    """

    key: str
    task: str
    arguments: dict[str, Any] = field(default_factory=dict)
    expected: float = 10.0


def plan(section: str, scale: Scale, fresh: bool = False) -> list[Job]:
    """The jobs of a section, in order."""
    plans = {"programs": _programs, "steps": _steps, "process": _process, "export": _export}
    return plans[section](scale, fresh)


def _programs(scale: Scale, fresh: bool) -> list[Job]:
    from benchmarks.programs import names

    turns = [
        Job(
            f"{name} / round {number}",
            "program",
            {"name": name, "budget": scale.budget},
            expected=2 * scale.budget + 5,
        )
        for number in range(1, scale.rounds + 1)
        for name in names()
    ]
    seconds = 300.0 if scale.train else 3.0
    return turns + [
        Job(
            f"{name} / accuracy",
            "accuracy",
            {"name": name, "train": scale.train, "fresh": fresh},
            expected=seconds,
        )
        for name in names()
    ]


def _steps(scale: Scale, _: bool) -> list[Job]:
    from mnist_report.training.recipes import RECIPES

    rounds, short = scale.steps, max(scale.steps // 3, 1)
    jobs = [Job("matrix product", "matrix_peak", {"seconds": scale.product_budget}, 20)]
    for name in RECIPES:
        jobs += [
            Job(f"{name} / input", "input_cost", {"name": name, "rounds": rounds}, 20),
            Job(f"{name} / limits", "step_limits", {"name": name, "steps": short}, 15),
        ]
    return jobs


def _process(scale: Scale, _: bool) -> list[Job]:
    from mnist_report.training.recipes import RECIPES

    jobs = [Job("start-up", "start_up", {"repeats": scale.repeats}, 8)]
    jobs += [
        Job(f"{name} / evaluation", "evaluation", {"name": name, "repeats": scale.repeats}, 12)
        for name in RECIPES
    ]
    if scale.memory:
        jobs.append(Job("training memory", "training_memory", {"recipe": scale.memory}, 110))
    return jobs


def _export(scale: Scale, _: bool) -> list[Job]:
    from benchmarks.exporting import FORMATS, MERGED, REPORT, has_report

    return [
        Job(f"{what} / {to}", "export_time", {"what": what, "to": to, "repeats": scale.repeats}, 15)
        for what in ([REPORT] if has_report() else []) + [MERGED]
        for to in FORMATS
    ]
