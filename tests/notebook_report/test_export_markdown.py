"""Markdown is read as Jupyter reads it, with what a report needs on top and nothing else."""

import re
from base64 import b64decode
from collections import Counter

import docx
import pytest
from export_samples import BIBLIOGRAPHY, code, display, markdown, notebook, png, write
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_raw_cell

from notebook_report import FORMATS, export_notebook
from notebook_report.errors import Note
from tools import shown
from tools.corpus import reference


def export(folder, *cells, to="html", **options):
    """The warnings of an export, and what its file shows."""
    cells = [markdown(cell) if isinstance(cell, str) else cell for cell in cells]
    path = write(folder / "n.ipynb", notebook(*cells))
    out = folder / f"n.{to}"
    warnings = export_notebook(path, to, out, **options)
    return warnings, shown.READERS[to](out.read_bytes())


def words(text):
    return " ".join(text.replace("\u00a0", " ").split())


def export_pieces(folder, sources, to):
    """The warnings of one export of many sources, and the words of each, behind a mark."""
    cells = [cell for n, source in enumerate(sources) for cell in (f"Mark {n}.", source)]
    warnings, found = export(folder, *cells, to=to)
    pieces = re.split(r"Mark \d+\. ?", words(found.text))[1:]
    assert len(pieces) == len(sources)
    return warnings, pieces


FORMULAS = {
    "a $ x $ b $ O(n \\log n) $": ["x", "O(n \\log n)"],
    "$$\ny = 1\n$$\nright after": ["y = 1"],
    "\\\\(p+q\\\\) and \\\\[ r \\\\]": ["p+q", "r"],
    "\\begin{align*}\nL &= 1\\\\ &= 2\n\\end{align*}": [
        "\\begin{align*}\nL &= 1\\\\ &= 2\n\\end{align*}"
    ],
    "`$x$` and `` ` $y$ `` and $z$": ["z"],
    "```\n$x$\n```\n\n    $y$\n\n~~~\n$z$": [],
    "a \\$5 and \\$6, $\\text{a $b$ c}$": ["\\text{a $b$ c}"],
    "costs $5\n\nand $6": [],
    "- costs $5\n- and $6": [],
    "| a | b |\n|---|---|\n| $5 | $6 |\n| $7 | $x$ |": ["x"],
    "> $$\n> x\n> $$": ["x"],
    "1. item\n\n   $$ i $$\n\n2. $k$-th": ["i", "k"],
    "| a |\n|---|\n| $|x|$ |": ["|x|"],
    "# Of $x^2$\n\n**$y$**是": ["x^2", "y"],
    "<b>$x$</b> <table><tr><td>$y$</td></tr></table>": ["x", "y"],
    "[$x$](https://x.y)": ["x"],
    "$\\{x_t\\}_{t=1}^\\infty$": ["\\{x_t\\}_{t=1}^\\infty"],
}


def test_formulas_are_found_by_their_delimiters_alone(tmp_path):
    """All of them in one document; each source behind a mark, which is a formula, too."""
    sources = [cell for n, source in enumerate(FORMULAS) for cell in (f"$mark_{{{n}}}$", source)]
    _, found = export(tmp_path, *sources)
    formulas = [words(tex) for tex in found.formulas]
    starts = [formulas.index(f"mark_{{{n}}}") for n in range(len(FORMULAS))]
    for (source, expected), start, end in zip(
        FORMULAS.items(), starts, [*starts[1:], len(formulas)], strict=True
    ):
        assert formulas[start + 1 : end] == [words(tex) for tex in expected], source


TEXTS = {
    "C:\\Users\\ada\\notes\\today": "C:\\Users\\ada\\notes\\today",
    "\\d+ \\n \\Sigma \\cite{x} \\todo{y} \\(p\\)": "\\d+ \\n \\Sigma \\cite{x} \\todo{y} (p)",
    "a^2+b^2 O(n^2)+O(m^2) ~3~4 H~2~O": "a^2+b^2 O(n^2)+O(m^2) ~3~4 H~2~O",
    '--no-input -- "quoted" 3\'s ... -2': '--no-input -- "quoted" 3\'s ... -2',
    "{a=1} {#id .class} word{.x} {braces}": "{a=1} {#id .class} word{.x} {braces}",
    "two\\\nthree": "two three",
    "Term\n: meaning": "Term : meaning",
    "a@b.com, @media, see [1]": "a@b.com, @media, see [1]",
    "<center>\n\n**bold**\n\n</center>": "bold",
    "<table><tr><td>\n\n**cell**\n\n</td></tr></table>": "cell",
    "<details><summary>More</summary>\n\n- *item*\n\n</details>": "More item",
    "<font color='red'>\n\n**red**\n\n</font>": "red",
    "a <b>*c*</b> <kbd>Ctrl</kbd><!-- no --> <span style='color:red'>d": "a c Ctrl d",
    "[text]()": "text",
    "- [x] done\n- [ ] open": "☒ done ☐ open",
    "# 1. Heading\n\n## - dash\n\n### + plus": "1. Heading - dash + plus",
    "text\n| a | b |\n|---|---|\n| 1 | 2 |": "text a b 1 2",
    "```\nleft open": "left open",
    "```{code-cell} Title\n<details>\n```": "<details>",
}


