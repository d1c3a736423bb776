"""Timing: part of an epoch for the whole, several things in turn, many times in few numbers."""

import time
from collections.abc import Callable, Iterable
from itertools import islice
from statistics import median, quantiles
from typing import Any, NamedTuple

WARM_UP = 3  # steps: the first ones choose kernels and fetch memory


class Pace(NamedTuple):
    """Batches measured, their seconds, and the batches of a whole epoch."""

    steps: int
    seconds: float
    total: int

    @property
    def epoch_seconds(self) -> float:
        """The whole epoch's time; extrapolated where only a part was measured."""
        return self.seconds / self.steps * self.total

    @property
    def share(self) -> float:
        """The part of the epoch that was measured."""
        return self.steps / self.total


def timed(batches: Iterable[Any], step: Callable[[Any], None], total: int, budget: float) -> Pace:
    """Take steps for `budget` seconds, or one epoch if that is shorter.

    Reading the batches counts as well: a program with a slow loader waits for it.
    """
    for batch in islice(iter(batches), WARM_UP):
        step(batch)
    done, seconds, started = 0, 0.0, time.perf_counter()
    for batch in batches:
        step(batch)
        done, seconds = done + 1, time.perf_counter() - started
        if seconds >= budget:
            break
    return Pace(done, seconds, total)


def repeated(step: Callable[[], object], count: int) -> list[float]:
    """Return the seconds of each repetition."""
    return in_turn({"": step}, count)[""]


def in_turn(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each step, measured one after the other in each round.

    So a slow moment of the machine meets all of them alike. The order moves on by one each round,
    because whatever comes first finds another's data in the caches.
    """
    times, labels = {label: [] for label in steps}, list(steps)
    for number in range(rounds):
        turn = number % len(labels)
        for label in labels[turn:] + labels[:turn]:
            started = time.perf_counter()
            steps[label]()
            times[label].append(time.perf_counter() - started)
    return times


def spread(values: list[float]) -> dict[str, float]:
    """Return median, quartiles and number of the values."""
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": median(values), "low": low, "high": high, "count": len(values)}
