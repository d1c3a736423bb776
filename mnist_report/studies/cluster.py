"""Runs on the workers of a Dask cluster: what can become of it is told in one line."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mnist_report.common.errors import ReportError, StudyError, raised_as
from mnist_report.training.runs import Run

from .worker import train_one

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 60  # seconds that a cluster may be without workers
GONE = "has gone: start it and its workers again"
EMPTY = "has no workers: start some"
FAILED = "has workers that make no run, as their own words tell: each needs this version of ours"


@dataclass(frozen=True)
class Cluster:
    """The workers of the Dask scheduler at an address; StudyError when they cannot go on."""

    address: str
    client: Client

    def threads(self) -> int:
        """Wait for workers, and return how many runs they make side by side."""
        with self._told():
            self.client.wait_for_workers(1, timeout=PATIENCE)
            return sum(self.client.ncores().values())

    def runs(self, tasks: Sequence[tuple[Any, ...]]) -> Iterator[Run]:
        """Yield runs as they are finished; Dask gives those of a dead worker to others."""
        from distributed import wait

        with self._told():
            left = {self.client.submit(train_one, *task, pure=False) for task in tasks}
            while left:
                try:
                    done, left = wait(left, PATIENCE, "FIRST_COMPLETED")
                except TimeoutError:
                    if not self.client.ncores():
                        raise
                    continue
                yield from [future.result() for future in done]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ReportError:
            raise
        except Exception as error:
            if isinstance(error, CancelledError) or self.client.status != "running":
                what = GONE
            else:
                what = EMPTY if isinstance(error, TimeoutError) else FAILED
            kept = "Finished runs are kept; the same command goes on."
            raise StudyError(f"The Dask scheduler {self.address} {what}. {kept}") from error


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Connect to the Dask scheduler at an address; StudyError if none answers there."""
    if find_spec("distributed") is None:
        raise StudyError('A Dask cluster needs Dask: run `pip install "mnist-report[cluster]"`.')
    from distributed import Client

    for name in logging.root.manager.loggerDict:
        if name.startswith("distributed"):  # which tells its users, and at length
            logging.getLogger(name).setLevel(logging.CRITICAL)
    none = f"No Dask scheduler answers at {address}: is it running there?"
    with raised_as(lambda _: StudyError(none), Exception):
        client = Client(address)
    with client:
        yield Cluster(address, client)
