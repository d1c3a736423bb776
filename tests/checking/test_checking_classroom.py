"""Many hand-ins: which there are, their table, and the process that each is looked at in."""

import csv

import pytest
from typer.testing import CliRunner

from mnist_report.checking import classroom
from mnist_report.checking.verdict import Finding, State, Verdict
from mnist_report.cli import commands
from mnist_report.common.errors import ReportError

GOOD = Finding("run", State.AGREES, "well")
BAD = Finding("report", State.DIFFERS, "99.85, must be 99.65")


def test_a_project_or_a_folder_of_them(tmp_path):
    for name in ("b/results", "a/x/report", ".git", "c"):
        (tmp_path / name).mkdir(parents=True)
    assert [p.name for p in classroom.hand_ins(tmp_path)] == ["a", "b", "c"]
    assert classroom.hand_ins(tmp_path / "b") == [tmp_path / "b"]
    with pytest.raises(ReportError, match="no folder with one"):
        classroom.hand_ins(tmp_path / "c")
    with pytest.raises(ReportError, match="unpack"):
        classroom.hand_ins(tmp_path / "class.zip")


def test_the_same_weights_are_told():
    verdicts = [
        Verdict("a", weights={"fast-s0": "1", "standard-s0": "2"}),
        Verdict("b", weights={"standard-s0": "2"}),
        Verdict("c", weights={"standard-s0": "3"}),
        Verdict("d"),
    ]
    assert classroom.same_weights(verdicts) == {"a": ["b"], "b": ["a"], "c": [], "d": []}


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
    assert finding.state is State.DIFFERS
    assert "not finished" in finding.text


def test_what_a_process_answers_is_plain_json():
    with pytest.raises(ValueError):
        classroom.ANSWER.validate_json(b"\x80\x04\x95")  # the beginning of a pickle


@pytest.mark.parametrize(("findings", "code"), [([GOOD], 0), ([GOOD, BAD], 1)])
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
    assert ("report: differs: 99.85, must be 99.65\n" in answer.output) == bool(code)
    assert (tmp_path / "c.csv").exists()


def test_a_report_apart_belongs_to_one(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    answer = CliRunner().invoke(commands.app, ["check", str(tmp_path), "--report", "r.docx"])
    assert answer.exit_code == 2
