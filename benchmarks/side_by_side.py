"""`python -m benchmarks.side_by_side`: six runs of `fast`, one after the other and two at a time.

One after the other each run has all threads; two at a time each has its share of them. Both begin
with an empty results folder and include the start of the processes. Nothing else should run.
"""

import os
import tempfile
import time

from benchmarks import report
from mnist_report.common import settings, storage
from mnist_report.datasets import mnist
from mnist_report.datasets.dataset import Dataset
from mnist_report.studies import run as studies
from mnist_report.studies.definitions import Definition
from mnist_report.training import recipes

RUNS = 6
WAYS = (1, 2)  # runs at a time


def main() -> None:
    """Measure, write benchmarks/side_by_side.json, and say what came out."""
    mnist.fetch()  # before anything is timed
    seconds = measure(Definition("side-by-side", (recipes.get("fast"),), seeds=RUNS))
    alone, together = (seconds[f"{jobs} at a time"] for jobs in WAYS)
    found = {"runs": RUNS, "seconds": seconds, "ratio": alone / together}
    path = settings.project_root() / "benchmarks" / "side_by_side.json"
    storage.write_json(path, report.provenance_now() | found)
    print(f"{RUNS} runs one after the other {alone:.1f} s, two at a time {together:.1f} s:")
    print(f"{alone / together:.2f} times as quick. Written to {path.name}.")


def measure(study: Definition, data: Dataset | None = None) -> dict[str, float]:
    """Seconds until all runs of the study are finished, for each of `WAYS`."""
    seconds = {}
    for jobs in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["MNIST_REPORT_RESULTS"] = folder
            started = time.perf_counter()
            runs = studies.train(study, jobs=jobs, data=data)
            seconds[f"{jobs} at a time"] = time.perf_counter() - started
            if len({run.folder for run in runs}) != study.seeds * len(study.recipes):
                raise RuntimeError("The two ways did not train the same runs.")
    return seconds


if __name__ == "__main__":
    main()
