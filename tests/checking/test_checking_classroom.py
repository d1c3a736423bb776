"""Many hand-ins: which there are, their table, and the process that each is looked at in."""

import csv
import multiprocessing
import signal
import zipfile
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from mnist_report.checking import classroom, handin
from mnist_report.checking.handin import UnfitFileError, located
from mnist_report.checking.verdict import Finding, State, Verdict
from mnist_report.cli import commands
from mnist_report.common.errors import ReportError

GOOD = Finding("run", State.AGREES, "well")
BAD = Finding("report", State.DIFFERS, "99.85, must be 99.65")


def test_a_project_or_a_folder_of_them(tmp_path):
    for name in ("b/results", "a/x/report", ".git", "c"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("赵 六.zip", "notes.txt", "Thumbs.db"):
        (tmp_path / name).touch()
    found = classroom.hand_ins(tmp_path)
    assert [p.name for p in found] == ["a", "b", "c", "notes.txt", "赵 六.zip"]
    assert set(map(tuple, found.values())) == {()}
    assert list(classroom.hand_ins(tmp_path / "b")) == [tmp_path / "b"]
    assert list(classroom.hand_ins(tmp_path / "赵 六.zip")) == [tmp_path / "赵 六.zip"]
    with pytest.raises(ReportError, match="no folder with one"):
        classroom.hand_ins(tmp_path / "c")
    with pytest.raises(ReportError, match="There is no"):
        classroom.hand_ins(tmp_path / "class.zip")


def test_the_same_weights_are_told():
    verdicts = [
        Verdict("a", weights={"fast-s0": "1", "standard-s0": "2"}),
        Verdict("b", weights={"standard-s0": "2"}),
        Verdict("c", weights={"standard-s0": "3"}),
        Verdict("d"),
    ]
    assert classroom.same_weights(verdicts) == {"a": ["b"], "b": ["a"], "c": [], "d": []}


def test_loose_reports_belong_to_their_students(tmp_path):
    project, other = "张 三_123_assignsubmission_file_p.zip", "李 四_77_assignsubmission_file_q.zip"
    report, stray = "张 三_123_assignsubmission_file_报 告.docx", "王五.docx"
    for name in (project, other, report, stray):
        (tmp_path / name).touch()
    found = {p.name: [r.name for r in apart] for p, apart in classroom.hand_ins(tmp_path).items()}
    assert found == {project: [report], other: [], report: [], stray: []}


def test_equal_weights_are_expected_of_one_machine_and_seed():
    def verdict(name, machine, time):
        facts = {"fast-s0": f"torch 2, {machine}, time {time}"}
        return Verdict(name, facts=facts, weights={"fast-s0": "1"})

    a, b = verdict("a", "EPYC", "08:00"), verdict("b", "EPYC", "09:00")
    assert classroom.same_weights([a, b]) == {"a": [], "b": []}
    copied, other = verdict("c", "EPYC", "08:00"), verdict("d", "M3", "10:00")
    assert classroom.same_weights([a, b, copied])["a"] == ["c"]
    assert classroom.same_weights([a, other]) == {"a": ["d"], "d": ["a"]}


class Unmarked(zipfile.ZipInfo):
    """An entry whose name does not say its encoding, as other programs than Python write it."""

    def _encodeFilenameFlags(self):  # noqa: N802
        return self.filename.encode("latin-1"), 0


def pack(path, encoding="utf-8", below=""):
    """A zip as students make them: a project, in a folder or not, with what macOS adds."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("notebooks/我的 笔记.ipynb", "report/metadata.yml", "__MACOSX/report/._x.yml"):
            archive.writestr(Unmarked((below + name).encode(encoding).decode("latin-1")), "{}")


@pytest.mark.parametrize("below", ["", "mnist-report-main/", "作业/张三/"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_zip_is_unpacked_in_a_private_folder(tmp_path, encoding, below):
    path = tmp_path / "张 三.zip"
    pack(path, encoding, below)
    private = tmp_path / "private"
    found = located(path, (), private)
    assert found.root.is_relative_to(private)
    assert [p.name for p in found.files("notebooks/*")] == ["我的 笔记.ipynb"]
    assert not list(private.rglob("*MACOSX*"))


def test_a_zip_with_names_in_neither_code_is_unpacked_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(Unmarked("café/notebooks/resumé.ipynb"), "{}")
    found = located(tmp_path / "x.zip", (), tmp_path / "private")
    assert len(found.files("notebooks/*.ipynb")) == 1


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "C:/out.py", "..\\out.py"])
def test_nothing_is_unpacked_outside(tmp_path, name):
    path = tmp_path / "class" / "x.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "1")
    with pytest.raises(UnfitFileError, match="leads out"):
        located(path, (), tmp_path / "private")
    assert not list(tmp_path.rglob("out.py"))


def test_a_zip_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(handin, "UNPACKED", 1000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("results/run.json", bytes(1001))
    with pytest.raises(UnfitFileError, match="1,001 bytes"):
        located(tmp_path / "x.zip", (), tmp_path / "private")


def test_every_entry_of_a_class_has_a_row(tmp_path, monkeypatch):
    """Kinds that are not looked at, links, damaged and empty ones are told, never left out."""
    entries = tmp_path / "class"
    (entries / "空").mkdir(parents=True)
    for name in ("孙 七.rar", "damaged.zip", "caf\udce9.txt", "\x1b]0;owned\a.zip"):
        (entries / name).write_bytes(b"PK nothing")
    (entries / "linked").symlink_to(entries / "空")
    found = []
    for path in classroom.hand_ins(entries):
        here, there = multiprocessing.Pipe(duplex=False)
        monkeypatch.setattr(classroom, "end_with", lambda: None)
        monkeypatch.setattr(classroom.limits, "confine", lambda *words: None)
        classroom._look(there, path, (), tmp_path / "private" / str(len(found)))
        found.append(classroom.ANSWER.validate_json(here.recv_bytes()))
    classroom.write_table(found, tmp_path / "class.csv")
    text = (tmp_path / "class.csv").read_text(encoding="utf-8-sig")
    assert "\x1b" not in text
    rows = {row["folder"]: row["verdict"] for row in csv.DictReader(text.splitlines())}
    assert len(found) == len(rows) == 6
    assert rows.pop("空") == "missing"
    assert set(rows.values()) == {"not checked"}


def test_the_table_has_a_row_a_hand_in_and_no_formulas(tmp_path):
    path = tmp_path / "class.csv"
    verdicts = [
        Verdict("a", "韩梅梅", "0012345", [GOOD], weights={"x": "1"}),
        Verdict("b", '=HYPERLINK("x")', "", [GOOD, BAD], weights={"x": "1"}),
    ]
    classroom.write_table(verdicts, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first, second = csv.DictReader(stream)
    assert (first["name"], first["number"], first["verdict"]) == ("韩梅梅", "0012345", "agrees")
    assert (second["name"], second["verdict"]) == ('\'=HYPERLINK("x")', "differs")
    assert (second["agrees"], second["differs"]) == ("1", "1")
    assert second["wrong"] == "report: 99.85, must be 99.65"
    assert (first["same weights as"], second["same weights as"]) == ("b", "a")


def test_a_table_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="Cannot write"):
        classroom.write_table([], tmp_path / "file" / "class.csv")


def test_an_empty_project_in_a_process_of_its_own(tmp_path):
    (tmp_path / "li" / "mnist-report-main" / "notebooks").mkdir(parents=True)
    verdict = classroom.examine(tmp_path / "li")
    assert verdict.folder == "li"
    assert [(f.subject, f.state) for f in verdict.findings] == [
        ("results", State.MISSING),
        ("notebooks", State.MISSING),
        ("report", State.MISSING),
    ]


def test_one_that_takes_for_ever_is_given_up(tmp_path):
    (finding,) = classroom.examine(tmp_path, patience=0.01).findings
    assert finding.state is State.UNCHECKED
    assert "not finished" in finding.text


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="not on Windows")
def test_ctrl_c_while_the_process_starts_ends_it(monkeypatch, tmp_path):
    real, blocked = signal.pthread_sigmask, []

    def start(process):
        blocked.append(signal.SIGINT in real(signal.SIG_BLOCK, []))
        multiprocessing.process.BaseProcess.start(process)
        blocked.append(signal.SIGINT in real(signal.SIG_BLOCK, []))

    def pressed(how, signals):
        real(how, signals)
        if how == signal.SIG_UNBLOCK and signals == [signal.SIGINT]:  # what waited comes now
            raise KeyboardInterrupt

    monkeypatch.setattr(multiprocessing.context.SpawnProcess, "start", start)
    monkeypatch.setattr(signal, "pthread_sigmask", pressed)
    with pytest.raises(KeyboardInterrupt):
        classroom.examine(tmp_path)
    assert multiprocessing.active_children() == []
    assert blocked == [True, True]  # so the process never hears of it


def test_what_a_process_answers_is_plain_json():
    with pytest.raises(ValueError):
        classroom.ANSWER.validate_json(b"\x80\x04\x95")  # the beginning of a pickle


LOOK = Finding("report", State.LOOK, "99.95 in “my excellent model”")
OTHERS = [(Finding("x", State.MISSING, ""), 3), (Finding("x", State.UNCHECKED, ""), 4), (LOOK, 5)]


def test_a_false_sentence_shows_in_the_list_of_a_class(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(classroom, "examine", lambda one, _: Verdict(one.name, findings=[LOOK]))
    answer = CliRunner().invoke(commands.app, ["check", str(tmp_path)])
    assert answer.exit_code == 5
    assert answer.output.count("? report: look at: 99.95 in “my excellent model”\n") == 2


@pytest.mark.parametrize(
    ("findings", "code"), [([GOOD], 0), ([GOOD, BAD], 1), *(([GOOD, f], c) for f, c in OTHERS)]
)
def test_the_command_says_what_it_found(tmp_path, monkeypatch, findings, code):
    (tmp_path / "results").mkdir()
    verdict = Verdict("li", "Li Lei", "7", findings, {"package": "as in this project"})
    monkeypatch.setattr(classroom, "examine", lambda folder, apart: verdict)
    answer = CliRunner().invoke(
        commands.app, ["check", str(tmp_path), "--csv", str(tmp_path / "c.csv")]
    )
    assert answer.exit_code == code
    assert "li (Li Lei 7)\n" in answer.output
    assert "run: agrees: well\n" in answer.output
    assert ("report: differs: 99.85, must be 99.65\n" in answer.output) == (code == 1)
    assert (tmp_path / "c.csv").exists()


def test_a_report_apart_belongs_to_one(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    answer = CliRunner().invoke(commands.app, ["check", str(tmp_path), "--report", "r.docx"])
    assert answer.exit_code == 2


def test_equal_weights_are_not_expected_where_seeds_are_made_from_student_numbers():
    weights = {"standard-s0": "a"}
    one, other = (
        Verdict(name, facts={"standard-s0": f"torch 2, time {name}"}, weights=weights)
        for name in "ab"
    )
    assert classroom.same_weights([one, other]) == {"a": [], "b": []}
    own = replace(other, own_seed=True)
    assert classroom.same_weights([one, own]) == {"a": ["b"], "b": ["a"]}
