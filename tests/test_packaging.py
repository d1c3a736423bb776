"""What is installed: both packages with all that they read, and nothing else."""

import shutil
import subprocess
import tomllib

import pytest

from mnist_report.common import settings

ROOT = settings.project_root()
PACKAGES = ["mnist_report", "notebook_report"]
READ = {
    "mnist_report": {".po"},  # words
    "notebook_report": {".lua", ".typ"},  # filters and templates
}


def files(package: str) -> set[str]:
    """Return the files of a package as they lie there, but for what Python makes."""
    found = (ROOT / package).rglob("*")
    return {
        path.relative_to(ROOT).as_posix()
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_both_packages_and_a_project_and_nothing_else():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["include"][:2] == [f"/{package}" for package in PACKAGES]
    assert {name.split("/")[1] for name in wheel["include"][2:]} == {*wheel["sources"]}
    assert project["project"]["scripts"] == {"mnist-report": "mnist_report.cli:main"}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_reads_lies_in_it(package):
    kinds = {path.rpartition(".")[2] for path in files(package)}
    assert {kind.removeprefix(".") for kind in READ[package]} <= kinds


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_of_a_package_is_left_out_of_the_wheel(package):
    """Hatch leaves out what git ignores."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git, or no checkout")
    answer = subprocess.run(
        ["git", "check-ignore", *sorted(files(package))],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert answer.stdout == ""
