"""Formulas: in the PDF by Typst's own functions, in Word so that LibreOffice reads them, too."""

import html
import json
import re
import shutil
import subprocess
from zipfile import ZipFile

import docx
import pytest
import typst
from docx.oxml.ns import qn
from export_samples import markdown, notebook, write

from notebook_report import FORMATS, export_notebook
from notebook_report.document import prepare
from notebook_report.pandoc import FILTERS, convert, program
from tools import shown

NORM = 'class("normal", bar.v.double)'
CODES = {
    r"\|x\|^2": f"{NORM} x {NORM}^2",
    r"\left\|x\right\|_2": "lr(bar.v.double x bar.v.double)_2",
    r"\frac{1}{|S|}": 'frac(1, class("normal", bar.v) S class("normal", bar.v))',
    r"\left\{\begin{array}{l}x\\y\end{array}\right.": 'mat(delim: #("{", none), & x; & y)',
    r"\begin{cases}a\\b\end{cases}": "cases(a &, b &)",
    r"a\!b\;c": "a #h(-0.1667em) b thick c",
    r"\begin{array}{c|r}P&Q\\\hline T&F\end{array}": "mat(delim: #none, augment: #(hline: (1,), "
    "vline: (1,), stroke: 0.5pt), P, Q &; T, F &)",
    r"\begin{align}a&=b&c&=d\\e&=f\end{align}": r"a & = b wide & c & = d \ e & = f",
    r"\Bigg\{ \left(a\middle|b\right]": r"lr(size: #3em, \{) lr(\( a mid(bar.v) b \])",
    r"\color{#f00}{x}": 'text(fill: #rgb("ff0000"), x)',
    r"x = \begin{aligned}a&=b\end{aligned}": "x = mat(delim: #none, column-gap: #0em, "
    'display(a) &, & display("" = b))',
    r"\begin{eqnarray}x&=&y\end{eqnarray}": "x & = y",
    r"\overset{a}b \underset{x}{\max}": "limits(b)^(a) limits(max)_(x)",
    r"a\xrightarrow[n]{k}b": "a stretch(arrow.r)^(k)_(n) b",
    r"\operatorname*{argmax}_x": 'op("argmax", limits: #true)_x',
    r"\phantom{x_1} \boxed{y}": "#hide($x_1$) #box(stroke: 0.5pt, inset: (x: 3pt), "
    "outset: (y: 3pt), $y$)",
    r"A\cap B\otimes\text{sect times.circle} \odot": 'A ∩ B ⊗ upright("sect times.circle") ⊙',
    r"\text{a }\textbf{b}\text{ c}": 'upright("a ")bold("b")upright(" c")',
    r"\nosuch": None,
    r"\overset{a}{\nosuch}": None,
}


@pytest.fixture(scope="module")
def codes(tmp_path_factory):
    """What typstmath.lua makes of the formulas."""
    folder = tmp_path_factory.mktemp("codes")
    (folder / "settings.json").write_text('{"to": "typst"}', encoding="utf-8")
    script = folder / "codes.lua"
    script.write_text(
        f"package.path = [[{FILTERS}/?.lua;]] .. package.path\n"
        "local math, out = require 'typstmath', {}\n"
        "for _, tex in ipairs(pandoc.json.decode(io.read('a'))) do\n"
        "  out[#out + 1] = math.code(pandoc.utils.stringify(tex)) or ''\nend\n"
        "print(pandoc.json.encode(out))",
        encoding="utf-8",
    )
    made = subprocess.run(
        [program(), "lua", str(script)], input=json.dumps([*CODES]).encode("ascii"),
        capture_output=True, check=True, cwd=folder,
    )  # fmt: skip
    return [code or None for code in json.loads(made.stdout)]


def test_what_has_a_height_is_set_by_typsts_own_functions(codes):
    assert dict(zip(CODES, codes, strict=True)) == CODES


def test_typst_takes_every_code(codes, tmp_path):
    source = tmp_path / "all.typ"
    source.write_text("\n\n".join(f"$ {code} $" for code in codes if code), encoding="utf-8")
    assert typst.compile(str(source)).startswith(b"%PDF")


