import json
import platform
import shutil
import subprocess

import pytest
import torch

from mnist_report.common import provenance, settings

CPU = torch.device("cpu")


def test_provenance_says_what_one_needs_to_make_a_result_again():
    facts = provenance.provenance(5, CPU)
    assert provenance.Provenance.model_validate(json.loads(json.dumps(facts.as_json()))) == facts
    assert facts.seed == 5
    assert facts.device == "cpu"
    assert facts.python == platform.python_version()
    assert facts.threads == torch.get_num_threads()
    assert facts.time.endswith("+00:00")
    assert facts.device_name


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_commit_carries_a_plus_when_files_differ(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    assert provenance.git_commit() is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    clean = provenance.git_commit()
    assert len(clean) == 12
    (tmp_path / "new").touch()
    assert provenance.git_commit() == clean + "+"


def test_no_git_no_commit(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert provenance.git_commit() is None
