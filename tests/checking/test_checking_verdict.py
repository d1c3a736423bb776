"""What a check says: findings, differences, and the line that sums them up."""

import pytest

from mnist_report.checking.verdict import Finding, State, Verdict, brief, differences, judged


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        ({"test": {"accuracy": 0.9985}}, {"test": {"accuracy": 0.9965}},
         ["test.accuracy is 0.9985, must be 0.9965"]),
        ({}, {"seed": 0}, ["seed is missing"]),
        ({"rows": [1, 2]}, {"rows": [1, 3]}, ["rows[1] is 2, must be 3"]),
        ({"rows": [1]}, {"rows": [1, 3]}, ["rows is [1], must be [1, 3]"]),
        ({"on": 1}, {"on": True}, ["on is 1, must be True"]),
        ({"x": None}, {"x": 0.0}, ["x is None, must be 0"]),
        ({"x": 1.0000001, "more": 5}, {"x": 1}, []),
        ({"x": (1, "a")}, {"x": [1, "a"]}, []),
        (float("nan"), 1.0, [" is nan, must be 1"]),
    ],
)  # fmt: skip
def test_differences_name_the_place(found, expected, said):
    assert list(differences(found, expected)) == said


def test_judged_tells_the_first_differences():
    assert judged("x", [], "well").state is State.AGREES
    finding = judged("x", list("abcde"), "well")
    assert (finding.state, finding.text) == (State.DIFFERS, "a; b; c (and 2 more)")


def test_hostile_values_stay_short_and_in_one_line():
    assert brief("\x1b[2Jgone\nfar " * 100).startswith("[2Jgone far ")
    assert len(brief("x" * 10**6)) == 61


def test_the_summary_counts():
    findings = [Finding("a", State.AGREES, ""), Finding("a", State.AGREES, "")]
    assert Verdict("f", findings=findings).summary() == "All agrees: 2 checks agree."
    findings += [Finding("b", State.UNCHECKED, ""), Finding("l", State.LOOK, "")]
    assert Verdict("f", findings=findings).summary() == (
        "Nothing differs: 2 checks agree; 1 could not be checked; 1 to look at."
    )
    findings += [Finding("c", State.MISSING, ""), Finding("d", State.DIFFERS, "")]
    verdict = Verdict("f", findings=findings)
    assert [one.subject for one in verdict.having(State.MISSING, State.DIFFERS)] == ["c", "d"]
    assert verdict.summary().startswith("Does not agree: 2 checks agree; 1 differ; 1 missing")


def test_the_gravest_outcome_is_the_verdict():
    assert Verdict("f").state is State.AGREES
    states = [State.AGREES, State.LOOK, State.UNCHECKED, State.MISSING, State.DIFFERS]
    for count, state in enumerate(states, start=1):
        findings = [Finding("x", one, "") for one in states[:count][::-1]]
        assert Verdict("f", findings=findings).state is state


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_never_agrees(number):
    assert list(differences({"x": number}, {"x": number}))
    assert list(differences({"x": number}, {"x": 1.0}))
    assert list(differences({"x": 1.0}, {"x": number}))
