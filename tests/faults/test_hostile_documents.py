"""Notebooks and metadata with hostile content: it stays text, or it is refused."""

from __future__ import annotations

import json
import random
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import nbformat
import pytest
import victims
from export_samples import code, display, markdown, notebook, png, write
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from nbformat.v4 import new_output
from pypdf import PdfReader
from tally import Tally, budget

import notebook_report
from notebook_report import FORMATS, export_notebook, metadata
from notebook_report.cells import Cells
from notebook_report.languages import ENGLISH
from notebook_report.options import split_options
from notebook_report.outputs import clean
from notebook_report.values import Values

forks = pytest.mark.skipif(not victims.FORKS, reason="this system does not fork")
LONG_ONLY = pytest.mark.skipif(not budget(0, 1), reason="takes minutes: make test-faults")


def text_of(path: Path) -> str:
    """All that a program reads in the file, tags included."""
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        return "\n".join([str(reader.metadata), *(page.extract_text() for page in reader.pages)])
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as word:
        return "\n".join(
            word.read(n).decode() for n in word.namelist() if n.endswith((".xml", ".rels"))
        )


# --- the bibliography -------------------------------------------------------------------------


HOSTILE_YAML = """references:
- id: k1
  type: book
  author: [{family: A}]
  title: "`<script>alert(1)</script>`{=html} ![x](ADDRESS/fetched.png) kept"
- id: k2
  type: book
  author: [{family: A}]
  title: "`#read(\\"settings.json\\")`{=typst} `<w:p>openxml</w:p>`{=openxml} [y](javascript:alert)"
"""


@pytest.mark.parametrize("to", FORMATS)
def test_a_bibliography_is_words_and_links(to, web, tmp_path, tally):
    address, asked = web
    (tmp_path / "r.yaml").write_text(HOSTILE_YAML.replace("ADDRESS", address), encoding="utf-8")
    (tmp_path / "metadata.yml").write_text("title: T\nbibliography: r.yaml\n", encoding="utf-8")
    source = write(tmp_path / "n.ipynb", notebook(markdown("# H"), markdown("x [@k1; @k2]")))
    with tally.fault("bibliography with code") as fault:
        out = tmp_path / f"n.{to}"
        fault.attempt(export_notebook, source, to, out)
        text = text_of(out)
        assert "kept" in text
        for harm in ("alert(1)", "javascript:", "picture_root", "openxml</w:p>", "fetched.png"):
            assert harm not in text
        assert asked == []


# --- the content of cells ---------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """A server that notes whoever asks it for anything."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", asked
        http.shutdown()
        thread.join()


