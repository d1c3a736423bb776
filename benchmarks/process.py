"""Whole commands and processes: memory, start-up, evaluation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.pace import repeated
from mnist_report.common import storage
from mnist_report.training.runs import RUN

SAMPLE_SECONDS = 0.2


def peak_bytes() -> int:
    """The most memory that this process has had resident."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux's getrusage starts a process with its parent's peak, this with its own.
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def peak_bytes_of_children() -> int:
    """The most that any one finished child had; 0 on Windows, where nobody keeps it."""
    if sys.platform == "win32":
        return 0
    import resource

    return _bytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _bytes(peak: int) -> int:
    return peak if sys.platform == "darwin" else 1024 * peak


def start_up(repeats: int) -> dict[str, Any]:
    """Seconds of `mnist-report --help`, and whether it imports PyTorch."""
    times = repeated(lambda: _run([*command(), "--help"]), repeats)
    code = "import sys, mnist_report.cli.commands; print('torch' in sys.modules)"
    answer = _run([sys.executable, "-c", code])
    return {"seconds": median(times), "worst": max(times), "torch": answer.strip() == "True"}


def training_memory(recipe: str) -> dict[str, Any]:
    """Resident memory of `mnist-report train RECIPE` from its first to its last moment.

    It stores into a folder of its own, which is thrown away.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"MNIST_REPORT_RESULTS": folder, "MNIST_REPORT_DEVICE": "cpu"}
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (fixed words)
            [*command(), "train", recipe],
            env=environment | {"TQDM_DISABLE": "1"},
            stdout=subprocess.DEVNULL,
        )
        try:
            samples = _sampled(process)
        finally:
            process.kill()
        if process.wait():
            raise RuntimeError(f"mnist-report train {recipe} failed.")
        seconds = time.perf_counter() - started
        begun, ended = _training(Path(folder) / f"{recipe}-s0" / RUN)
    peak = max(*(size for _, size in samples), peak_bytes_of_children())
    training = [size for moment, size in samples if begun <= moment <= ended]
    return {"recipe": recipe, "seconds": seconds, "peak_bytes": peak} | growth(training)


def _training(run: Path) -> tuple[float, float]:
    """When the training of a run began and ended: it is stored right afterwards."""
    ended = run.stat().st_mtime
    return ended - storage.read_json(run)["training_seconds"], ended


def growth(samples: list[int]) -> dict[str, float]:
    """Resident bytes in the middle of training and near its end: medians of a fifth each.

    The very beginning and end are left out: the first steps, and the test images.
    """
    count = len(samples)
    middle = samples[int(0.4 * count) : max(int(0.6 * count), int(0.4 * count) + 1)]
    late = samples[int(0.75 * count) : max(int(0.95 * count), int(0.75 * count) + 1)]
    return {"middle_bytes": median(middle), "late_bytes": median(late)}


def evaluation(name: str, repeats: int) -> dict[str, Any]:
    """Seconds for the logits of the 10,000 test images, by a network with fresh weights."""
    import torch

    from mnist_report import datasets
    from mnist_report.training import inference, loop, networks, recipes

    recipe, data = recipes.get(name), datasets.load()
    model = networks.build(recipe.network, recipe.width).to(memory_format=torch.channels_last)
    normalisation = loop.choose_normalisation(recipe, data.train_images)
    given = (model, data.test_images, normalisation, recipe.view_maps())
    times = repeated(lambda: inference.model_logits(*given), repeats)
    return {"seconds": median(times), "first": times[0], "images": len(data.test_images)}


def command() -> list[str]:
    """`mnist-report` of this environment; by way of Python where it is not installed."""
    installed = shutil.which("mnist-report", path=sysconfig.get_path("scripts"))
    return [installed] if installed else [sys.executable, "-m", "mnist_report"]


def _sampled(process: subprocess.Popen) -> list[tuple[float, int]]:
    """Moments, in seconds since 1970, and the bytes that are then resident."""
    import psutil

    samples = []
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            samples.append((time.time(), watched.memory_info().rss))
        except psutil.NoSuchProcess:
            break
        time.sleep(SAMPLE_SECONDS)
    return samples


def _run(words: list[str]) -> str:
    answer = subprocess.run(  # noqa: S603 (fixed words)
        words, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return answer.stdout
