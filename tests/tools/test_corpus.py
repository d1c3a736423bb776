"""The tool that compares exports with nbconvert's HTML sees what is lost, and only that."""

import pytest
from export_samples import code, display, markdown, notebook, png, write

from notebook_report import FORMATS
from tools import corpus, shown

TABLE = "| model | accuracy |\n|---|---|\n| cnn | 0.99 |"
PAGE = (
    "<p>one two</p><p>$a_1$</p><img src='x'><table><tr><th>k<tr><td>v</table><pre>x  y\n1\t5</pre>"
)


@pytest.fixture
def folder(tmp_path):
    cells = [
        markdown(f"# A title of words\n\nOne $\\alpha+x_2$ and\n\n$$\\frac{{y}}{{z}}$$\n\n{TABLE}"),
        code("print('a')", display(image_png=png(), text_plain="<Figure size 1x1 with 1 Axes>")),
        code("x", display(text_html="<table><tr><th>h</th></tr><tr><td>7</td></tr></table>")),
    ]
    write(tmp_path / "whole.ipynb", notebook(*cells))
    return tmp_path


def test_nothing_is_lost_of_a_plain_notebook_in_any_format(folder, capsys):
    out = folder / "table.md"
    assert corpus.main([str(folder), "--out", str(out), "--details"]) == 0
    table = out.read_text(encoding="utf-8")
    assert table == capsys.readouterr().out
    rows = [line.replace(" ", "").split("|")[1:-1] for line in table.splitlines() if "|" in line]
    assert [row[1] for row in rows[2:]] == [*FORMATS, *FORMATS]
    assert {tuple(row[6:]) for row in rows[2:]} == {("2", "2", "4", "1", "6", "0")}


def test_a_word_that_is_not_there_is_silent_unless_its_cell_has_a_warning(folder, monkeypatch):
    def short_of_a_word(path, to, out):
        out.write_text("<h1>A title of</h1>", encoding="utf-8")
        return warnings

    monkeypatch.setattr(corpus, "export_notebook", short_of_a_word)
    path, warnings = folder / "whole.ipynb", []
    lost = corpus.results(path, folder, ("html",))[0]
    assert lost.silent > 0
    assert lost.counts["formulas"] == (2, 2)
    assert any("SILENT words" in line and "words" in line for line in lost.losses)
    warnings += [f'cell {number} ("x"): lost' for number in (1, 2, 3)]
    assert corpus.results(path, folder, ("html",))[0].silent == 0


@pytest.mark.parametrize(
    ("page", "lost"),
    [
        (PAGE, {}),
        (PAGE.replace("two", "t-<br>wo"), {}),  # divided at the end of a line
        (PAGE.replace("two", ""), {"words": 1}),
        (PAGE.replace("$a_1$", "a_1"), {"formulas": 1, "symbols": 2}),
        (PAGE.replace("x  y", "x y").replace("\t", "      "), {"blanks": 1}),
        (PAGE.replace("\t", ""), {"blanks": 1}),
        (PAGE.replace("<img src='x'>", ""), {"pictures": 1}),
        (PAGE.replace("<th>k<tr><td>v", "<th>v<tr><td>k"), {"cells": 2}),
    ],
)
def test_each_kind_of_loss_is_counted(page, lost):
    before, after = shown.of_html(PAGE, mathjax=True), shown.of_html(page, mathjax=True)
    result = corpus.Result("x", "html")
    corpus.compare([before], after, result)
    assert {name: count for name, (count, _) in result.counts.items() if count} == lost


def test_figures_under_a_false_head_are_lost_cells():
    right = "<table><tr><th rowspan=2>m<th colspan=2>acc<tr><th>a<th>b<tr><td>x<td>1<td>2</table>"
    wrong = right.replace(" rowspan=2", "")
    lost = shown.lost_cells(shown.of_html(right), shown.of_html(wrong))
    assert shown.Place("a", "1") in lost


def test_the_lines_of_a_cell_may_stand_apart_on_a_page():
    cells = shown.of_html("<table><tr><th>low pass filter<th>12.5</table>")
    pages = [("low pass\n12.5\nfilter", 0), ("low pass\n12.\nfilter", 1), ("filter 12.5", 1)]
    lost = [len(shown.lost_cells(cells, shown.Shown(text, cells=None))) for text, _ in pages]
    assert lost == [count for _, count in pages]
    assert not shown.lost_words(shown.Shown("a posteriori is"), shown.Shown("a poste\nriori was"))[
        "posteriori"
    ]


def test_formulas_end_with_their_paragraph_and_code_holds_none():
    page = shown.of_html("<p>from $5</p><p>to $7</p><code>$x$</code>", mathjax=True)
    assert page.formulas == []
    assert page.text.split() == ["from", "$5", "to", "$7", "$x$"]