def hostile(address: str, secret: Path) -> list[nbformat.NotebookNode]:
    """Cells that would fetch, read files, run scripts, or change the document's own code."""
    return [
        markdown(f"![remote]({address}/a.png) <img src='{address}/b.png' onerror='alert(1)'>"),
        markdown(f"<iframe src='{address}/c'></iframe><link rel=stylesheet href='{address}/d.css'>"),
        markdown(f"<video src='{address}/e' poster='{address}/f.png'></video><object data='{address}/g'>"),
        markdown(f"<style>@import '{address}/h.css'; p {{background: url({address}/i.png)}}</style>"),
        markdown(f"<p style='background: url({address}/j.png)' onclick='alert(2)'>styled</p>"),
        markdown(f"[span]{{style='background: url({address}/k.png)' onclick='alert(3)'}}"),
        markdown(f"[span]{{src='{address}/l.png' data-src='{address}/m.png'}} ![]({address}/n.svg)"),
        markdown(f"---\ntitle: x\nbibliography: {address}/o.bib\nheader-includes: <script>alert(4)</script>\n---"),
        markdown(f"![up]({secret}) ![up](../{secret.name}) ![up](a/../../{secret.name})"),
        markdown(f"![up](file://{secret}) <img src='../{secret.name}'> ![up](%2e%2e/{secret.name})"),
        markdown("<script>alert(5)</script> <a href='javascript:alert(6)'>go</a> [go](javascript:alert(7))"),
        markdown("[go](JaVaScRiPt:alert(8)) [go](data:text/html,<script>alert(9)</script>) <svg onload=alert(10)>"),
        markdown("```{=html}\n<script>alert(11)</script>\n```\n\n`<img src=x onerror=alert(12)>`{=html}"),
        markdown("```{=openxml}\n<w:p><w:r><w:t>INJECTED</w:t></w:r></w:p>\n```\n\n`<w:br/>`{=openxml}"),
        markdown('```{=typst}\n#panic("INJECTED")\n```\n\n#panic("a") `#panic("b")`{=typst} $"#panic()"$'),
        markdown('#read("/etc/hostname") #include "/etc/hostname" \\input{/etc/hostname}'),
        markdown('![a](wide.svg){width=\'1cm) + panic("INJECTED"\' height="1cm)]"}'),
        markdown('![b](p.png){#fig-b kind="evil" number="\\")" lines="x" size="y"}\n\n# "]) {#sec-"])}'),
        markdown('::: {custom-style="</w:p>" .front role="x"}\n"]) #panic()\n:::\n\n[x]{.xref target="\\"])"}'),
        markdown('```{.python #lst-a caption="])"}\nx\n```\n\n| a |\n|---|\n| ]) |\n\n: ]) {#tbl-a kind=evil}'),
        code("x", display(text_html=f"<img src='{address}/q.png'><script src='{address}/r.js'></script>")),
        code("x", display(image_svg=f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>"
             f"alert(13)</script><image href='{address}/s.png'/><image href='../{secret.name}'/></svg>")),
        code("x", display(text_markdown=f"![remote]({address}/t.png) {{{{ 7*7 }}}}<script>alert(14)</script>")),
        code("x", display(text_latex="\\input{/etc/hostname} \\write18{touch harm} $\\href{javascript:x}{y}$")),
    ]  # fmt: skip


def active(page: str) -> list[str]:
    """What a page would run: scripts but for the exporter's own, and attributes that handle events."""
    from lxml import html

    template = Path(notebook_report.__file__).parent / "templates" / "report.html"
    own = re.search("<script>(.*?)</script>", template.read_text(encoding="utf-8"), re.S)[1]
    elements = list(html.fromstring(page).iter("*"))
    scripts = [e.text_content() for e in elements if e.tag == "script"]
    assert scripts.count(own) == 1
    handlers = [key for e in elements for key in e.attrib if key.lower().startswith("on")]
    return [text for text in scripts if text != own] + handlers