@pytest.mark.parametrize("to", FORMATS)
def test_plain_text_stays_what_it_is(tmp_path, to):
    """All of it in one document; every piece between marks of its own."""
    sources = [f"Mark {n}.\n\n{source}" for n, source in enumerate(TEXTS)]
    warnings, found = export(tmp_path, *sources, to=to)
    assert warnings == []
    text = re.sub(r"[•‣☐☒]|\d+ of \d+", "", words(found.text))
    if to == "pdf":
        text = text.replace(f" {len(TEXTS)} ", " ")
    for number, expected in enumerate(TEXTS.values()):
        piece = text.partition(f"Mark {number}.")[2].partition("Mark ")[0]
        assert shown.squeezed(re.sub("[☐☒]", "", expected)) in shown.squeezed(piece), expected


def test_a_table_right_below_a_line_is_a_table(tmp_path):
    rows = "The results:\n| model | acc |\n|---|---|\n| cnn | 1 |\n|---|---|"
    source = rows + "\n\n> q\n> | a |\n> |---|\n> | b |"
    _, found = export(tmp_path, source)
    assert Counter(place.words for place in found.cells.elements()) == Counter(
        ["model", "acc", "cnn", "1", "---", "---", "a", "b"]
    )


def test_attributes_captions_divs_and_notes_come_on_top(tmp_path):
    source = (
        "# Head {#sec-h}\n\n# Two\n\n![A caption](p.png){width=2cm #fig-p}\n\n"
        "| a |\n|---|\n| b |\n\n: Words {#tbl-t}\n\n$$x$$ {#eq-x}\n\n"
        "@sec-h @fig-p @tbl-t @eq-x; note^[an inline *one*]"
    )
    (tmp_path / "p.png").write_bytes(b64decode(png()))
    warnings, found = export(tmp_path, source)
    assert warnings == []
    text = words(found.text)
    assert "Figure 1. A caption" in text
    assert "Table 1. Words" in text
    assert "Head Figure 1 Table 1 Equation (1); note" in text
    assert "an inline one" in text
    assert "{" not in text


