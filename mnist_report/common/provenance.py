"""Origin of a result: versions, machine, commit, time."""

import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from pydantic import ConfigDict, Field

from mnist_report import __version__
from mnist_report.common import devices, settings
from mnist_report.common.storage import Stored

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "scipy")


class Provenance(Stored):
    """Origin of a result, as far as that is known; of a study, what all its runs share."""

    model_config = ConfigDict(extra="allow")  # what other versions noted stays

    time: str | None = None
    git_commit: str | None = None  # with "+" where files differ from it
    mnist_report: str | None = None
    python: str | None = None
    torch: str | None = None
    torchvision: str | None = None
    numpy: str | None = None
    scikit_learn: str | None = Field(None, alias="scikit-learn")
    scipy: str | None = None
    device: str | None = None
    device_name: str | None = None
    precision: str | None = None
    compiled: bool | None = None
    threads: int | None = None
    platform: str | None = None
    seed: int | None = None


def provenance(seed: int, device: torch.device, compiled: bool = False) -> Provenance:
    """Look up versions, machine, commit and time."""
    return Provenance(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=git_commit(),
        mnist_report=__version__,
        python=platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        device=device.type,
        device_name=device_name(device),
        precision=str(devices.precision(device)).removeprefix("torch."),
        compiled=compiled,
        threads=torch.get_num_threads(),
        platform=f"{platform.system()} {platform.machine()}",
        seed=seed,
    )


def device_name(device: torch.device) -> str:
    """Return the maker's name of the device."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _cpu_name() if device.type == "cpu" else device.type


def git_commit() -> str | None:
    """Return the checkout's commit, with "+" where files differ from it; None without git."""
    if (git := shutil.which("git")) is None:
        return None
    command = [git, "-C", str(settings.project_root()), "status", "--porcelain=v2", "--branch"]
    status = subprocess.run(  # noqa: S603 (fixed words)
        command, capture_output=True, text=True, check=False
    )
    commit = re.search(r"^# branch.oid ([0-9a-f]{12})", status.stdout, re.MULTILINE)
    differ = any(not line.startswith("#") for line in status.stdout.splitlines())
    return commit and commit[1] + ("+" if differ else "")


def _cpu_name() -> str:
    # Linux leaves platform.processor() empty or general; the kernel knows better.
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    found = re.search(r"^model name\s*: (.+)", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()
