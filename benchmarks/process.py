"""Timing; and whole commands and processes: memory, start-up, evaluation."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import psutil

from mnist_report.common import storage
from mnist_report.training.runs import RUN

WARM_UP = 3  # steps: the first ones choose kernels and fetch memory
SAMPLE_SECONDS = 0.2


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
    """Take steps for `budget` seconds, or one epoch if that is shorter; loading counts as well."""
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
    """Return the seconds of each step, in turn, so that a slow moment meets all of them alike."""
    times, labels = {label: [] for label in steps}, list(steps)
    for number in range(rounds):
        turn = number % len(labels)  # whatever comes first finds another's data in the caches
        for label in labels[turn:] + labels[:turn]:
            started = time.perf_counter()
            steps[label]()
            times[label].append(time.perf_counter() - started)
    return times


def spread(values: list[float]) -> dict[str, float]:
    """Return median, quartiles and number of the values."""
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": median(values), "low": low, "high": high, "count": len(values)}


# --- processes --------------------------------------------------------------------------------


def peak_bytes(of: str = "SELF") -> int:
    """The most that this process, or any one finished child, has had resident; 0: not known."""
    status = Path("/proc/self/status")
    if of == "SELF" and status.exists():
        # Linux's getrusage starts a process with its parent's peak, this with its own.
        lines = status.read_text(encoding="utf-8").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset if of == "SELF" else 0
    import resource

    peak = resource.getrusage(getattr(resource, f"RUSAGE_{of}")).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def start_up(repeats: int) -> dict[str, Any]:
    """Seconds of `mnist-report --help`, and whether it imports PyTorch."""
    times = repeated(lambda: _run([*command(), "--help"]), repeats)
    code = "import sys, mnist_report.cli.commands; print('torch' in sys.modules)"
    answer = _run([sys.executable, "-c", code])
    return {"seconds": median(times), "worst": max(times), "torch": answer.strip() == "True"}


def training_memory(recipe: str) -> dict[str, Any]:
    """Resident memory of `mnist-report train RECIPE` from its first to its last moment."""
    with tempfile.TemporaryDirectory() as folder:  # of the run, which is thrown away
        environment = os.environ | {"MNIST_REPORT_RESULTS": folder, "MNIST_REPORT_DEVICE": "cpu"}
        started, samples = time.perf_counter(), []  # moments, in seconds since 1970, and bytes
        with (
            psutil.Popen(
                [*command(), "train", recipe],
                env=environment | {"TQDM_DISABLE": "1"},
                stdout=subprocess.DEVNULL,
            ) as process,
            suppress(psutil.NoSuchProcess),
        ):  # it may end in between
            while process.poll() is None:
                samples.append((time.time(), process.memory_info().rss))
                time.sleep(SAMPLE_SECONDS)
        if process.returncode:
            raise RuntimeError(f"mnist-report train {recipe} failed.")
        seconds = time.perf_counter() - started
        begun, ended = _training(Path(folder) / f"{recipe}-s0" / RUN)
    peak = max(*(size for _, size in samples), peak_bytes("CHILDREN"))
    training = [size for moment, size in samples if begun <= moment <= ended]
    return {"recipe": recipe, "seconds": seconds, "peak_bytes": peak} | growth(training)


def _training(run: Path) -> tuple[float, float]:
    """When the training of a run began and ended: it is stored right afterwards."""
    ended = run.stat().st_mtime
    return ended - storage.read_json(run)["training_seconds"], ended


def growth(samples: list[int]) -> dict[str, float]:
    """Resident bytes in the middle of training and near its end: medians of a fifth each."""
    # The very beginning and end are left out: the first steps, and the test images.
    parts = {"middle_bytes": (0.4, 0.6), "late_bytes": (0.75, 0.95)}
    bounds = {k: [int(share * len(samples)) for share in part] for k, part in parts.items()}
    return {k: median(samples[low : max(high, low + 1)]) for k, (low, high) in bounds.items()}


def evaluation(name: str, repeats: int) -> dict[str, Any]:
    """Seconds for the logits of the 10,000 test images, by a network with fresh weights."""
    import torch

    from mnist_report import datasets
    from mnist_report.training import inference, loop, recipes

    recipe, data = recipes.get(name), datasets.load()
    model = recipe.build().to(memory_format=torch.channels_last)
    normalisation = loop.choose_normalisation(recipe, data.train_images)
    given = (model, data.test_images, normalisation, recipe.view_maps())
    times = repeated(lambda: inference.model_logits(*given), repeats)
    return {"seconds": median(times), "first": times[0], "images": len(data.test_images)}


def side_by_side(recipe: str, runs: int, data: Any = None) -> dict[str, Any]:
    """Seconds of a study's runs, one after the other on all threads, and two at a time on a share.

    Both begin with an empty results folder, and include the start of the processes.
    """
    from mnist_report.studies.definitions import Definition
    from mnist_report.studies.run import train
    from mnist_report.training import recipes

    study, seconds = Definition("side-by-side", (recipes.get(recipe),), seeds=runs), {}
    for jobs in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["MNIST_REPORT_RESULTS"] = folder
            step = partial(train, study, jobs=jobs, data=data)
            seconds[f"{jobs} at a time"] = repeated(step, 1)[0]
    return {"recipe": recipe, "runs": runs, "seconds": seconds}


def command() -> list[str]:
    """`mnist-report` of this environment; by way of Python where it is not installed."""
    installed = shutil.which("mnist-report", path=sysconfig.get_path("scripts"))
    return [installed] if installed else [sys.executable, "-m", "mnist_report"]


def _run(words: list[str]) -> str:
    answer = subprocess.run(  # noqa: S603 (fixed words)
        words, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return answer.stdout