def export(folder, source, to):
    path = write(folder / "n.ipynb", notebook(*map(markdown, source)))
    out = folder / f"n.{to}"
    return export_notebook(path, to, out), shown.READERS[to](out.read_bytes())


OLD = {
    r"{\bf x} {\rm d}": r"{\mathbf{x}} {\mathrm{d}}",
    r"x = {a \over b}": r"x = {\frac{a }{b}}",
    r"\large x": "x",
    r"\begin{equation} y \end{equation}": "y",
    r"\left( \it z \right)": r"\left( \mathit{z }\right)",
    r"{a \atop b}": r"{\begin{matrix}a \\b\end{matrix}}",
    r"\cases{a&b\cr c&d}": r"\begin{cases}a&b\\ c&d\end{cases}",
    r"\root 3 \of x": r"\sqrt[3]x",
    r"\mkern9mu \ket{q}": r"\hspace{0.500em} |{q}\rangle",
    r"{\color{red} u} \style{color:blue}{v}": r"{\color{#ff0000}{u}} \color{#0000ff}{v}",
    "% what it is\n5\\% = \\frac{1}{20} % as said": r"5\% = \frac{1}{20}",
    r"\bigl( a \bigm| b \Bigr)": r"\bigl( a \big| b \Bigr)",
    r"a \\ b": r"\begin{gathered}a \\ b\end{gathered}",
    r"a \\": "a",
    r"\S \mathchoice{a}{b}{c}{d}": r"\text{§} {a}",
    r"\ \ ": r"\ \ ",
    r"\text{if \textbf{b} and $x$}": r"\text{if }\textbf{b}\text{ and $x$}",
    r"\text{if \textbf{b \textit{c}} so}": r"\text{if }\textbf{b }\textit{c}\text{ so}",
    r"\ce{2H2O + e- -> H+}": r"{2\mathrm{H}_{2}\mathrm{O}\,+\,\mathrm{e}^{-}\, \rightarrow "
    r"\,\mathrm{H}^{+}}",
    r"\ce{^{14}_6C <=>[a][b2] SO4^2- v}": r"{{}^{14}_{6}\mathrm{C}\, \overset{\mathrm{a}}"
    r"{\underset{\mathrm{b}_{2}}{\rightleftharpoons}} \,\mathrm{SO}_{4}^{2-}\,\downarrow }",
    r"\ce{CuSO4*5H2O (aq)}": r"{\mathrm{CuSO}_{4}\cdot 5\mathrm{H}_{2}\mathrm{O}\,(\mathrm{aq})}",
    r"\pu{5 m s^-1}": r"\mathrm{5~m~s^{-1}}",
}


def test_old_latex_is_rewritten(tmp_path):
    warnings, found = export(tmp_path, [f"${tex}$" for tex in OLD], "html")
    assert warnings == []
    assert found.formulas == list(OLD.values())


PHYSICS = {
    r"\abs{x+\abs{y}} \norm{\vb{v}}": r"\left|{x+\left|{y}\right|}\right| "
    r"\left\|{\mathbf{v}}\right\|",
    r"\dv{f}{x} \pdv[2]{f}{t} \pdv{f}{x}{y}": r"\frac{\mathrm{d}{f}}{\mathrm{d}{x}} "
    r"\frac{\partial ^{2}{f}}{\partial {t}^{2}} \frac{\partial ^2 {f}}{\partial {x}\partial {y}}",
    r"\qty(a) \qty{b} \grad f": r"\left(a\right) \left\{{b}\right\} \nabla  f",
    r"\braket{a}{b}": r"\langle {a}|{b}\rangle",
    r"A \xhookrightarrow[g]{f} B": r"A \underset{g}{\overset{f}{\hookrightarrow}} B",
    r"\left\lgroup x\right\rgroup": r"\left( x\right)",
    r"\left/ x \right\updownarrow": r"\left./  x \updownarrow\right.",
}


def test_what_packages_define_is_written_in_pandocs_words(tmp_path):
    formulas = [f"${formula}$" for formula in PHYSICS]
    for to in FORMATS:
        assert export(tmp_path, formulas, to)[0] == []
    page = (tmp_path / "n.html").read_text("utf-8")
    assert [html.unescape(tex) for tex in re.findall('x-tex">(.*?)</ann', page)] == [
        *PHYSICS.values()
    ]


