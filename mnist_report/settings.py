"""Where things are, which recipe, device and language to use: environment variables with defaults.

Paths start at the project's root, found from the package and never from the working directory,
because Jupyter and nbval run a notebook in its own folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.errors import ReportError

if TYPE_CHECKING:
    import torch


def project_root() -> Path:
    """The checkout: the folder that holds the package."""
    return Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The folder of the data set (`MNIST_REPORT_DATA`), torchvision's `root`."""
    return _folder("MNIST_REPORT_DATA", "data")


def results_dir() -> Path:
    """The folder of the runs (`MNIST_REPORT_RESULTS`)."""
    return _folder("MNIST_REPORT_RESULTS", "results")


def recipe_name() -> str:
    """The recipe that notebooks and report work on (`MNIST_REPORT_RECIPE`)."""
    return os.environ.get("MNIST_REPORT_RECIPE") or "standard"


def language() -> str:
    """The language of figures and tables that name none (`MNIST_REPORT_LANGUAGE`)."""
    return os.environ.get("MNIST_REPORT_LANGUAGE") or "en"


def device() -> torch.device:
    """The device to compute on: `MNIST_REPORT_DEVICE`, else an accelerator, else the CPU.

    Raises:
        ReportError: the variable names no device that this machine has.
    """
    import torch

    name = os.environ.get("MNIST_REPORT_DEVICE")
    if not name:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ReportError(
            f"MNIST_REPORT_DEVICE={name} is not a device of this machine; "
            "unset it, or set it to cpu."
        ) from error


def _folder(variable: str, default: str) -> Path:
    value = os.environ.get(variable)
    return Path(value).expanduser().resolve() if value else project_root() / default
