"""Numbers in their places: what is the same in another layout, and what was altered."""

import pytest

from mnist_report.checking.numbers import Text, compare, roundings, told, unmatched

ENGLISH = "The accuracy on the 10,000 test images is 99.65%, and the macro F1 score is 99.64%."
CHINESE = "在 10,000 幅测试图像上，准确率为 99.65%，宏平均 F1 值为 99.64%。"


def test_a_skeleton_has_letters_and_marks():
    text = Text("The 10,000 im-\nages, x² = 3.50%.")
    assert text.skeleton == "the#imagesx##"
    assert text.numbers == ["10000", "2", "3.50"]


@pytest.mark.parametrize(
    "layout",
    [
        ENGLISH,
        "Before. " + ENGLISH.replace(" accuracy", " accu-\nracy").replace(" test ", "\n test\n"),
        ENGLISH.replace(", and", " (Table 3), and").replace("images", "images [4, 7–9]"),
    ],
)
def test_another_layout_agrees(layout):
    done = compare([ENGLISH], Text(layout))
    assert (done.agreeing, done.wrong, done.lost) == (4, [], [])


def test_chinese_agrees_without_spaces():
    done = compare([CHINESE], Text(f"正文。{CHINESE.replace(' ', '')}表 3 与式 (2) 见第 4 章。"))
    assert (done.agreeing, done.wrong, done.lost) == (4, [], [])


@pytest.mark.parametrize(("text", "right", "false"), [
    (ENGLISH, "99.65", "99.85"), (CHINESE, "99.65", "99.85"), (ENGLISH, "10,000", "1,000"),
])  # fmt: skip
def test_an_altered_number_is_told_with_its_sentence(text, right, false):
    done = compare([text], Text(text.replace(right, false)))
    assert done.agreeing == 3
    (line,) = done.wrong
    plain = false.replace(",", "")
    assert line.startswith(f"{plain}, must be {right.replace(',', '')}, in “")
    assert false in line.split("“")[1]


def test_a_number_is_found_where_the_rest_of_the_passage_was_rewritten():
    own = (
        "I measured this with care. "
        + ENGLISH.partition(", and")[0].replace("99.65", "99.75")
        + "."
    )
    done = compare([ENGLISH], Text(own))
    assert [line[:21] for line in done.wrong] == ["99.75, must be 99.65,"]


def test_a_rewritten_sentence_is_lost_and_its_number_a_stranger():
    found = Text("Nine hundred things. We got no less than 99.85% right, or 0.9985.")
    done = compare([ENGLISH], found)
    assert (done.agreeing, done.wrong) == (0, [])
    assert done.lost == [ENGLISH]
    known = set(roundings({"test": {"accuracy": 0.9965}}))
    first, second = unmatched(found, done.used, known)
    assert first.startswith("99.85 in “")
    assert second.startswith("0.9985 in “")


def test_a_known_value_in_own_words_is_no_stranger():
    found = Text("Wonderful: 99.65% right, that is 0.9965; and 12 of 28.")
    assert unmatched(found, set(), set(roundings([0.9965]))) == []


def test_rows_of_a_table_are_compared_one_by_one():
    table = "digit precision recall\nzero 99.90 99.80\naverage of all 99.65 99.64"
    shifted = "Figure 3. Something\naverage of all 99.65 99.74\nsome other words\nzero 99.90 99.80"
    done = compare([table], Text(shifted))
    assert [line[:21] for line in done.wrong] == ["99.74, must be 99.64,"]


def test_a_broken_sentence_is_not_held_against_another_like_it():
    """A page break with a heading may stand in one of two sentences that say nearly the same."""
    long = "Our network gains, with an interval from 0.1 to 0.2 and a small p-value, and {} it."
    expected = [long.format("we expected that it would; so we like"), long.format("so we like")]
    expected[0] = expected[0].replace("0.1 to 0.2", "3.1 to 3.2")
    page = expected[0].replace("from 3.1 to", "fr- 17 A heading om 3.1 t-o o")
    done = compare(expected, Text(f"{expected[1]} {page}"))
    assert done.wrong == []


def test_each_place_counts_once():
    twice = "The error rate is 1.5%. The error rate is 2.5%."
    done = compare(["The error rate is 2.5%.", "The error rate is 1.5%."], Text(twice))
    assert (done.agreeing, done.wrong) == (2, [])
    done = compare(["The error rate is 2.5%."] * 2, Text(twice))
    assert (done.agreeing, len(done.wrong)) == (1, 1)


def test_told_stops_in_time():
    assert told(["a", "b"]) == "a | b"
    assert told(["a" * 200] * 5).endswith("… … and 2 more")


def test_an_interval_in_a_formula_is_no_citation():
    """LibreOffice, which saves a Word file anew, stores its brackets apart."""
    ours = ["For a grey image x ∈ [0, 1]28×28 of class y, accuracy [12] is 99.65%."]
    saved = "For a grey image x ∈ 0 , 1 28 × 28 of class y, accuracy [ 12 ] is 99.65%."
    done = compare(ours, Text(saved))
    assert (done.wrong, done.lost, done.agreeing) == ([], [], 5)
