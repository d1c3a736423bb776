"""A hand-in's files: what is not looked into, and whose it is."""

import os
import zipfile

import pytest

from mnist_report.checking import handin, project
from mnist_report.checking.handin import HandIn, UnfitFileError, bounded
from mnist_report.checking.verdict import State
from mnist_report.common.settings import seed_of
from mnist_report.studies.run import REPORTED

METADATA = """
en:
  title: Digits
  author: {author}
  cover:
    - {{label: Name, value: {name}}}
    - {{label: Student number, value: "{number}"}}
zh-CN:
  title: 数字
  cover:
    - {{label: 姓名, value: （请填写）}}
"""


def test_a_missing_file_is_none(tmp_path):
    assert HandIn(tmp_path).file("results/run.json") is None
    assert HandIn(tmp_path).files("*.pdf") == []


def test_a_link_that_leads_out_is_refused(tmp_path):
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    root = tmp_path / "project"
    root.mkdir()
    (root / "run.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(UnfitFileError, match="leads out"):
        HandIn(root).file("run.json")
    with pytest.raises(UnfitFileError, match="leads out"):
        HandIn(root).files("*.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_would_wait_for_ever(tmp_path):
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(UnfitFileError, match="not a regular file"):
        HandIn(tmp_path).file("run.json")


def test_sizes_are_bounded_packed_and_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(handin, "LARGEST", 1000)
    plain, packed = tmp_path / "plain.json", tmp_path / "bomb.npz"
    plain.write_bytes(b"x" * 1001)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.npy", bytes(100_000))
    assert packed.stat().st_size < 1000
    for path in (plain, packed):
        with pytest.raises(UnfitFileError, match="is the limit"):
            bounded(path)


def test_the_number_of_files_is_bounded(tmp_path):
    for k in range(handin.MOST + 1):
        (tmp_path / f"{k}.pdf").touch()
    with pytest.raises(UnfitFileError, match="41 files"):
        HandIn(tmp_path).files("*.pdf")


@pytest.mark.parametrize(
    ("author", "name", "number", "found"),
    [
        ("someone else", "Li Lei", "0012345", ("Li Lei", "0012345")),
        ("Han Meimei", "(fill in)", "(fill in)", ("Han Meimei", "")),
        ("(fill in)", "(fill in)", "(fill in)", ("", "")),
    ],
)
def test_the_author_stands_in_the_metadata(tmp_path, author, name, number, found):
    (tmp_path / "report").mkdir()
    text = METADATA.format(author=author, name=name, number=number)
    (tmp_path / "report" / "metadata.yml").write_text(text, encoding="utf-8")
    assert HandIn(tmp_path).author() == found


@pytest.mark.parametrize("text", ["en: [", "- a", "en:\n  nonsense: 1\n", "&a [*a]"])
def test_damaged_metadata_name_nobody(tmp_path, text):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "metadata.yml").write_text(text, encoding="utf-8")
    assert HandIn(tmp_path).author() == ("", "")


def test_a_damaged_record_of_a_study_is_told(tmp_path):
    folder = tmp_path / "report" / "studies"
    folder.mkdir(parents=True)
    (folder / "faults.json").write_text("{", encoding="utf-8")
    (folder / "ablation.json").write_text('{"study": 3}', encoding="utf-8")
    findings = []
    records = {project._study(name, HandIn(tmp_path), findings) for name in REPORTED}
    assert records == {None}
    assert [(one.subject, one.state) for one in findings] == [
        ("report/studies/ablation.json", State.DIFFERS),
        ("report/studies/faults.json", State.DIFFERS),
    ]
    assert all("\n" not in one.text for one in findings)


def test_name_and_number_may_be_given_once_and_the_seed_be_made_from_the_number(tmp_path):
    (tmp_path / "report").mkdir()
    text = METADATA.format(author="x", name='"{{ name }}"', number="{{ number }}")
    path = tmp_path / "report" / "metadata.yml"
    path.write_text(f"values: {{name: 张三, number: 0012345}}\n{text}", encoding="utf-8")
    assert HandIn(tmp_path).author() == ("张三", "0012345")
    assert HandIn(tmp_path).seed() is None
    once = path.read_text(encoding="utf-8")
    path.write_text(f"seed: student-number\n{once}", encoding="utf-8")
    assert HandIn(tmp_path).seed() == seed_of("0012345")
    assert HandIn(tmp_path).author() == ("张三", "0012345")


def test_a_report_on_ones_own_data_is_not_called_missing(tmp_path):
    (tmp_path / "report/build/kaggle/notebooks").mkdir(parents=True)
    for name, state in (("x.ipynb", State.MISSING), ("own-data.en.ipynb", State.UNCHECKED)):
        (tmp_path / "report/build/kaggle/notebooks" / name).touch()
        (found,) = project._reports(HandIn(tmp_path), lambda _: [])
        assert found.state is state