@pytest.mark.parametrize("to", FORMATS)
def test_tags_and_labels_number_and_references_find_them(tmp_path, to):
    source = [
        "\\begin{align}\ng &= f \\label{eq:one} \\\\\na &= b \\label{eq:two}\n\\end{align}\n\n"
        "See (\\ref{eq:one}), \\eqref{eq:two}, \\eqref{eq:emc} and $\\eqref{eq:one}$.",
        "\\begin{equation}\nE = m \\label{eq:emc}\n\\end{equation}\n\n$$ y = k \\tag{7a} $$",
        "$$x$$ {#eq-x}\n\nThen @eq-x.",
    ]
    warnings, found = export(tmp_path, source, to)
    assert warnings == []
    text = " ".join(found.text.split())
    assert "See (1), (2), (3) and (1)." in text
    assert "(7a)" in text
    assert "Then Equation (4)." in text
    if to == "docx":  # Word counts anew: its own count does not know the numbers (1) and (2)
        with ZipFile(tmp_path / "n.docx") as word:
            fields = re.findall("SEQ Equation[^<]*", word.read("word/document.xml").decode())
        assert [field.split()[3:] for field in fields] == [["ARABIC", r"\r", "3"], ["ARABIC"]]


@pytest.mark.parametrize("to", FORMATS)
def test_what_cannot_be_set_is_shown_with_its_formula_and_cell(tmp_path, to):
    warnings, found = export(tmp_path, ["$$\n\\nosuch x\n$$"], to)
    assert warnings == [
        'cell 1 ("$$"): formula \\nosuch x cannot be converted, shown as its source'
    ]
    assert "\\nosuch x" in found.text


LOST = {
    r"\href{https://a.b}{h}+1": r"\href",
    r"\class{c}{k}": r"\class",
    r"\bbox[yellow]{b}": r"\bbox",
    r"\enclose{circle}{e}": r"\enclose",
    r"\style{font-size:9px}{s}": r"\style",
    r"\color{nosuch}{n}": r"\color{nosuch}",
}


@pytest.mark.parametrize("to", FORMATS)
def test_what_a_formula_comes_without_is_said_of_each(tmp_path, to):
    warnings, _ = export(tmp_path, [f"${tex}$" for tex in LOST], to)
    ends = [warning.partition("): ")[2] for warning in warnings]
    assert ends == [f"formula {tex} is shown without its {what}" for tex, what in LOST.items()]


COMMANDS = [r"\begin{CD}A\end{CD}", r"\toggle{a}{b}\endtoggle", r"\rule{1em}{2em}"]


@pytest.mark.parametrize("to", FORMATS)
def test_a_command_that_a_format_does_not_know_is_never_passed_over(tmp_path, to):
    warnings, found = export(tmp_path, [f"is ${tex}$" for tex in COMMANDS], to)
    assert [warning.rpartition(": ")[2] for warning in warnings] == [
        f"formula {tex} cannot be converted, shown as its source" for tex in COMMANDS
    ]
    text = " ".join(found.text.split())
    assert [tex in text for tex in COMMANDS] == [True] * len(COMMANDS)


def test_a_bracket_alone_is_as_large_as_its_command_says(tmp_path):
    source = [rf"${size}($" for size in ("", r"\big", r"\Big", r"\bigg", r"\Bigg")]
    document = prepare(notebook(*map(markdown, source)), "pdf", tmp_path, None, "n", pytest.fail)
    made = convert(document, "typst", tmp_path)[0].read_text(encoding="utf-8")
    sizes = [f"#context [#metadata(measure({formula}).height.pt())<height>]"
             for formula in re.findall(r"\[(\$.*\$)\]", made)]  # fmt: skip
    (tmp_path / "sizes.typ").write_text("\n".join(sizes), encoding="utf-8")
    heights = json.loads(typst.query(str(tmp_path / "sizes.typ"), "<height>", field="value"))
    assert (len(heights), heights) == (5, sorted(heights))
    assert heights[-1] > 2 * heights[0]