@pytest.mark.parametrize("to", FORMATS)
def test_hostile_cells_fetch_nothing_run_nothing_and_read_nothing(tmp_path, tally: Tally, web, to):
    import base64

    address, asked = web
    secret, place = tmp_path / "secret.png", tmp_path / "place"
    secret.write_bytes(base64.b64decode(png(7, 7)) + b"SECRET")
    place.mkdir()
    (place / "wide.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    (place / "p.png").write_bytes(base64.b64decode(png()))
    cells = hostile(address, secret)
    with tally.fault("document with hostile cells, all at once"):
        out = tmp_path / f"out.{to}"
        warnings = export_notebook(write(place / "n.ipynb", notebook(*cells)), to, out)
        assert asked == []
        text = text_of(out)
        assert "SECRET" not in text
        if to == "html":  # elsewhere these are words like any other
            assert active(text) == []
        assert not re.search("(href|src|target) *= *.?javascript:", text, re.I)
        if to == "docx":  # elsewhere it is text like any other
            assert "<w:t>INJECTED" not in text
        if to == "pdf":
            links = [
                a.get_object().get("/A", {})
                for p in PdfReader(out).pages
                for a in p.get("/Annots", [])
            ]
            assert not re.search("javascript|data:", repr(links), re.I)
        assert any("secret.png" in line for line in warnings)
        if to == "html":
            fetched = re.findall(
                r"(?:src|poster|data)=.?http[^>]*|url\(.?http[^)]*|@import[^;]*", text
            )
            assert fetched == []
            assert base64.b64encode(secret.read_bytes())[:60].decode() not in text
        else:
            media = zipfile.ZipFile(out).namelist() if to == "docx" else []
            assert sum("media/" in name for name in media) <= 3


NASTY = st.text(alphabet=st.sampled_from('#$[](){}<>\\"\'`*_~^@&|:;=.,/ -\n!x1{}"中'), max_size=60)


@hypothesis_settings(max_examples=budget(1, 15))
@given(st.lists(NASTY, min_size=25, max_size=25))
def test_fuzzed_markdown_gives_a_document(tally, tmp_path_factory, pieces):
    folder = tmp_path_factory.mktemp("fuzzed")
    path = write(folder / "n.ipynb", notebook(*map(markdown, pieces)))
    with tally.fault("document of fuzzed Markdown") as fault:
        out = folder / "out.html"
        fault.attempt(export_notebook, path, "html", out)
        assert out.exists() != bool(fault.refusal)


# --- values in the text -----------------------------------------------------------------------

VALUES = {"test": {"accuracy": 0.99, "errors": 38}, "name": "a_b", "items": [1, 2, 3]}
MANY = [1] * 9_000
INJECTIONS = [
    "{{ ''.__class__.__mro__ }}", "{{ name.__init__.__globals__ }}", "{{ self }}", "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}", "{{ lipsum.__globals__ }}", "{{ lipsum(9) }}",
    "{% include '/etc/passwd' %}", "{% import 'os' as os %}", "{% extends 'x' %}", "{{ namespace(a=1) }}",
    "{{ 9**9**9 }}", "{{ 'x' * 10**9 }}", "{{ items * 10**9 }}", "{{ name | center(10**9) }}", "{{ '%999999999d' % 1 }}",
    "{{ '{:999999999}'.format(1) }}", "{{ '{0.__class__}'.format(name) }}", "{{ name.ljust(999999999) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "{{ items.append(4) }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ dict(a=1) }}", "{{ joiner(',') }}", "{% set x = 1 << 9 %}",
    "{{ name.join(items) }}", "{{ nothing.at.all }}", "{{ test.accuracy() }}", "{{ 1 / 0 }}", "{{ items[9] }}",
    "{{ test | percent(10**9) }}", "{{ test.accuracy | number(999999999) }}", "{{ name | attr('upper') }}",
    "{{ items | map('attr', '__class__') | list }}", "{{ name | format(1) }}", "{{ [1] | sum(start=items) }}",
    "{% set x = name %}" + "{% set x = x ~ x %}" * 40 + "{{ x | length }}", "{{ name ~ name }}", "{{ items + items }}",
    "{% set x %}{{ name }}{{ name }}{% endset %}{{ x }}", "{{" + "*".join(["999999999"] * 200) + "}}", "{% set x = 1 %}" * 20_000,
    "{{ 5 | round(-1000000000) }}", "{{ 1 | round(10**9, 'floor') }}", "{{ 1 | round(999999999, 'floor') }}",
    f"{{% for a in {MANY} %}}{{% for b in {MANY} %}}{{% for c in {MANY} %}}{{% endfor %}}{{% endfor %}}{{% endfor %}}",
    f"{{% for a in {MANY} %}}{{% for b in {MANY} %}}{{{{ name }}}}{{% endfor %}}{{% endfor %}}", "{{ items | join('x' * 999999999) }}",
    f"{{{{ {MANY} | join('{'x' * 9_000}') }}}}", "{{ '" + "x" * 300_000 + "' }}", "{{" + "(" * 5_000, "{% filter upper %}x{% endfilter %}",
]  # fmt: skip


