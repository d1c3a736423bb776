"""The checks of `mnist-report doctor`, one after the other, each with what to do."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import mnist_report
from mnist_report.common import RecipeError, ReportError, one_line, settings
from mnist_report.reporting import notebooks
from notebook_report import fonts
from notebook_report.errors import ExportError

OLDEST_PYTHON = (3, 11)
PYTHON = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
SPACE = 1.0  # GB for data, runs and exported files
SET_UP = "run `make setup`, or `pip install --upgrade mnist-report` where there is no checkout"


class Check(NamedTuple):
    """Finding of one check, whether that is well, and what to do if there is anything to do."""

    well: bool
    found: str
    advice: str = ""


def examine() -> Iterator[tuple[str, Check]]:
    """Do all checks in order."""
    return ((name, look(name)) for name in CHECKS)


def look(name: str) -> Check:
    """Do one check; what stops it is a problem that tells why."""
    do, advice = CHECKS[name]
    try:
        check = do()
    except (ReportError, ExportError, fonts.FontError) as error:
        return Check(False, str(error), advice)
    except Exception as error:
        return Check(False, f"{type(error).__name__}: {one_line(error)}", SET_UP)
    return check if check.well or check.advice else check._replace(advice=advice)


def _packages() -> Check:
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in metadata.requires("mnist-report") or []]
    wanted = [need for need in wanted if need.marker is None or need.marker.evaluate()]
    problems = []
    for need in wanted:
        try:
            version = metadata.version(need.name)
            if not need.specifier.contains(version, prereleases=True):
                problems.append(f"{need.name} {version} is not {need.specifier}")
        except metadata.PackageNotFoundError:
            problems.append(f"{need.name} is missing")
    if problems:
        return Check(False, "; ".join(problems))
    shown = ("torch", "torchvision", "numpy", "jupyterlab", "nbconvert")
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in shown)
    return Check(True, f"{versions}; all {len(wanted)} there")


def _device() -> Check:
    import torch

    from mnist_report.common.provenance import device_name

    found, advice = settings.device(), ""
    if found.type == "cpu" and shutil.which("nvidia-smi") and not torch.cuda.is_available():
        built = f"is for CUDA {torch.version.cuda}" if torch.version.cuda else "is for CPUs alone"
        advice = f"PyTorch sees no GPU: it {built}; see docs/faq.md, or stay with the CPU"
    return Check(True, f"{found} ({device_name(found)})", advice)


def _threads() -> Check:
    import torch

    used, there = torch.get_num_threads(), os.cpu_count() or 1
    advice = "" if used > 1 or there == 1 else "unset OMP_NUM_THREADS to use all cores"
    return Check(True, f"{used} for PyTorch, {there} processors", advice)


def _recipe() -> Check:
    chosen = mnist_report.training.recipes.current()
    finished = (settings.results_dir() / f"{chosen.name}-s{settings.seed()}" / "run.json").is_file()
    return Check(True, f"{chosen.name}, {'trained' if finished else 'not trained yet'}")


def _data() -> Check:
    mnist, folder = mnist_report.datasets.mnist, mnist_report.datasets.folder()
    if settings.dataset() != settings.MNIST:
        named, there = settings.dataset() in settings.DATASETS, folder.is_dir()
        mend = "`mnist-report data` fetches it" if named else "set MNIST_REPORT_DATASET to another"
        found = f"{settings.dataset_label()}, in {folder}"
        return Check(named or there, found, "" if there else mend)
    sums, folder = mnist.checksums(), mnist.raw_folder()
    if wrong := [file for file, md5 in sums.items() if md5 != mnist.FILES[file]]:
        advice = f"move {', '.join(wrong)} away and run `mnist-report data`"
        return Check(False, f"wrong bytes in {folder}", advice)
    if len(sums) < len(mnist.FILES):
        advice = "`mnist-report data` fetches the files, and so does the first build"
        return Check(True, f"{len(sums)} of {len(mnist.FILES)} files in {folder}", advice)
    return Check(True, f"MNIST, checked, in {folder}")


def _metadata() -> Check:
    from notebook_report.metadata import load

    try:
        path, left = notebooks.files.metadata_file(), []
    except RecipeError:  # which tells the report's kind, and is told above
        return Check(True, "not looked at without a recipe")
    for tag in settings.LANGUAGES:
        left += load(path, tag).left_open
    return Check(True, str(path), f"still to fill in: {', '.join(left)}" if left else "")


def _pandoc() -> Check:
    import pypandoc

    return Check(True, f"{pypandoc.get_pandoc_version()}, {pypandoc.get_pandoc_path()}")


def _typst() -> Check:
    import typst as typesetter

    works = typesetter.compile(b"trial").startswith(b"%PDF")  # a page is set
    return Check(works, metadata.version("typst"))


def _kernel() -> Check:
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    # A bare "python" stands for the Python that Jupyter itself runs on.
    well = program in {"python", "python3", sys.executable} or (
        Path(program).exists() and Path(program).samefile(sys.executable)
    )
    return Check(well, f"python3, of {sys.executable if well else program}")


def _disk() -> Check:
    places = (settings.project_root(), settings.data_dir(), settings.results_root())
    for place in places:
        there = next(at for at in (place, *place.parents) if at.is_dir())
        try:
            with tempfile.TemporaryDirectory(dir=there):
                continue
        except OSError:
            advice = "copy the project to your home; set MNIST_REPORT_DATA and MNIST_REPORT_RESULTS"
            return Check(False, f"{place} cannot be written to", f"{advice} to where you can write")
    free = shutil.disk_usage(places[0]).free / 1e9
    return Check(free >= SPACE, f"{free:.1f} GB free in {places[0]}")


# What to do where a check finds something wrong and does not say it itself.
CHECKS: dict[str, tuple[Callable[[], Check], str]] = {
    "Python": (
        lambda: Check(sys.version_info >= OLDEST_PYTHON, f"{PYTHON}, {sys.prefix}"),
        "install Python 3.11 or newer",
    ),
    "Packages": (_packages, SET_UP),
    "Device": (_device, "set MNIST_REPORT_DEVICE=cpu, or unset it"),
    "Threads": (_threads, ""),
    "Recipe": (_recipe, "set MNIST_REPORT_RECIPE to one of them, or unset it"),
    "Data": (_data, ""),
    "Language": (
        lambda: Check(settings.language() in settings.LANGUAGES, settings.language()),
        f"set MNIST_REPORT_LANGUAGE to {' or '.join(settings.LANGUAGES)}",
    ),
    "Cover": (_metadata, "mend report/metadata.yml in that line"),
    "Fonts": (
        lambda: Check(True, ", ".join(sorted({font.stem for font in fonts.font_files().values()}))),
        "Chinese would be boxes: run `pip install pylopdf-fonts-zh-cn`",
    ),
    "pandoc": (_pandoc, ""),
    "Typst": (_typst, SET_UP),
    "Kernel": (_kernel, f"run `{Path(sys.executable).name} -m ipykernel install --sys-prefix`"),
    "Disk": (_disk, f"free {SPACE:.0f} GB for data, runs and exported files"),
}