def test_colours_in_formulas(tmp_path):
    source = [r"$\color{red}{x}^2 + \frac{\textcolor{#00f}{a}}{b} = \color{green}{\sqrt{y}}$"]
    for to in FORMATS:
        assert export(tmp_path, source, to)[0] == []
    body = docx.Document(str(tmp_path / "n.docx")).element.body
    inks = {"".join(run.itertext()): [ink.get(qn("w:val")) for ink in run.iter(qn("w:color"))]
            for run in body.iter(qn("m:r"))}  # fmt: skip
    assert inks == {
        "x": ["ff0000"], "2": [], "+": [], "a": ["0000ff"], "b": [], "=": [], "y": ["008000"]
    }  # fmt: skip
    page = (tmp_path / "n.html").read_text(encoding="utf-8")
    assert re.search(r'<mrow style="color:#ff0000"><mi>x</mi></mrow>', page)
    assert r"\color{#008000}{\sqrt{y}}" in page
    assert "\ue000" not in page


SIGNS = (
    r"\cap\cup\sqcap\sqcup\Cap\oplus\ominus\otimes\odot\oslash\bigcap\bigcup\bigoplus\bigotimes\bigodot"
    r"\llbracket x\rrbracket\uplus\subseteq\notin\mid\perp\vdash\therefore\iff\mapsto\square"
)


def test_the_typesetter_knows_every_sign_by_its_name_of_today(tmp_path):
    signs = [rf"$a \{name} b$" for name in re.findall(r"\\(\w+)", SIGNS)]
    assert export(tmp_path, signs, "pdf")[0] == []


WORD = [
    "[0, F_{max})", "P(A|B)", "|x|_1", r"\|x\|^2", r"\underbrace{a+b}_{\text{s}}",
    r"\overset{!}{=}", r"\begin{align}u&=v\\&=z\end{align}", r"\left(0,1\right]",
    r"\overbrace{a+b}^n", "]a,b[", r"a\#b", r"\prod_i", r"\_", "a/b", r"\lim_{x\to0}f", r"\sup_x y",
    r"\left\{\begin{aligned}x&=1\\y&=2\end{aligned}\right.", r"\{x \mid x>0\}", "f'(x)",
]  # fmt: skip


@pytest.fixture(scope="module")
def word(tmp_path_factory):
    folder = tmp_path_factory.mktemp("word")
    assert export(folder, [f"$ {tex} $" for tex in WORD], "docx")[0] == []
    return folder


def test_words_formulas_have_no_marks_of_alignment_and_no_lone_brackets(word):
    body = docx.Document(str(word / "n.docx")).element.body
    assert "&" not in [text.text for text in body.iter(qn("m:t"))]
    first = next(body.iter(qn("m:oMath")))
    texts = [run for run in first.iter(qn("m:r")) if run.find(f".//{qn('m:nor')}") is not None]
    assert ["".join(run.itertext()) for run in texts] == ["[", ")"]


def test_a_formula_in_the_title_is_said_of_its_cell(tmp_path):
    warnings, _ = export(tmp_path, ["# A $\\nosuch$ title", "text"], "html")
    assert warnings == [
        'cell 1 ("# A $\\nosuch$ title"): formula \\nosuch cannot be converted, shown as its source'
    ]


def test_an_item_of_a_list_that_begins_with_a_formula_has_its_mark(tmp_path):
    items = "- $$a$$\n- $$b$$ {#eq-b}\n\n- |c|\n  |-|\n  |1|\n\n- ```\n  d\n  ```"
    export(tmp_path, [items], "docx")
    body = docx.Document(tmp_path / "n.docx").element.body
    numbers = [number.get(qn("w:val")) for number in body.iter(qn("w:numId"))]
    assert len([number for number in numbers if number != "1000"]) == 4  # 1000: no mark
    assert [p.pPr.numPr for p in body.iter(qn("w:p")) if p.style == "EquationNumber"] == [None]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_words_formulas(word):
    command = ["soffice", f"-env:UserInstallation=file://{word}/profile", "--headless",
               "--convert-to", "pdf", "--outdir", str(word), str(word / "n.docx")]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    text = shown.of_pdf((word / "n.pdf").read_bytes()).text
    assert "¿" not in text
    assert re.search(r"P\s*\(\s*A\s*\|\s*B\s*\)", text)