@pytest.mark.parametrize("source", INJECTIONS)
def test_an_injected_template_is_refused_or_harmless(tally, source):
    started = time.process_time()
    with tally.fault("template injection") as fault:
        text = fault.attempt(Values(VALUES, ENGLISH).render, source, "cell 3")
        assert time.process_time() - started < 4
        if text is None:
            assert re.match(r"cell 3: \{\{ .{1,80} \}\} cannot be filled in", fault.refusal)
        else:
            assert len(text) < 1000
            assert not re.search(r"class|root:|uid=|object at|function", text.replace("\\", ""))


FILLED = ["{{ x }}", "{{ x | percent }}", "{{ x | number(1) }}", "{{ x | scientific }}", "{{ x | verbatim }}",
          "{{ x | integer }}", "{{ [1, x] | list }}", "{{ x + 1 }}", "{{ -x }}"]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_not_shown_as_one(tally, value):
    for source in FILLED:
        with tally.fault("value that is no number") as fault:
            assert fault.attempt(Values({"x": value}, ENGLISH).render, source, "cell 3") is None
            assert re.match(r"cell 3: .* cannot be filled in", fault.refusal)


PIECES = st.sampled_from([
    "{{", "}}", "{%", "%}", "{##", "##}", " if ", " endif ", " for a in items ", " endfor ", " set x = ", "name", "test",
    ".", "accuracy", "[", "]", "(", ")", "|", " percent", " number", " list ", " integer ", "'", '"', "1", "0", "-", "+", "*",
    "**", "//", "%", "~", ",", " is ", " in ", " not ", "__class__", " raw ", " endraw ", "`", "中", "\n", " map ", " join ",
    " length ", " round ", " default ", " upper ", " scientific ", " else ", " elif ", "items", " block b ", " endblock ",
])  # fmt: skip


@hypothesis_settings(max_examples=budget(150, 4_000))
@given(st.lists(PIECES, max_size=14).map("".join), st.booleans())
def test_a_fuzzed_template_is_filled_in_or_refused(tally, source, within):
    if within:
        source = "{{" + source + "}}"
    with tally.fault("fuzzed template", fuzzed=True) as fault:
        text = fault.attempt(Values(VALUES, ENGLISH).render, source, "cell 3")
        assert (text is None) == fault.refusal.startswith("cell 3: ")


# --- metadata.yml and cell options --------------------------------------------------------------

YAML = st.lists(st.sampled_from([
    "title", "author", "cover", "template", "fonts", "sizes", "margins", "en", "zh-CN", ": ", "\n", "  ", "- ", "[", "]", "{", "}",
    "label", "value", "x", "2.5cm", "1", "true", "null", "'", '"', "&a ", "*a", "!!python/object/apply:os.system ", "!!binary ",
    "? ", "| ", "> ", "<<: ", "2026-01-01", "date", "toc_depth", "declaration", "text", "中", "\t", "# ", "---\n", "%", "logo",
]), max_size=16).map("".join)  # fmt: skip


@hypothesis_settings(max_examples=budget(150, 3_000))
@given(YAML, st.sampled_from(["en", "zh-CN"]))
def test_fuzzed_metadata_is_read_or_refused_with_its_file(tally, tmp_path_factory, text, tag):
    path = tmp_path_factory.getbasetemp() / "metadata.yml"
    path.write_text("title: T\n" + text, encoding="utf-8")
    with tally.fault("fuzzed metadata.yml", fuzzed=True) as fault:
        if fault.attempt(metadata.load, path, tag) is None:
            assert fault.refusal.startswith("metadata.yml")


@hypothesis_settings(max_examples=budget(100, 2_000))
@given(YAML)
def test_fuzzed_cell_options_are_read_or_refused_with_their_cell(tally, text):
    source = "\n".join(f"#| {line}" for line in text.split("\n")) + "\nx = 1"
    with tally.fault("fuzzed cell options", fuzzed=True) as fault:
        made = fault.attempt(Cells("html", print).code_cell, code(source), "cell 5")
        assert made is None or made.source
        if fault.refusal:
            assert fault.refusal.startswith("cell 5")
        else:
            split_options(source, "cell 5")


