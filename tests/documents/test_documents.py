"""The documents: every command in them would work, every link leads somewhere."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path

import pytest
import typer
import yaml
from packaging.requirements import Requirement
from typer.testing import CliRunner

from mnist_report.cli import commands
from mnist_report.common import settings

ROOT = settings.project_root()
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "benchmarks", "mnist_report/project")
    for path in ROOT.glob(f"{folder}/*.md")
)
GUIDES = ("docs/guide.md", "docs/guide.zh-CN.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
APP = typer.main.get_command(commands.app)
WRONG_USE = typer.BadParameter.__bases__[0]  # click's UsageError, which Typer keeps to itself

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.M | re.S)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING = re.compile(r"[A-Z_]+=\S*")  # before a command, for its environment
VARIABLE = re.compile(r"\bMNIST_REPORT_[A-Z]+\b")

# What a reader puts something else for, and something that fits there.
PLACE = re.compile(r"<[^<>]+>")
STANDS_FOR = {"<language>": "zh-CN", "<folder>": ".", "N": "1"}


def fenced(text: str) -> list[str]:
    """The lines of the blocks that are commands: those without a language, or a shell's."""
    blocks = [
        body for kind, body in FENCE.findall(text) if kind in {"", "bash", "sh", "powershell"}
    ]
    lines = [line.split("  #")[0].split(" # ")[0].strip() for line in "".join(blocks).splitlines()]
    return list(filter(None, lines))


def inline(text: str) -> list[str]:
    """What stands between backticks and begins like a command."""
    found = INLINE.findall(FENCE.sub("", text))
    known = (word for word in map(str.strip, found) if word.split()[0] in {*PROGRAMS, "make"})
    set_before = (word for word in found if SETTING.match(word) and " " in word)
    return [*known, *set_before]


def options(words: list[str], *known: str) -> None:
    """Nothing is given but what is known."""
    assert [word for word in words if word.startswith("-") and word not in known] == []


def mnist_report(words: list[str]) -> None:
    """The command line takes this command with these options and values."""
    if words[:1] in ([], ["--help"]):
        return
    name, *rest = words
    assert name in APP.commands, f"no command {name}"
    line = re.sub(r"[\[\]…]", " ", " ".join(rest)).replace("\\|", "|")
    filled = [STANDS_FOR.get(word, word.split("|")[0]) for word in line.split()]
    command = APP.commands[name]
    if not [word for word in filled if not word.startswith("-")]:
        filled += mentioned(command, filled)
    with command.make_context(name, filled):
        pass


def mentioned(command, words: list[str]) -> list[str]:
    """What a mere mention of a command, or of its option, lacks of a whole command."""
    valued = {p.opts[0]: p for p in command.params if p.param_type_name == "option"}
    lacks_value = words and not valued[words[-1]].is_flag
    needs = [p for p in command.params if p.param_type_name == "argument" and p.required]
    return [
        *(["en" if words[-1] == "--lang" else "1"] if lacks_value else []),
        *("x" for _ in needs),
    ]


def make(words: list[str]) -> None:
    """There is such a target."""
    targets = [word for word in words if "=" not in word]
    assert set(targets) <= set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split())


def python(words: list[str]) -> None:
    """`-m` names a module that is there."""
    flag, module, *_ = words
    assert flag == "-m"
    assert importlib.util.find_spec(module), f"no module {module}"


def pip(words: list[str]) -> None:
    """Files, extras and options that exist."""
    action, *rest = words
    options(rest, "-c", "-e", "-q", "--exclude-editable", "--extra-index-url", "--no-deps")
    assert action in {"install", "freeze", "wheel"}
    if "-c" in rest:
        assert (ROOT / rest[rest.index("-c") + 1]).is_file()
    for extra in re.findall(r"\.\[(\w+)\]", " ".join(rest)):
        assert extra in PROJECT["optional-dependencies"]
    packages = {Requirement(line).name for line in PROJECT["dependencies"]}
    plain = [word for word in rest if re.fullmatch(r"[a-z][a-z0-9-]+", word)]
    assert set(plain) <= packages


def conda(words: list[str]) -> None:
    """The file and the name of the environment are those of environment.yml."""
    name = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["name"]
    assert words in (["env", "create", "-f", "environment.yml"], ["activate", name])


def jupyter(words: list[str]) -> None:
    """An exporter that is there, for a notebook that is there unless it is the reader's own."""
    if words == ["lab", "notebooks"]:
        return
    assert words[:2] == ["nbconvert", "--to"]
    exporter, *files = words[2:]
    assert exporter in {entry.name for entry in entry_points(group="nbconvert.exporters")}
    options(files, "--ReportExporter.strict=True")
    named = [ROOT / word for word in files if "/" in word]
    assert [path for path in named if not path.is_file()] == []


def dask(words: list[str]) -> None:
    """The scheduler and the worker take these options."""
    pytest.importorskip("distributed", reason="dask is in the extra `cluster`")
    from distributed.cli import dask_scheduler, dask_worker

    command = {"scheduler": dask_scheduler, "worker": dask_worker}[words[0]].main
    options(words[1:], *chain.from_iterable(param.opts for param in command.params))


def as_it_is(*lines: str):
    """A program that is used in these ways only."""

    def check(words: list[str]) -> None:
        assert " ".join(words) in lines

    return check


def clone(words: list[str]) -> None:
    """A place holder's address, then the folder that the next line enters."""
    assert words == ["clone", "place", "mnist-report"]


