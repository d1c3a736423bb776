"""A report's text against its values: as it must read, and as it was handed in."""

from base64 import b64encode
from types import SimpleNamespace

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_report.checking import report
from mnist_report.checking.verdict import State
from mnist_report.common.storage import checksum
from notebook_report.errors import ExportError

VALUES = {"test": {"accuracy": 0.9965, "images": 10_000}, "p": 1.3e-5}
NAMED = {"text/html": {"table": {"name": "scores"}}}
PROSE = """# Result {#sec-result}

On {{ test.images | integer }} images the accuracy is {{ test.accuracy | percent(2) }}, as
@tbl-scores shows in full [@lecun1998, p. 7]; the probability $p={{ test.accuracy | number(3) }}$.

| Fault | What it costs |
|:------|:--------------|
| None at all | {{ p | scientific(1) }} |

$$ A = \\frac{1}{77}\\sum_{i=1}^{88} x_i $$
"""
TEXT = """Result
On 10,000 images the accuracy is 99.65%, as Table 1 shows in full [3]; the probability p = 0.997.
Fault What it costs
None at all 1.3 × 10 −5
Table 1. All scores of 28 runs
accuracy of the test 99.65%
"""


@pytest.fixture
def expected():
    table = pd.DataFrame({"value": ["99.65%"]}, index=["accuracy of the test"])
    return SimpleNamespace(
        language="en",
        values=VALUES,
        evaluation=VALUES,
        table=lambda name: table if name and name.name == "scores" else None,
    )


@pytest.fixture
def notebook():
    shown = pd.DataFrame({"value": ["99.99%"]}, index=["accuracy of the test"]).to_html()
    values = new_output("display_data", {"application/json": VALUES})
    cells = [
        new_code_cell("#| values: true\npublish()", outputs=[values]),
        new_markdown_cell(PROSE),
        new_code_cell(
            "#| label: tbl-scores\n#| tbl-cap: All scores of 28 runs\nscores()",
            outputs=[new_output("display_data", {"text/html": shown}, metadata=NAMED)],
        ),
    ]
    return new_notebook(cells=cells)


def test_an_honest_text_agrees(notebook, expected):
    finding = report.check_text(TEXT, "r.docx", notebook, expected)
    assert finding.state is State.AGREES
    assert finding.text == "8 numbers as the results have them"


@pytest.mark.parametrize(
    ("right", "false"),
    [
        ("is 99.65", "is 99.85"),
        ("test 99.65", "test 99.85"),
        ("10 −5", "10 −7"),
        ("0.997", "0.999"),
    ],
)
def test_an_altered_number_differs(notebook, expected, right, false):
    finding = report.check_text(TEXT.replace(right, false), "r.docx", notebook, expected)
    assert finding.state is State.DIFFERS
    number = false.split()[-1].lstrip("−")
    assert finding.text.startswith(f"{number}, must be {right.split()[-1].lstrip('−')}, in “")


def test_own_text_is_told_and_not_judged(notebook, expected):
    own = TEXT.replace("the accuracy is", "we got") + "By our count 98.76% are right.\n"
    finding = report.check_text(own, "r.docx", notebook, expected)
    assert finding.state is State.LOOK
    assert finding.text.startswith("not among the results, look at them: 98.76 in “")
    finding = report.check_text("Something else.", "r.docx", notebook, expected)
    assert finding.state is State.UNCHECKED


def test_a_number_typed_into_the_notebook_is_looked_at_though_it_stands_in_both(notebook, expected):
    claim = "Our network reaches 99.95% in a week. By intervals of 95% that is {{ test.images }}."
    notebook.cells.append(new_markdown_cell(claim))
    finding = report.check_text(
        f"{TEXT}{claim}".replace("{{ test.images }}", "10000"), "r.docx", notebook, expected
    )
    assert finding.state is State.LOOK
    assert "99.95 in “" in finding.text
    assert "95 in “" not in finding.text.replace("99.95 in", "")


def test_published_values_are_compared(notebook, expected):
    assert report.check_values(notebook, "r", expected).state is State.AGREES
    notebook.cells[0].outputs[0].data["application/json"] = {"test": {"accuracy": 0.9985}}
    finding = report.check_values(notebook, "r", expected)
    assert finding.state is State.DIFFERS
    assert "test.accuracy is 0.9985, must be 0.9965" in finding.text
    notebook.cells[0].outputs[0].data["application/json"] = VALUES | {"own": {"x": 1}}
    finding = report.check_values(notebook, "r", expected)
    assert (finding.state, "do not tell own" in finding.text) == (State.UNCHECKED, True)
    notebook.cells[0].outputs = []
    assert report.check_values(notebook, "r", expected).state is State.MISSING


@pytest.mark.parametrize(
    ("key", "value", "state"),
    [("known", 5, State.UNCHECKED), ("known", 6, State.DIFFERS), ("runs", 2, State.DIFFERS)],
)
def test_runs_that_came_or_went_since_are_no_falsehood(notebook, expected, key, value, state):
    """Honest work: someone trains once more after the export, or hands in one run of several."""
    audit, never = {"runs": 3, "known": 5, "never": {"images": 20}}, {"images": 42}
    theirs = VALUES | {"audit": audit | {key: value}, "robustness": {"mean": 0.9, "original": 0.85}}
    ours = {
        "audit": audit | {"runs": 2, "never": never},
        "robustness": {"mean": 0.9, "original": None},
    }
    expected.values = VALUES | ours
    notebook.cells[0].outputs[0].data["application/json"] = theirs
    notebook.cells[
        1
    ].source += "\n\nOf {{ audit.runs }} runs none is right on {{ audit.never.images }}.\n"
    assert report.check_values(notebook, "r", expected).state is state
    if key == "known":
        text = TEXT + "Of 3 runs none has 20.\n"
        assert report.check_text(text, "r.docx", notebook, expected).state is State.AGREES


@pytest.mark.parametrize(
    ("shown", "state", "said"),
    [
        ("abc", State.AGREES, "3 as in the notebook"),
        ("ac", State.AGREES, "2 as in"),  # a figure that was left out
        ("abxc", State.LOOK, "pictures 3 are none of the notebook's"),
        ("cba", State.DIFFERS, "pictures 1, 3 are not in the notebook's order"),
        ("aac", State.DIFFERS, "pictures 2 are not in"),
    ],
)
def test_a_figure_that_changed_places_is_found_by_its_sum(notebook, shown, state, said):
    made = [
        new_output("display_data", {"image/png": b64encode(k.encode()).decode()}) for k in "abc"
    ]
    notebook.cells.append(new_code_cell("draw()", outputs=made))
    (finding,) = report.check_figures([checksum(k.encode()) for k in shown], "r.docx", notebook)
    assert finding.state is state
    assert finding.text.startswith(said)
    assert not list(report.check_figures([], "r.pdf", notebook))


def test_an_unknown_value_names_its_cell(notebook, expected):
    notebook.cells[1].source = "{{ nonsense }}"
    with pytest.raises(ExportError, match=r"cell 2 .*nonsense"):
        report.check_text(TEXT, "r.docx", notebook, expected)


def test_markdown_reads_no_files(notebook, expected, tmp_path):
    (tmp_path / "secret").write_text("98.7654", encoding="utf-8")
    notebook.cells[
        1
    ].source = f"![the picture]({tmp_path}/secret)\n\n\\include{{{tmp_path}/secret}}"
    passages = report.rendered(notebook, expected, "full")
    assert "98.7654" not in "".join(passages)
