"""No unsafe loading anywhere, and it stays so."""

from __future__ import annotations

import ast
import re
import stat
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from mnist_report.common import settings

ROOT = settings.project_root()
FILES = sorted(ROOT.joinpath("mnist_report").rglob("*.py"))
NOTEBOOKS = [*ROOT.joinpath("notebooks").glob("*.ipynb"), *ROOT.joinpath("report").glob("*.ipynb")]
RUN_TEXT = {"eval", "exec", "compile", "__import__"}
UNSAFE = {
    "torch.load", "torch.jit.load", "torch.hub.load", "joblib.load", "pd.read_pickle",
    "pandas.read_pickle", "pickle.load", "pickle.loads", "yaml.load", "yaml.unsafe_load",
    "yaml.full_load", "os.system", "os.popen", "tempfile.mktemp", "shelve.open", "marshal.loads",
}  # fmt: skip


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def problems(source: str) -> list[str]:
    """What in a Python source would run what it reads."""
    tree = ast.parse(source)
    found = []
    for call in calls(tree):
        name, words = ast.unparse(call.func), {word.arg: word.value for word in call.keywords}
        if name in UNSAFE | RUN_TEXT:
            found.append(name)
        if (
            name in {"np.load", "numpy.load"}
            and ast.unparse(words.get("allow_pickle", tree)) != "False"
        ):
            found.append(f"{name} with pickles")
        if "shell" in words and ast.unparse(words["shell"]) != "False":
            found.append(f"{name} by a shell")
        if name.startswith("subprocess.") and isinstance(
            call.args[0], ast.Constant | ast.JoinedStr
        ):
            found.append(f"{name} of a string")
    return found


# A network of one's own is code; `check` leaves it alone (tests/test_checking_results.py). The first
# of its two compilations only tells which names the code asks for.
MEANT = {"own_network.py": ["compile", "exec", "compile"]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_that_is_read_is_run(path):
    assert problems(path.read_text(encoding="utf-8")) == MEANT.get(path.name, [])


@pytest.mark.parametrize(
    "bad",
    [
        "torch.load('x')", "np.load(f)", "np.load(f, allow_pickle=True)", "eval('1')", "exec(x)",
        "subprocess.run(x, shell=True)", "subprocess.run('ls')", "subprocess.run(f'ls {x}')",
        "pickle.loads(x)", "yaml.load(x)", "tempfile.mktemp()", "os.system('ls')",
    ],
)  # fmt: skip
def test_each_of_them_would_be_found(bad):
    assert len(problems(bad)) == 1


def test_pickle_is_imported_by_one_module_which_only_writes():
    """The baselines say how large a classifier is as a pickle; what reads one is found above."""
    importing = [
        path.name
        for path in FILES
        if re.search(r"^\s*(import|from) (pickle|dill|shelve|marshal|cloudpickle)\b",
                     path.read_text(encoding="utf-8"), re.M)
    ]  # fmt: skip
    assert sorted(importing) == ["baselines.py"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_no_shell_and_load_no_pickle(path):
    import nbformat

    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert not re.search(r"^\s*[!%]", cell.source, re.M), cell.source
            assert problems(cell.source) == []


def test_ruff_looks_for_security_and_every_exception_says_why():
    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert "S" in chosen["lint"]["select"]
    assert not [rule for rule in chosen["lint"]["ignore"] if rule.startswith("S1")]
    assert not [name for name in chosen["lint"]["per-file-ignores"] if "mnist_report" in name]
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"noqa: S\d", line):
                assert re.search(r"noqa: S\d+[ (-]+\w{3,}", line), f"{path.name}: {line.strip()}"


def test_ruff_finds_what_is_unsafe():
    """So that the rules are on, and not only named."""
    bad = "import pickle, subprocess\npickle.loads(b'')\nsubprocess.run('ls', shell=True)\neval('1')\n"
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename",
         str(ROOT / "mnist_report" / "x.py"), "-"],
        input=bad, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False,
    )  # fmt: skip
    assert {"S301", "S602", "S307"} <= set(re.findall(r"S\d+", done.stdout))


def test_temporary_folders_are_private():
    with tempfile.TemporaryDirectory() as folder:
        assert stat.S_IMODE(Path(folder).stat().st_mode) & 0o077 == 0
    made = [
        ast.unparse(call.func)
        for path in FILES
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
        if ast.unparse(call.func).startswith("tempfile.")
    ]
    assert made
    assert set(made) == {"tempfile.TemporaryDirectory"}
    for path in FILES:
        assert "/tmp" not in path.read_text(encoding="utf-8")  # noqa: S108


def test_jupyterlab_is_started_on_loopback_with_its_token():
    (line,) = [
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if "jupyter lab" in line
    ]
    assert not re.search(r"--ip|token|password|allow.root|allow_origin|disable_check_xsrf", line)
    from jupyter_server.serverapp import ServerApp

    assert ServerApp.ip.default_value == "localhost"
    assert ServerApp.allow_origin.default_value == ""
    assert not ServerApp.disable_check_xsrf.default_value


def test_a_server_wants_its_token(tmp_path, monkeypatch):
    """The defaults of the server that `make lab` starts, with nobody's own settings."""
    from jupyter_server.auth.identity import PasswordIdentityProvider

    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    assert len(PasswordIdentityProvider().token) >= 40