NINE = "a: &a [x,x,x,x,x,x,x,x,x]\n"
for first, then in zip("abcdefghi", "bcdefghij", strict=True):
    NINE += f"{then}: &{then} [{','.join([f'*{first}'] * 9)}]\n"
ODD_OPTIONS = [NINE + "fig-cap: *j", "fig-cap: &a [*a]", "fig-cap: [2020-01-01, !!binary aGk=]",
               "fig-cap: " + "[" * 5_000, "fig-cap: [CIFAR", "fig-cap: [1, 2]"]  # fmt: skip


def test_cell_options_of_any_kind_are_captions_or_left_as_code(tally):
    """A list whose parts are aliases of lists is a gigabyte of text, of which nothing is made."""
    for text in ODD_OPTIONS:
        source = "\n".join(f"#| {line}" for line in text.split("\n")) + "\nx = 1"
        started = time.process_time()
        with tally.fault("cell option of an odd kind"):
            options, _ = split_options(source, "cell 5")
            assert len(options.fig_cap) < 6_000
            assert time.process_time() - started < 5


def test_a_caption_may_begin_with_a_bracket(tmp_path, tally):
    cells = [code(f"#| fig-cap: {cap}\nx", display(image_png=png()))
             for cap in ("[" * 99 + " a", "'[CIFAR] pictures'", "[1, 2]")]  # fmt: skip
    with tally.fault("cell option of an odd kind"):
        path = write(tmp_path / "n.ipynb", notebook(*cells))
        export_notebook(path, "html", tmp_path / "o.html")
        assert "[CIFAR] pictures" in text_of(tmp_path / "o.html")


CODE = "</title></style><script>alert(1)</script></w:t><w:t>INJECTED #panic() $x$"


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("where", ["title of the notebook", "metadata.yml"])
def test_code_in_the_front_matter_stays_text(tmp_path, tally, to, where):
    path = write(tmp_path / "n.ipynb", notebook(markdown("# A"), markdown("# B"), title=CODE))
    if where == "metadata.yml":
        texts = ("title", "subtitle", "institution", "header", "description", "author")
        front = dict.fromkeys(texts, CODE) | {"keywords": [CODE], "toc": True}
        front |= {"cover": [{"label": CODE, "value": CODE}]}
        front |= {"declaration": {"text": [CODE], "signature": [CODE]}}
        (tmp_path / "metadata.yml").write_text(json.dumps(front), encoding="utf-8")
    with tally.fault("code in the front matter"):
        assert export_notebook(path, to, tmp_path / f"out.{to}") == []
        page = text_of(tmp_path / f"out.{to}")
        text = re.sub(r"\s", "", page)
        assert "#panic()" in text
        if to == "html":
            assert active(page) == []
        if to == "docx":  # in a PDF it is text like any other
            assert "<script" not in text
            assert "<w:t>INJECTED" not in text


@pytest.mark.parametrize("key", ["template", "logo", "bibliography", "csl"])
def test_metadata_name_no_file_outside(tmp_path, tally, monkeypatch, key):
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    outside = tmp_path / "outside.csl"
    outside.write_text("SECRET", encoding="utf-8")
    (place / "link.csl").symlink_to(outside)
    path = write(place / "n.ipynb", notebook(markdown("text")))
    for name in ("../outside.csl", str(outside), "link.csl", "a/../../outside.csl"):
        (place / "metadata.yml").write_text(f"title: T\n{key}: {name}\n", encoding="utf-8")
        with tally.fault("metadata that lead outside") as fault:
            assert fault.attempt(export_notebook, path, "docx", tmp_path / "o.docx") is None
            assert re.search("is not below|is not there", fault.refusal)
            assert not (tmp_path / "o.docx").exists()


