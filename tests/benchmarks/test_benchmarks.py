"""The benchmarks' arithmetic, jobs and tables; never how long anything takes."""

import inspect

import pytest

from benchmarks import jobs, process, programs
from mnist_report.common.errors import ReportError
from mnist_report.training import recipes

FACTS = {"git_commit": "abc", "threads": 2, "time": "now", "torch": "2", "platform": "Linux"}
FACTS |= {"device_name": "Chip", "cores": 2, "python": "3", "torchvision": "0", "numpy": "2"}
FACTS |= {"mnist_report": "1", "precision": "float32"}


class Clock:
    """A clock that goes forward only when something is done."""

    def __init__(self):
        self.now = 0.0

    def spend(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(process.time, "perf_counter", lambda: made.now)
    return made


# --- timing


def test_a_part_of_an_epoch_stands_for_the_whole():
    part = process.Pace(steps=200, seconds=10.0, total=1000)
    assert (part.epoch_seconds, part.share) == (50.0, 0.2)


def test_steps_are_taken_until_the_budget_is_spent(clock):
    seen = []

    def step(batch):
        seen.append(batch)
        clock.spend(0.5)

    measured = process.timed(range(100), step, 100, budget=3.0)
    assert measured == process.Pace(steps=6, seconds=3.0, total=100)
    assert seen == [0, 1, 2, 0, 1, 2, 3, 4, 5]  # the warm-up is not counted


def test_a_short_epoch_is_measured_whole(clock):
    measured = process.timed(range(4), lambda _: clock.spend(0.5), 4, budget=60)
    assert measured == process.Pace(4, 2.0, 4)


def test_time_in_the_loader_counts(clock):
    def slow_batches():
        for number in range(5):
            clock.spend(1.0)
            yield number

    class Loader:
        def __iter__(self):
            return slow_batches()

    assert process.timed(Loader(), lambda _: None, 5, budget=60).seconds == 5.0


@pytest.mark.parametrize(("budget", "expected"), [(0.01, 8), (5.0, 50), (1000, 400)])
def test_steps_within_the_budget_the_least_and_the_epoch(budget, expected):
    assert programs.affordable(budget, per_step=0.1, least=8, total=400) == expected


def test_turns_move_on_by_one(clock):
    order = []

    def step(label, seconds):
        return lambda: (order.append(label), clock.spend(seconds))

    found = process.in_turn({"a": step("a", 1), "b": step("b", 100)}, rounds=3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": [1] * 3, "b": [100] * 3}


def test_spread_is_median_and_quartiles():
    assert process.spread([1, 2, 3, 4, 100]) == {"median": 3, "low": 2, "high": 4, "count": 5}
    assert process.spread([7.0]) == {"median": 7.0, "low": 7.0, "high": 7.0, "count": 1}


# --- jobs, each in a process of its own, kept on disk


@pytest.mark.parametrize("section", [*jobs.SECTIONS, jobs.ACCELERATOR])
@pytest.mark.parametrize("scale", [jobs.Scale(), jobs.QUICK], ids=["full", "quick"])
def test_every_job_names_a_task_with_its_arguments(section, scale):
    planned = jobs.plan(section, scale)
    assert len({job.key for job in planned}) == len(planned)
    for job in planned:
        inspect.signature(jobs.task(job.task)).bind(**job.arguments)


def test_programs_take_turns_and_all_recipes_are_among_them():
    keys = [job.key for job in jobs.plan("programs", jobs.Scale(rounds=2))]
    names = [programs.PUBLISHED, *recipes.RECIPES]
    assert keys == [f"{name} / round {number}" for number in (1, 2) for name in names]


def test_a_job_runs_in_another_process_and_its_failure_is_told():
    with pytest.raises(ReportError, match=r"“wrong” failed: .*no such task"):
        jobs.answer(jobs.Job("wrong", "process.no such task", {}))
