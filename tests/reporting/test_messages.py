"""What of a cell is translated, and what of its code may not change."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from mnist_report.reporting.notebooks.translate import passages, replaced, same_code

TEXT = """# A heading

A paragraph
of two lines.

- one item
- another

1. first
2. second

| a | b |
|---|---|
| 1 | 2 |"""

CODE = """data = {"test": 1, "as they are": 2, 'key': "a_name"}  # why, and how
x = 3  # 1 + 2
print("training ", data["test"], "→", end="  ")
print(f"{x:4.2f} of {data['test']}: {'so it is' if x else 'no'} μ")
print(f"{x} → {x:,}")
print(data["as they are"])
figures.draw(title=f"in {x} parts", language="en")
"""


def test_text_is_cut_into_blocks_and_items():
    found = passages(new_markdown_cell(TEXT))
    assert found == [
        "# A heading",
        "A paragraph\nof two lines.",
        "- one item",
        "- another",
        "1. first",
        "2. second",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ]


def test_code_gives_what_a_reader_reads():
    assert passages(new_code_cell(CODE)) == [
        '"as they are"',
        "# why, and how",
        '"training "',
        "f\"{x:4.2f} of {data['test']}: {'so it is' if x else 'no'} μ\"",
        '"as they are"',
        'f"in {x} parts"',
    ]


@pytest.mark.parametrize("cell", [new_markdown_cell(TEXT), new_code_cell(CODE)])
def test_only_the_passages_are_replaced(cell):
    assert replaced(cell, lambda text: text) == cell.source
    changed = replaced(cell, lambda text: f"⟨{text}⟩")
    assert changed.replace("⟨", "").replace("⟩", "") == cell.source
    assert changed.count("⟨") == len(passages(cell))


def test_characters_beyond_ascii_do_not_shift_anything():
    cell = new_code_cell('print("μ µ 数字", 1)  # ½ of it\nprint("数", "a b")')
    assert passages(cell) == ['"μ µ 数字"', "# ½ of it", '"数"', '"a b"']


def test_a_string_of_several_lines_is_one_passage():
    cell = new_code_cell('print(\n    f"one {a} "\n    f"two {b}"\n)')
    assert passages(cell) == ['f"one {a} "\n    f"two {b}"']


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ('print(f"从 {a + 1:.2f} 到 {b}")  # 数', True),
        ('print(f"到 {b}，从 {a + 1}")', True),  # another order
        ('print(f"从 {a} 到 {b}")', False),
        ('print(f"从 {a + 1}")', False),
        ('print("从 1 到 2")', False),
        ('print(f"从 {a + 1} 到 {b})', False),  # a quote is missing
        ('show(f"从 {a + 1} 到 {b}")', False),
    ],
)
def test_words_may_change_and_code_may_not(other, same):
    assert same_code('print(f"from {a + 1:4} to {b}")  # from to', other) is same