FRONTS = {
    "long texts": {"title": "T" * 300, "description": "d " * 200, "keywords": ["k"] * 200, "author": ["Ada"] * 90},
    "control characters": {"title": "a\u0001b\ufffec", "author": ["\ud800"]},
    "date that no archive has": {"title": "T", "date": "9999-12-31"},
    "date before archives": {"title": "T", "date": "1000-01-01"},
}  # fmt: skip
MARKED = """::: {custom-style="Abstract End"}
kept one
:::

::: {custom-style="AppendixStart"}
kept two
:::

[a&#1;b](http://x/&#2; "t&#3;") <img alt="c&#4;d" src="q&#5;.png"> ![e&#7;f](z.png) g&#8;&#xFFFE;h"""


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("kind", FRONTS)
def test_what_word_cannot_hold_is_exported_all_the_same(tmp_path, tally, to, kind):
    path = write(tmp_path / "n.ipynb", notebook(markdown("# H"), markdown(MARKED)))
    (tmp_path / "metadata.yml").write_text(json.dumps(FRONTS[kind]), encoding="utf-8")
    with tally.fault("document that is more than Word holds"):
        warnings = export_notebook(path, to, tmp_path / f"o.{to}")
        text = text_of(tmp_path / f"o.{to}")
        assert "kept one" in text
        assert "kept two" in text
        assert sum("a mark of our own" in warning for warning in warnings) == 2


def test_metadata_of_any_size_and_kind_are_refused_at_once(tmp_path, tally):
    path = write(tmp_path / "n.ipynb", notebook(markdown("text")))
    (tmp_path / "metadata.yml").write_text("title: T\nheader: " + "x" * 2_000_000, encoding="utf-8")
    with tally.fault("metadata that lead outside") as fault:
        assert fault.attempt(export_notebook, path, "html", tmp_path / "o.html") is None
        assert "is no file of at most" in fault.refusal


MISTAKES = budget(4_500, 9_000)
MANY_TIMES = {
    "keys": "".join(f"k{n}: 1\n" for n in range(MISTAKES)),
    "values of a wrong kind": "values:\n" + "".join(f"  k{n}: [1]\n" for n in range(MISTAKES)),
    "rows of the cover": "cover:\n" + "- {lab: a}\n" * MISTAKES,
    "brackets": "header: " + "[" * MISTAKES,
    "braces": "header: " + "{a: " * 900 + "}" * 900,
}


@pytest.mark.parametrize("kind", MANY_TIMES)
def test_metadata_with_a_thousand_mistakes_are_refused_at_once(tmp_path, tally, kind):
    """The time is not that of their number squared: a megabyte of them would take an hour."""
    path = tmp_path / "metadata.yml"
    path.write_text("title: T\n" + MANY_TIMES[kind], encoding="utf-8")
    started = time.process_time()
    with tally.fault("metadata with a thousand mistakes") as fault:
        assert metadata.is_ours(path, print)
        assert fault.attempt(metadata.load, path, "en") is None
        assert fault.refusal.startswith("metadata.yml")
        assert time.process_time() - started < MISTAKES / 1_000


# --- kills, full disks, sizes -------------------------------------------------------------------


@pytest.fixture
def small(tmp_path) -> Path:
    return write(tmp_path / "n.ipynb", notebook(markdown("# T\n\ntext"), code("x")))