def test_citations_stand_right_behind_words_and_in_chinese(tmp_path):
    (tmp_path / "metadata.yml").write_text("title: T\nbibliography: refs.bib\n", encoding="utf-8")
    (tmp_path / "refs.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    source = "LeNet[@lecun1998]实现，见@fig-a与[@lecun1998; @zhou2016, p. 3]; a@lecun1998 `[@x]`"
    source += "\n\n[@lecun1998]: so he says; [@zhou2016]: and he."
    source += "\n\n![A](p.png){#fig-a}"
    (tmp_path / "p.png").write_bytes(b64decode(png()))
    _, found = export(tmp_path, source)
    assert "LeNet[1]实现，见Figure 1与[1], [2, p. 3]; a@lecun1998 [@x]" in words(found.text)
    assert "[1]: so he says; [2]: and he." in words(found.text)


@pytest.mark.parametrize("to", FORMATS)
def test_a_footnote_may_stand_in_another_cell(tmp_path, to):
    cells = (
        "A claim.[^src] Again.[^1]\n\n[^1]: Its own.",
        "## Notes\n\n[^src]: Measured\n    here, $x$.",
    )
    warnings, found = export(tmp_path, *cells, to=to)
    assert warnings == []
    text = words(found.text)
    assert "Measured here" in text
    assert "[^" not in text


@pytest.mark.parametrize("to", FORMATS)
def test_a_footnote_that_nothing_refers_to_is_text_and_said(tmp_path, to):
    source = [
        "One.[^1]\n\n[^1]: First.\n\n[^2]: Alone *here*.\n\n```\n[^3]: code\n```",
        "[^1]: Two.",
    ]
    path, out = write(tmp_path / "n.ipynb", notebook(*map(markdown, source))), tmp_path / f"n.{to}"
    warnings = export_notebook(path, to, out)
    assert [warning.partition("): ")[2] for warning in warnings] == [
        f"footnote [^{name}] has nothing that refers to it, shown as text" for name in "21"
    ]
    text = " ".join(shown.READERS[to](out.read_bytes()).text.split())
    for words in ("First.", "[^2]: Alone here.", "[^3]: code", "[^1]: Two."):
        assert words in text


def test_a_footnote_that_is_used_twice_stands_once(tmp_path):
    for to in FORMATS:
        warnings, found = export(
            tmp_path, "One[^d] two[^d] x[^e].\n\n[^d]: Shared. $x$\n[^e]: Own.", to=to
        )
        assert warnings == []
        assert found.text.count("Shared.") == 1
    page = (tmp_path / "n.html").read_text(encoding="utf-8")
    assert page.count('href="#fn1"') == 2
    word = docx.Document(str(tmp_path / "n.docx")).element.xml
    assert re.search(r"NOTEREF (\w+) ", word)[1] in re.findall(
        r'bookmarkStart .*w:name="(\w+)"', word
    )


def test_boxes_and_colours_are_ours_in_every_format(tmp_path):
    source = (
        "<div class='alert alert-warning'>\n\n**Careful** `x`\n\n</div>\n\n> [!NOTE]\n> Hear.\n\n"
        ":::{tip}\nSo.\n:::\n\n<div align='center'>mid</div>\n\n<font color='#f00'>red</font>"
    )
    for to in FORMATS:
        warnings, found = export(tmp_path, source, to=to)
        assert warnings == []
        for part in ("Careful", "Note", "Hear.", "Tip", "So.", "mid", "red"):
            assert part in found.text
    page = (tmp_path / "n.html").read_text(encoding="utf-8")
    assert page.count('class="box') == 3
    assert 'class="box warning"' in page
    assert "color:#ff0000" in page
    assert 'class="centred"' in page


def test_a_box_ends_where_a_tag_at_the_end_of_a_paragraph_says_so(tmp_path):
    export(tmp_path, "<div class='alert alert-info'>\n\nIn *it*.</div>\n\nOut.", to="html")
    page = (tmp_path / "n.html").read_text(encoding="utf-8")
    assert "In <em>it</em>" in re.search(r'<div class="box.*?</div>', page, re.S)[0]
    assert "Out." not in re.search(r'<div class="box.*?</div>', page, re.S)[0]


ANCHORS = ["1.-Data-cleaning", "1-data-cleaning", "Train-&-test", "train--test", "Usage-1",
           "二、结果", "%E4%BA%8C%E3%80%81%E7%BB%93%E6%9E%9C", "tag", "own"]  # fmt: skip


@pytest.mark.parametrize("to", FORMATS)
def test_links_find_headings_as_jupyter_github_and_kaggle_write_them(tmp_path, to):
    heads = "# 1. Data cleaning\n# Train & test\n# 二、结果\n## Usage\n## Usage\n"
    heads += "# T<a name='tag'></a>\n# O {#own}"
    links = " ".join(f"[x](#{anchor})" for anchor in ANCHORS)
    warnings, _ = export(tmp_path, links, heads, to=to, strict=True)
    assert warnings == []
    if to == "html":
        page = (tmp_path / "n.html").read_text(encoding="utf-8")
        targets = re.findall(r'href="#([^"]+)"', page)
        assert len(targets) == len(ANCHORS)
        assert {f'id="{target}"' in page for target in targets} == {True}


def test_what_is_no_option_of_ours_does_not_stop_an_export(tmp_path):
    cells = [
        code("#| export\nx = 1"),
        code("#| default_exp core\n#| fig-cap: A: B\ny", display(image_png=png())),
        code("#| lable: fig-x\nz"),
        code("#| a: [\nw"),
        new_raw_cell("x", metadata={"format": "text/latex"}),
    ]
    cells[0].metadata["transient"] = None
    warnings, found = export(tmp_path, *cells)
    assert [warning.partition('"): ')[2] for warning in warnings] == [
        "`#| export` is no cell option, shown as code",
        "`#| default_exp core` is no cell option, shown as code",
        "unknown cell option 'lable'; did you mean 'label'?",
        "unknown cell option 'a'; it has no effect",
        "raw cell (text/latex) is meant for another tool, left out",
    ]
    assert "#| export" in found.text
    assert "A: B" in words(found.text)


CODES = {
    "<samp>out</samp> <tt>tt</tt> <code>(a < b) { `c` } $x$</code>": "out tt (a < b) { c } $x$",
    "**<code>a *b*</code>**": "a b",
    "| a |\n|---|\n| `x|y` |": "a x|y",
    "<textarea>words</textarea>": "words",
    "<figure><img src='no.png'><figcaption>Cap</figcaption></figure>": "Picture, no.png Cap",
}


@pytest.mark.parametrize("to", FORMATS)
def test_words_within_tags_of_html_are_kept(tmp_path, to):
    _, pieces = export_pieces(tmp_path, CODES, to)
    for piece, expected in zip(pieces, CODES.values(), strict=True):
        assert piece.startswith(expected)


@pytest.mark.parametrize("to", FORMATS)
def test_a_row_with_more_cells_than_its_head_is_said(tmp_path, to):
    rows = "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| $|q|$ | `x|y` and \\| |"
    warnings, _ = export(tmp_path, rows, to=to)
    assert [warning.partition("): ")[2] for warning in warnings] == [
        "a row of a table has more cells than its head, left out: | 1 | 2 | 3 |"
    ]


BOXES = {
    "```{warning}\nBody $x$.\n```": "Warning Body",
    ":::{admonition} My title\nBody\n:::": "My title Body",
    "```{note} Its *title*\nBody\n```": "Its *title* Body",
    '::: {.callout-tip title="Named"}\nBody\n:::': "Named Body",
    "````\n```{note}\nBody\n```\n````": "```{note} Body ```",
    "```{code-cell}\nBody\n```": "Body",
    ":::{admonition} Title\n:class: tip\n:name: x\n\nBody\n:::": "Title Body",
    "```{figure} x.png\n:name: x\n```": "{figure} x.png :name: x",
}


@pytest.mark.parametrize("to", FORMATS)
def test_boxes_in_mysts_and_quartos_notation_have_their_titles(tmp_path, to):
    warnings, pieces = export_pieces(tmp_path, BOXES, to)
    assert warnings == []
    for piece, expected in zip(pieces, BOXES.values(), strict=True):
        assert piece.startswith(expected)


def test_braces_of_formulas_and_code_are_no_values(tmp_path):
    (tmp_path / "metadata.yml").write_text("title: T\n", encoding="utf-8")
    sources = ["$x^{{2}}$ $\\mathbf{{W}}$", '```html\n{{ user }} {% if x %}\n```\n`f"{{x}}"`']
    warnings, found = export(tmp_path, *sources)
    assert all(isinstance(warning, Note) for warning in warnings)
    assert len(warnings) == 3
    assert found.formulas == ["x^{{2}}", "\\mathbf{{W}}"]
    assert "{{ user }} {% if x %}" in found.text
    assert 'f"{{x}}"' in found.text


def test_another_tools_metadata_make_no_report(tmp_path):
    (tmp_path / "metadata.yml").write_text("name: x\n", encoding="utf-8")
    (warning,) = export(tmp_path, "text")[0]
    assert warning == "metadata.yml has no title: taken for another tool's, and left alone"


# --- beside nbconvert's own HTML ----------------------------------------------------------------

INLINE = st.sampled_from([
    "word", "two words", "中文", "`code $x`", "``a ` b``", "**bold**", "*it*", "~~out~~", "$x$",
    "$ y $", "$a_1 * b_2$", "\\\\(p\\\\)", "\\alpha", "C:\\dir\\x", "a^2", "x~y", "--opt", "(c)",
    "[link](https://x.y)", "<b>tag</b>", "<kbd>K</kbd>", "&amp;", "{x}", "\\*no\\*", "5 < 6", "3's",
    "\"q\"", "$\\frac{a}{b}$", "a|b", "...", "100%", "no. #1", "@me",
])  # fmt: skip
LINE = st.lists(INLINE, min_size=1, max_size=6).map(" ".join)
BLOCK = st.one_of(
    LINE,
    LINE.map("## {}".format),
    st.lists(LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(f"- {x}" for x in lines)),
    st.lists(LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(f"1. {x}" for x in lines)),
    LINE.map("> {}".format),
    st.just("$$\nz_1\n$$"),
    LINE.map(lambda line: f"```\n{line.replace('(p', 'p')}\n```"),
    LINE.map("<div>\n\n{}\n\n</div>".format),
    LINE.map("<details><summary>S</summary>\n\n{}\n\n</details>".format),
    LINE.map(lambda line: f"| a | b |\n|---|---|\n| {line.replace('|', '')} | 1 |"),
    st.just("\\begin{align}\na &= b\\\\\nc &= d\n\\end{align}"),
)


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.lists(BLOCK, min_size=1, max_size=4).map("\n\n".join), min_size=30, max_size=30))
def test_generated_markdown_shows_what_nbconverts_html_shows(tmp_path_factory, sources):
    folder = tmp_path_factory.mktemp("generated")
    cells = reference(notebook(*map(markdown, sources)), folder)
    _, found = export(folder, *sources)
    assert sum((cell.words for cell in cells), Counter()) == found.words
    formulas = Counter(shown.squeezed(tex) for cell in cells for tex in cell.formulas)
    assert formulas == Counter(shown.squeezed(tex) for tex in found.formulas)
