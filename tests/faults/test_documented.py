"""The page about reliability shows what was recorded, and every test that it names is there."""

from __future__ import annotations

import json
import re

import tally as counting

from mnist_report.common import settings

ROOT = settings.project_root()
PAGE = counting.PAGE.read_text(encoding="utf-8")
RECORD = json.loads(counting.RECORD.read_text(encoding="utf-8"))
LEAST_FAULTS, LEAST_INPUTS = 6_000, 25_000


def tried(fuzzed: bool) -> int:
    return sum(row["tried"] for row in RECORD["rows"] if row["fuzzed"] == fuzzed)


def test_the_page_shows_the_record():
    assert counting.FIGURES.search(PAGE)
    assert counting.with_figures(PAGE, RECORD) == PAGE


def test_enough_was_tried_and_nothing_lost():
    assert tried(fuzzed=False) >= LEAST_FAULTS
    assert tried(fuzzed=True) >= LEAST_INPUTS
    assert [row["kind"] for row in RECORD["rows"] if row["lost"]] == []
    for row in RECORD["rows"]:
        assert row["tried"] == row["survived"] + row["refused"] + row["lost"], row["kind"]


def test_a_lost_fault_is_counted():
    tally = counting.Tally()
    for outcome in (None, AssertionError):
        try:
            with tally.fault("a kind"):
                if outcome:
                    raise outcome
        except AssertionError:
            continue
    (row,) = tally.rows.values()
    assert (row.tried, row.survived, row.refused, row.lost) == (2, 1, 0, 1)
    assert tally.table()[2] == "| a kind | 2 | 1 | 0 | 1 |"


def test_the_tests_that_it_names_are_there():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 10
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in ROOT.joinpath("tests").rglob("test_*.py")
    )
    assert [name for name in sorted(named) if f"def {name}(" not in source] == []