@forks
@pytest.mark.parametrize("to", FORMATS)
def test_an_export_that_is_killed_leaves_the_old_file(tmp_path, tally, small, to):
    rng, out = random.Random(to), tmp_path / f"out.{to}"
    out.write_bytes(b"old")
    counted = tmp_path / "counted"
    counted.mkdir()
    export = victims.export, small, to
    assert victims.end(victims.start(counted, *export, tmp_path / f"x.{to}", line=0)) == 0
    lines = int((counted / "lines.txt").read_text(encoding="utf-8"))
    assert lines > 100
    for number in range(budget(1, 7)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with tally.fault("killed while exporting"):
            last = lines - rng.randrange(12) if number % 2 == 0 else rng.randrange(1, lines)
            code = victims.end(victims.start(folder, *export, out, line=last))
            assert code in (0, -9)
            assert out.read_bytes() == b"old" or out.stat().st_size > 1000
            out.write_bytes(b"old")


@forks
@pytest.mark.parametrize("to", FORMATS)
def test_a_full_disk_leaves_the_old_file(tmp_path, tally, small, to):
    out = tmp_path / f"out.{to}"
    out.write_bytes(b"old")
    for space in (0, 2000, *([700, 9000] if budget(0, 1) else [])):
        folder = tmp_path / str(space)
        folder.mkdir()
        with tally.fault("disk full while exporting") as fault:
            code = victims.end(victims.start(folder, victims.export, small, to, out, space=space))
            fault.refusal = (folder / "said.txt").read_text(encoding="utf-8")
            assert "\n" not in fault.refusal
            assert code == (victims.REFUSED if fault.refusal else 0)
            assert bool(fault.refusal) == (out.read_bytes() == b"old")
            out.write_bytes(b"old")
            assert [p.name for p in tmp_path.glob(".out*")] == []


def test_a_notebook_that_is_none_is_refused(tmp_path, tally):
    whole = write(tmp_path / "whole.ipynb", notebook(markdown("text"), code("x"))).read_bytes()
    path, rng = tmp_path / "n.ipynb", random.Random(11)
    cases = [b"", b"[]", b"{}", b"3", b"\xff", b"{" * 100_000, None]
    cases += [whole[: rng.randrange(1, len(whole) - 2)] for _ in range(budget(3, 40))]
    for case in cases:
        path.unlink(missing_ok=True)
        if case is not None:
            path.write_bytes(case)
        with tally.fault("document from a damaged notebook") as fault:
            assert fault.attempt(export_notebook, path, "html", tmp_path / "o.html") is None
            assert "n.ipynb" in fault.refusal


def test_an_endless_output_is_cut_and_that_is_said(tmp_path, tally):
    text = "x" * 79 + "\n"
    cell = code("x", new_output("stream", name="stdout", text=text * budget(10_000, 1_300_000)))
    path = write(tmp_path / "n.ipynb", notebook(cell))
    started = time.process_time()
    with tally.fault("document with 100 MB of outputs" if budget(0, 1) else "endless output"):
        (warning,) = export_notebook(path, "html", tmp_path / "o.html")
        assert "cut to the first" in warning
        assert (tmp_path / "o.html").stat().st_size < 10**6
        assert time.process_time() - started < 60


def test_backspaces_take_no_longer_than_other_text():
    """Progress bars go back by them, a hundred at each step."""
    text, started = "12/99 [==>..]\b\b" * 60_000, time.process_time()
    assert clean(text + "\b\n\bx\by") == "12/99 [==>." * 59_999 + "12/99 [==>\ny"
    assert time.process_time() - started < 5


@LONG_ONLY
@pytest.mark.parametrize("to", FORMATS)
def test_a_notebook_of_a_thousand_cells(tmp_path, tally, to):
    import resource

    cells = [
        markdown(f"## Heading {n}\n\ntext") if n % 2 else code(f"x = {n}") for n in range(1000)
    ]
    path = write(tmp_path / "n.ipynb", notebook(*cells))
    with tally.fault("document of 1,000 cells"):
        started = sum(resource.getrusage(who).ru_utime for who in (-1, 0))
        export_notebook(path, to, tmp_path / f"o.{to}")
        assert sum(resource.getrusage(who).ru_utime for who in (-1, 0)) - started < 120
        assert "999" in text_of(tmp_path / f"o.{to}")
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3 * 2**20  # KB
