"""The files that name packages agree: pyproject.toml, environment.yml, and the two of pip."""

import re
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from mnist_report import __version__
from mnist_report.common import settings

ROOT = settings.project_root()
# Other names on conda-forge.
ON_CONDA = {
    "pytorch": "torch",
    "matplotlib-base": "matplotlib",
    "playwright-python": "playwright",
    "py-opencv": "opencv-python-headless",
}
OURS = "-e ."


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def specifiers(lines: list[str]) -> dict[str, str]:
    needs = [Requirement(line) for line in lines]
    return {
        canonicalize_name(ON_CONDA.get(need.name, need.name)): str(need.specifier) for need in needs
    }


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


@pytest.fixture(scope="module")
def wanted(project) -> dict[str, str]:
    return specifiers([*project["dependencies"], *project["optional-dependencies"]["test"]])


@pytest.fixture(scope="module")
def conda() -> dict:
    return yaml.safe_load(read("environment.yml"))


def test_environment_is_a_conda_file(conda):
    assert set(conda) == {"name", "channels", "dependencies"}
    assert conda["name"] == "mnist-report"
    assert conda["channels"] == ["conda-forge"]
    *plain, last = conda["dependencies"]
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*( >=[0-9.]+)?", line) for line in plain)
    assert list(last) == ["pip"]
    assert "pip" in plain, "conda warns when pip is used but not named"


def test_conda_gives_the_same_packages(conda, project, wanted):
    *plain, last = conda["dependencies"]
    assert OURS in last["pip"]
    given = specifiers([*plain, *(line for line in last["pip"] if line != OURS)])
    assert given.pop("python") == project["requires-python"]
    assert given.pop("pip") == ""
    assert given == wanted


@pytest.mark.parametrize("name", ["pyproject.toml", "environment.yml"])
def test_every_package_says_why_it_is_there(name):
    lines = re.findall(r'^ +(?:"|- )[^"\n]*>=.*$', read(name), re.MULTILINE)
    assert len(lines) > 20
    assert [line for line in lines if not re.search(r"# \w", line)] == []


@pytest.fixture(scope="module")
def pinned() -> dict[str, str]:
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in lines), (
        "only exact versions of named packages: no paths, no addresses, no local builds"
    )
    return {canonicalize_name(name): version for name, _, version in (
        line.partition("==") for line in lines
    )}  # fmt: skip


def test_pinned_versions_are_in_range(pinned, wanted):
    for name, specifier in wanted.items():
        assert name in pinned
        assert Version(pinned[name]) in Requirement(f"{name}{specifier}").specifier, name


def test_all_that_our_packages_need_is_pinned(pinned, wanted):
    """So that a set-up next year installs what the tests ran with."""
    open_names, seen = list(wanted), set()
    while open_names:
        name = open_names.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in metadata.requires(name) or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                open_names.append(canonicalize_name(need.name))
    elsewhere = {"appnope", "colorama", "pywinpty", "pywin32"}  # only on macOS or Windows
    assert seen - set(pinned) <= {"setuptools", *elsewhere}


def test_all_but_pytorch_is_held_to_sums(pinned, wanted):
    """PyTorch has several builds of one version, most of them not on PyPI."""
    entries = re.findall(r"^([^#\s=]+)==(\S+)(.*(?:\n    .*)*)", read("hashes.txt"), re.MULTILINE)
    held = {canonicalize_name(name): version for name, version, _ in entries}
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest) for *_, rest in entries)
    assert {name: pinned[name] for name in held if name in pinned}.items() <= held.items()
    builds = re.compile(r"torch|torchvision|triton|(nvidia|cuda)-.*|setuptools")
    assert [name for name in {*pinned, *wanted} - set(held) if not builds.fullmatch(name)] == []
    assert "--require-hashes --no-deps -r hashes.txt" in read("Makefile")


def test_no_command_builds_a_grammar_first(pinned):
    """It takes a second at each start, for addresses that no notebook has."""
    assert "rfc3987-syntax" not in pinned


def test_one_version_everywhere(project):
    assert project["version"] == __version__
