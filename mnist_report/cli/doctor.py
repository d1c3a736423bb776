"""What `mnist-report doctor` looks at: one check after the other, each with what to do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mnist_report.common import settings
from mnist_report.common.errors import RecipeError, ReportError

OLDEST_PYTHON = (3, 11)
SPACE = 1.0  # GB for data, runs and exported files
SET_UP = "run `make setup`, or `pip install -e .` in the project's folder"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what it is.
        well: whether it is as it should be.
        found: what was found.
        advice: what to do, if there is anything to do.
    """

    name: str
    well: bool
    found: str
    advice: str = ""


def examine() -> Iterator[Check]:
    """All checks in order. A check that fails unexpectedly becomes a problem that tells why."""
    for name, look in CHECKS.items():
        try:
            yield look(name)
        except Exception as error:
            text = " ".join(str(error).split())
            yield Check(name, False, f"{type(error).__name__}: {text}", SET_UP)


def python(name: str) -> Check:
    """This Python, and whether it is new enough."""
    well = sys.version_info >= OLDEST_PYTHON
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.prefix}"
    return Check(name, well, found, "" if well else "install Python 3.11 or newer")


def packages(name: str) -> Check:
    """Whether everything that pyproject.toml asks for is installed, in a version that fits."""
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in metadata.requires("mnist-report") or []]
    wanted = [need for need in wanted if need.marker is None or need.marker.evaluate()]
    problems = list(filter(None, map(_problem, wanted)))
    if problems:
        return Check(name, False, "; ".join(problems), SET_UP)
    shown = ("torch", "torchvision", "numpy", "jupyterlab", "nbconvert")
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in shown)
    return Check(name, True, f"{versions}; all {len(wanted)} there")


def _problem(need) -> str:
    try:
        version = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return f"{need.name} is missing"
    fits = need.specifier.contains(version, prereleases=True)
    return "" if fits else f"{need.name} {version} is not {need.specifier}"


def device(name: str) -> Check:
    """What the training runs on."""
    from mnist_report.common.provenance import device_name

    try:
        found = settings.device()
    except ReportError as error:
        return Check(name, False, str(error), "set MNIST_REPORT_DEVICE=cpu, or unset it")
    return Check(name, True, f"{found} ({device_name(found)})")


def threads(name: str) -> Check:
    """How many of the processor's cores PyTorch uses."""
    import torch

    used, there = torch.get_num_threads(), os.cpu_count() or 1
    advice = "" if used > 1 or there == 1 else "unset OMP_NUM_THREADS to use all cores"
    return Check(name, True, f"{used} for PyTorch, {there} processors", advice)


def recipe(name: str) -> Check:
    """The recipe that notebooks and report work on."""
    from mnist_report.training import recipes

    try:
        chosen = recipes.current()
    except RecipeError as error:
        return Check(name, False, str(error), "set MNIST_REPORT_RECIPE to one of them, or unset it")
    finished = settings.results_dir() / f"{chosen.name}-s0" / "run.json"
    state = "trained" if finished.is_file() else "not trained yet"
    return Check(name, True, f"{chosen.name}, {state}")


def data(name: str) -> Check:
    """Whether the data files are there and right."""
    from mnist_report import datasets
    from mnist_report.datasets import mnist

    if settings.dataset() != settings.MNIST:
        there = datasets.folder().is_dir()
        advice = "" if there else "`mnist-report data` fetches what has a name, or says what to do"
        return Check(name, True, f"{settings.dataset_label()}, in {datasets.folder()}", advice)
    sums, folder = mnist.checksums(), mnist.raw_folder()
    wrong = [file for file, md5 in sums.items() if md5 != mnist.FILES[file]]
    if wrong:
        advice = f"move {', '.join(wrong)} away and run `mnist-report data`"
        return Check(name, False, f"wrong bytes in {folder}", advice)
    if len(sums) < len(mnist.FILES):
        advice = "`mnist-report data` fetches the files, and so does the first build"
        return Check(name, True, f"{len(sums)} of {len(mnist.FILES)} files in {folder}", advice)
    return Check(name, True, f"MNIST, checked, in {folder}")


def fonts(name: str) -> Check:
    """The Chinese fonts for figures and PDF."""
    from notebook_report.fonts import FontError, font_files

    try:
        files = font_files()
    except FontError as error:
        return Check(name, False, str(error), "run `pip install pylopdf-fonts-zh-cn`")
    return Check(name, True, ", ".join(sorted({path.stem for path in files.values()})))


def pandoc(name: str) -> Check:
    """pandoc, which reads the notebooks and writes the Word files."""
    import pypandoc

    return Check(name, True, f"{pypandoc.get_pandoc_version()}, {pypandoc.get_pandoc_path()}")


def typst(name: str) -> Check:
    """Typst, which sets the PDF: a page is set for trial."""
    import typst as typesetter

    works = typesetter.compile(b"trial").startswith(b"%PDF")
    return Check(name, works, metadata.version("typst"), "" if works else SET_UP)


def kernel(name: str) -> Check:
    """The kernel that JupyterLab starts for the notebooks."""
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    # A bare "python" stands for the Python that Jupyter itself runs on.
    well = program in {"python", "python3", sys.executable} or _same_file(program)
    advice = "" if well else f"run `{Path(sys.executable).name} -m ipykernel install --sys-prefix`"
    return Check(name, well, f"python3, of {sys.executable if well else program}", advice)


def _same_file(program: str) -> bool:
    return Path(program).exists() and Path(program).samefile(sys.executable)


def disk(name: str) -> Check:
    """Free space and the right to write in the project's folder."""
    root = settings.project_root()
    free = shutil.disk_usage(root).free / 1e9
    if not os.access(root, os.W_OK):
        return Check(name, False, f"{root} cannot be written to", "copy the project to your home")
    well = free >= SPACE
    advice = "" if well else f"free {SPACE:.0f} GB for data, runs and exported files"
    return Check(name, well, f"{free:.1f} GB free in {root}", advice)


CHECKS: dict[str, Callable[[str], Check]] = {
    "Python": python,
    "Packages": packages,
    "Device": device,
    "Threads": threads,
    "Recipe": recipe,
    "Data": data,
    "Fonts": fonts,
    "pandoc": pandoc,
    "Typst": typst,
    "Kernel": kernel,
    "Disk": disk,
}