PROGRAMS = {
    "mnist-report": mnist_report,
    "make": make,
    "python": python,
    "pip": pip,
    "conda": conda,
    "jupyter": jupyter,
    "dask": dask,
    "git": clone,
    "cd": as_it_is("mnist-report"),
    "apt": as_it_is("install chromium", "install dataset-fashion-mnist"),
    "py": as_it_is("-m venv .venv"),
    ".venv\\Scripts\\Activate.ps1": as_it_is(""),
    "Set-ExecutionPolicy": as_it_is("-Scope Process RemoteSigned"),
}


def check(line: str) -> None:
    """One command, whatever it is set to run in."""
    line = PLACE.sub(lambda found: STANDS_FOR.get(found[0], "place"), line)
    words = shlex.split(line.replace("\\", "\\\\"))
    while words and SETTING.fullmatch(words[0]):
        words.pop(0)
    program = words[0].removeprefix(".venv/bin/")
    assert program in PROGRAMS, f"This test does not know {program!r}; teach it."
    PROGRAMS[program](words[1:])


COMMANDS = sorted(
    {
        (line, path.name)
        for path in DOCUMENTS
        for line in [
            *fenced(path.read_text(encoding="utf-8")),
            *inline(path.read_text(encoding="utf-8")),
        ]
    }
)


@pytest.mark.parametrize(("line", "document"), COMMANDS)
def test_a_command_would_work(line, document):
    try:
        check(line)
    except WRONG_USE as error:
        pytest.fail(f"{document}: {line}: {error.format_message()}")


def test_the_notebook_for_the_cloud_has_commands_that_would_work():
    cells = json.loads((ROOT / "docs" / "cloud.ipynb").read_text(encoding="utf-8"))["cells"]
    lines = [line.strip() for cell in cells for line in cell["source"]]
    commands = [line[1:] for line in lines if line.startswith(("!", "%pip"))]
    assert [line.split()[1] for line in commands] == ["install", "new", "doctor", "build"]
    for line in commands:
        check(line)


def test_the_commands_are_found():
    lines = [line for line, _ in COMMANDS]
    assert len(lines) > 40
    for line in ("make report", "conda activate mnist-report", "mnist-report doctor"):
        assert line in lines


@pytest.mark.parametrize(
    "line",
    [
        "mnist-report teach",
        "mnist-report notebooks --lang fr",
        "mnist-report export --too pdf",
        "make reports",
        "python -m benchmark",
        'pip install -e ".[tests]"',
        "conda activate mnist",
        "jupyter nbconvert --to report-odt a.ipynb",
        "jupyter nbconvert --to report-pdf notebooks/99_none.ipynb",
        "quarto render",
    ],
)
def test_a_command_that_would_not_work_is_found(line):
    with pytest.raises((AssertionError, WRONG_USE)):
        check(line)


@pytest.mark.parametrize("command", sorted(APP.commands))
def test_every_command_has_its_help_and_is_in_both_guides(command):
    answer = CliRunner().invoke(commands.app, [command, "--help"])
    assert answer.exit_code == 0
    for name in GUIDES:
        assert f"`mnist-report {command}" in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_knows_what_to_do_for_every_target_in_the_documents(tmp_path):
    targets = {word for line, _ in COMMANDS for word in line.split()[1:] if line[:5] == "make "}
    for target in sorted(target for target in targets if "=" not in target):
        subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True, timeout=60
        )


def test_the_program_answers_as_a_module():
    answer = subprocess.run(
        [sys.executable, "-m", "mnist_report", "--version"],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert answer.stdout == f"mnist-report {PROJECT['version']}\n"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    local = [link for link in LINK.findall(text) if not re.match(r"\w+:", link)]
    missing = [link for link in local if not reached(path, link)]
    assert missing == []


def reached(path: Path, link: str) -> bool:
    """Whether the file is there, and in it the heading."""
    name, _, anchor = link.partition("#")
    target = (path.parent / name) if name else path
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M) if anchor else []
    slugs = [
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    ]
    return not anchor or anchor in slugs


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_variables_are_those_of_the_settings(path):
    code = (ROOT / "mnist_report" / "common" / "settings.py").read_text(encoding="utf-8")
    named = set(VARIABLE.findall(path.read_text(encoding="utf-8")))
    assert named <= set(VARIABLE.findall(code))


@pytest.mark.parametrize("name", GUIDES)
def test_guides_name_every_variable(name):
    code = (ROOT / "mnist_report" / "common" / "settings.py").read_text(encoding="utf-8")
    assert set(VARIABLE.findall(code)) <= set(VARIABLE.findall((ROOT / name).read_text("utf-8")))


def test_the_questions_are_the_same_in_both_languages():
    pages = [
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("faq.md", "faq.zh-CN.md")
    ]
    english, chinese = ([line[:2] for line in page.splitlines() if line[:2] in {"**", "##"}]
                        for page in pages)  # fmt: skip
    assert english == chinese
    assert [len(fenced(page)) for page in pages] == [len(fenced(pages[0]))] * 2


def test_the_citation_file_is_that_of_the_project():
    """The required keys of the Citation File Format 1.2.0, and what the package says of itself."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cff)
    assert cff["cff-version"] == "1.2.0"
    assert cff["type"] == "software"
    assert (cff["version"], cff["license"]) == (PROJECT["version"], PROJECT["license"]["text"])
    assert " ".join(cff["abstract"].split()) == PROJECT["description"]
    for author in cff["authors"]:
        assert set(author) <= {"name", "family-names", "given-names"}


def test_the_changelog_has_the_form_that_it_says():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.*)$", text, re.M)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", name) for name in versions[1:])
    kinds = re.findall(r"^### (.*)$", text, re.M)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
