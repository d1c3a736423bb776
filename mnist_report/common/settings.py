"""Places, recipe, data, device and language: environment variables with defaults.

Paths start at the project's root, looked for upwards from the working directory, because Jupyter
and nbval run a notebook in its own folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_report.common.errors import ReportError, raised_as

if TYPE_CHECKING:
    import torch

LANGUAGES = ("en", "zh-CN")  # of figures, tables, notebooks and reports, the first one's source
PACKAGE = Path(__file__).resolve().parents[1]
# Notebooks and report as we ship them: in a wheel packed beside the code of the package, in a
# checkout where they are worked on.
SHIPPED = PACKAGE / "project" if (PACKAGE / "project" / "report").is_dir() else PACKAGE.parent
MARK = Path("report", "metadata.yml")  # what tells that a folder is a project
STUDENT_NUMBER = "student-number"
MNIST, RECIPE = "mnist", "standard"  # the data set and the recipe if none is named
# The data sets that have a name, and their fields; `datasets.dataset.NAMED` types these.
DATASETS = tomllib.loads(Path(__file__).with_name("datasets.toml").read_text(encoding="utf-8"))


def project_root() -> Path:
    """The nearest folder that is a project, from the working directory upwards."""
    here = Path.cwd()
    # Elsewhere it is the checkout, or for an installed package the working directory itself.
    elsewhere = SHIPPED if PACKAGE.parent == SHIPPED else here
    return next((at for at in (here, *here.parents) if (at / MARK).is_file()), elsewhere)


def data_dir() -> Path:
    """The folder of the data files (`MNIST_REPORT_DATA`), torchvision's `root`."""
    return _folder("MNIST_REPORT_DATA", "data")


def dataset() -> str:
    """The data set to work on (`MNIST_REPORT_DATASET`): one of `DATASETS`, or a folder's path."""
    return resolved(os.environ.get("MNIST_REPORT_DATASET") or MNIST)


def resolved(value: str) -> str:
    """A data set's name as it is, and a folder's path from the root of the file system."""
    if value in DATASETS:
        return value
    path = Path(value).expanduser()  # from the working directory, or else from the project
    return str((path if path.exists() else project_root() / path).resolve())


def dataset_label(value: str | Path | None = None) -> str:
    """Return the name that the runs of a data set are filed under; by default of `dataset()`."""
    value = dataset() if value is None else value
    if value in DATASETS:
        return str(value)
    name = re.sub(r"[^\w.-]+", "-", Path(value).name).strip(".-") or "data"
    return f"{name}-folder" if name in DATASETS else name


def own_part(folder: Path, label: str | None = None) -> Path:
    """Return a data set's part of a folder: below it by its label, but for MNIST the whole."""
    label = dataset_label() if label is None else label
    return folder if label == MNIST else folder / label


def results_root() -> Path:
    """The folder of all runs (`MNIST_REPORT_RESULTS`)."""
    return _folder("MNIST_REPORT_RESULTS", "results")


def results_dir(label: str | None = None) -> Path:
    """The folder of the runs on one data set, by default the one that is worked on."""
    return own_part(results_root(), label)


def recipe_name() -> str:
    """The recipe that notebooks and report work on (`MNIST_REPORT_RECIPE`)."""
    return os.environ.get("MNIST_REPORT_RECIPE") or RECIPE


def seed(given: int | None = None) -> int:
    """The seed of a run: the one that is given, or else 0, or that of one's student number."""
    if given is not None:
        return given
    import yaml

    # By `seed: student-number` in report/metadata.yml, and the `number` among `values` there.
    content = None
    with suppress(OSError, ValueError, yaml.YAMLError):  # the export names the mistake
        text = (project_root() / MARK).read_text(encoding="utf-8")
        content = yaml.BaseLoader(text).get_single_data()  # texts of all: a number keeps its zeros
    if not isinstance(content, dict) or content.get("seed") != STUDENT_NUMBER:
        return 0
    values = content.get("values")
    number = values.get("number") if isinstance(values, dict) else None
    if not (isinstance(number, str) and re.search(r"\d", number)):  # still to be filled in
        raise ReportError(f"metadata.yml: seed: {STUDENT_NUMBER} needs a number: among its values.")
    return seed_of(number)


def seed_of(number: str) -> int:
    """Return a student number's seed, below a million."""
    return int(hashlib.sha256(number.strip().encode()).hexdigest(), 16) % 1_000_000


def language() -> str:
    """The language of figures and tables that name none (`MNIST_REPORT_LANGUAGE`)."""
    return os.environ.get("MNIST_REPORT_LANGUAGE") or "en"


def device() -> torch.device:
    """The device to compute on: `MNIST_REPORT_DEVICE`, else an accelerator, else the CPU.

    ReportError if the variable names no device that this machine has.
    """
    import torch

    name = os.environ.get("MNIST_REPORT_DEVICE")
    if not name:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    unknown = f"MNIST_REPORT_DEVICE={name} is not a device of this machine"
    mend = "unset it, or set it to cpu."
    with raised_as(lambda _: ReportError(f"{unknown}; {mend}"), RuntimeError, AssertionError):
        return torch.empty(0, device=name).device


def _folder(variable: str, default: str) -> Path:
    value = os.environ.get(variable)
    return Path(value).expanduser().resolve() if value else project_root() / default
