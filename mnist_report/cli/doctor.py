"""The checks of `mnist-report doctor`, one after the other, each with what to do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mnist_report.common import settings
from mnist_report.common.errors import ReportError, one_line

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OLDEST_PYTHON = (3, 11)
SPACE = 1.0  # GB for data, runs and exported files
SET_UP = "run `make setup`, or `pip install -e .` in the project's folder"


class Check(NamedTuple):
    """Finding of one check, whether that is well, and what to do if there is anything to do."""

    well: bool
    found: str
    advice: str = ""


def examine() -> Iterator[tuple[str, Check]]:
    """Do all checks in order. One that fails unexpectedly becomes a problem that tells why."""
    for name, look in CHECKS.items():
        try:
            yield name, look()
        except Exception as error:
            yield name, Check(False, f"{type(error).__name__}: {one_line(error)}", SET_UP)


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.prefix}"
    if sys.version_info < OLDEST_PYTHON:
        return Check(False, found, "install Python 3.11 or newer")
    return Check(True, found)


def _packages() -> Check:
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in metadata.requires("mnist-report") or []]
    wanted = [need for need in wanted if need.marker is None or need.marker.evaluate()]
    if problems := list(filter(None, map(_problem, wanted))):
        return Check(False, "; ".join(problems), SET_UP)
    shown = ("torch", "torchvision", "numpy", "jupyterlab", "nbconvert")
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in shown)
    return Check(True, f"{versions}; all {len(wanted)} there")


def _problem(need: Requirement) -> str:
    try:
        version = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return f"{need.name} is missing"
    fits = need.specifier.contains(version, prereleases=True)
    return "" if fits else f"{need.name} {version} is not {need.specifier}"


def _device() -> Check:
    from mnist_report.common.provenance import device_name

    try:
        found = settings.device()
    except ReportError as error:
        return Check(False, str(error), "set MNIST_REPORT_DEVICE=cpu, or unset it")
    return Check(True, f"{found} ({device_name(found)})")


def _threads() -> Check:
    import torch

    used, there = torch.get_num_threads(), os.cpu_count() or 1
    advice = "" if used > 1 or there == 1 else "unset OMP_NUM_THREADS to use all cores"
    return Check(True, f"{used} for PyTorch, {there} processors", advice)


def _recipe() -> Check:
    from mnist_report.training import recipes

    try:
        chosen = recipes.current()
    except ReportError as error:
        return Check(False, str(error), "set MNIST_REPORT_RECIPE to one of them, or unset it")
    finished = (settings.results_dir() / f"{chosen.name}-s0" / "run.json").is_file()
    return Check(True, f"{chosen.name}, {'trained' if finished else 'not trained yet'}")


def _data() -> Check:
    from mnist_report import datasets
    from mnist_report.datasets import mnist

    folder = datasets.folder()
    if settings.dataset() != settings.MNIST:
        advice = "`mnist-report data` fetches what has a name, or says what to do"
        found = f"{settings.dataset_label()}, in {folder}"
        return Check(True, found, "" if folder.is_dir() else advice)
    sums, folder = mnist.checksums(), mnist.raw_folder()
    if wrong := [file for file, md5 in sums.items() if md5 != mnist.FILES[file]]:
        advice = f"move {', '.join(wrong)} away and run `mnist-report data`"
        return Check(False, f"wrong bytes in {folder}", advice)
    if len(sums) < len(mnist.FILES):
        advice = "`mnist-report data` fetches the files, and so does the first build"
        return Check(True, f"{len(sums)} of {len(mnist.FILES)} files in {folder}", advice)
    return Check(True, f"MNIST, checked, in {folder}")


def _fonts() -> Check:
    from notebook_report.fonts import FontError, font_files

    try:
        files = font_files()
    except FontError as error:
        return Check(False, str(error), "run `pip install pylopdf-fonts-zh-cn`")
    return Check(True, ", ".join(sorted({path.stem for path in files.values()})))


def _pandoc() -> Check:
    import pypandoc

    return Check(True, f"{pypandoc.get_pandoc_version()}, {pypandoc.get_pandoc_path()}")


def _typst() -> Check:
    import typst as typesetter

    works = typesetter.compile(b"trial").startswith(b"%PDF")  # a page is set
    return Check(works, metadata.version("typst"), "" if works else SET_UP)


def _kernel() -> Check:
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    # A bare "python" stands for the Python that Jupyter itself runs on.
    if program in {"python", "python3", sys.executable} or (
        Path(program).exists() and Path(program).samefile(sys.executable)
    ):
        return Check(True, f"python3, of {sys.executable}")
    advice = f"run `{Path(sys.executable).name} -m ipykernel install --sys-prefix`"
    return Check(False, f"python3, of {program}", advice)


def _disk() -> Check:
    root = settings.project_root()
    free = shutil.disk_usage(root).free / 1e9
    if not os.access(root, os.W_OK):
        return Check(False, f"{root} cannot be written to", "copy the project to your home")
    well = free >= SPACE
    advice = "" if well else f"free {SPACE:.0f} GB for data, runs and exported files"
    return Check(well, f"{free:.1f} GB free in {root}", advice)


CHECKS: dict[str, Callable[[], Check]] = {
    "Python": _python,
    "Packages": _packages,
    "Device": _device,
    "Threads": _threads,
    "Recipe": _recipe,
    "Data": _data,
    "Fonts": _fonts,
    "pandoc": _pandoc,
    "Typst": _typst,
    "Kernel": _kernel,
    "Disk": _disk,
}
