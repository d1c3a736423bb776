"""The build of PyTorch that set-up takes, from indexes that are folders of this machine, served."""

import functools
import os
import subprocess
import sys
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import ROOT, torch_index


def wheel(folder: Path, version: str) -> Path:
    """Put a `torch` of this version where an index has it; return the index's folder."""
    place, info = folder / "torch", f"torch-{version}.dist-info"
    place.mkdir(parents=True)
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(place / f"torch-{version}-py3-none-any.whl", "w") as file:
        file.writestr("torch.py", f"VERSION = '{version}'\n")
        for name, text in about.items():
            file.writestr(f"{info}/{name}", text)
    return folder


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The address of two indexes, `plain` and `cpu`, with one version each."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wheel(tmp_path / "plain", "9.1")
    wheel(tmp_path / "cpu", "9.1+cpu")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def without_card(monkeypatch):
    monkeypatch.setattr(torch_index, "has_card", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")


def test_the_build_for_cpus_is_taken_where_its_index_is_reached(served, tmp_path, without_card):
    options = torch_index.options(f"{served}/cpu")
    assert options == f"--extra-index-url {served}/cpu"
    own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment = own | {"PIP_CONFIG_FILE": os.devnull}  # whatever indexes this machine has
    pip = [sys.executable, "-m", "pip", "install", "-q", "--index-url", f"{served}/plain"]
    for words, version in ((options.split(), "9.1+cpu"), ([], "9.1")):
        target = tmp_path / f"installed {version}"
        call = [*pip, *words, "--target", target, "torch==9.1"]
        subprocess.run(call, check=True, timeout=120, env=environment)
        said = (target / "torch.py").read_text(encoding="utf-8")
        assert said == f"VERSION = '{version}'\n"


def test_elsewhere_pip_chooses(served, without_card, monkeypatch):
    assert torch_index.options(f"{served}/none") == ""
    assert torch_index.options("http://127.0.0.1:9") == ""  # nobody answers
    monkeypatch.setattr(torch_index, "has_card", lambda: True)
    assert torch_index.options(f"{served}/cpu") == ""
    monkeypatch.setattr(torch_index, "has_card", lambda: False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert torch_index.options(f"{served}/cpu") == ""


def test_it_needs_nothing_but_python():
    call = [sys.executable, "-I", "-S", ROOT / "tools" / "torch_index.py", "file:///none"]
    done = subprocess.run(call, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout == "\n"
