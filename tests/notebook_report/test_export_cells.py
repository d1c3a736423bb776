import pytest
from export_samples import SVG, code, display, markdown, notebook, png
from nbformat.v4 import new_output, new_raw_cell

from notebook_report.cells import Cells, cell_name, values_handed_over
from notebook_report.options import split_options
from notebook_report.outputs import clean, richest


def prepare(*cells, to="docx", **settings):
    warnings = []
    prepared = Cells(to, warnings.append, **settings).prepare(notebook(*cells))
    return prepared, warnings


def texts(cell):
    return [o.get("text") or next(iter(o.data.values())) for o in cell.outputs]


def test_options_are_yaml_at_the_head():
    source = "#| label: fig-a\n#| fig-cap: A\n#|   long one\nplot()\n#| not: one"
    options, rest = split_options(source, "cell 1")
    assert options.captions() == {"label": "fig-a", "fig-cap": "A long one"}
    assert rest == "plot()\n#| not: one"


@pytest.mark.parametrize("source", ["#| a: [\nx", "#| just words\nx"])
def test_bad_options_name_the_cell(source):
    said = []
    split_options(source, "cell 1", said.append)
    assert [line.partition(":")[0] for line in said] == ["cell 1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("10%\r50%\rdone\n", "done\n"),
        ("a\r\nb", "a\nb"),
        ("ab\bc", "ac"),
        ("nul\x00", "nul"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
    ],
)
def test_terminal_text_is_what_a_reader_sees(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("to", "data", "kind"),
    [
        ("docx", {"image/png": "x", "image/svg+xml": "y", "text/plain": "z"}, "image/png"),
        ("pdf", {"image/png": "x", "image/svg+xml": "y", "text/plain": "z"}, "image/svg+xml"),
        ("pdf", {"text/latex": "$x$", "image/png": "x"}, "text/latex"),
        ("pdf", {"text/html": "<table></table>", "text/plain": "z"}, "text/html"),
        ("pdf", {"text/html": "<div></div><script>a</script>", "text/plain": "z"}, "text/plain"),
        ("pdf", {"text/html": "<iframe src='x'>", "text/plain": "z"}, "text/plain"),
        ("pdf", {"application/json": {"a": 1}}, "text/plain"),
        ("pdf", {"text/html": "<svg class='icon xr-icon'>", "text/plain": "z"}, "text/plain"),
        ("pdf", {"text/latex": "\\begin{enumerate*}\n1", "text/html": "<ol>1</ol>"}, "text/html"),
        ("pdf", {"text/latex": "\\begin{tabular}{l}", "text/plain": "z"}, "text/latex"),
        ("pdf", {"text/latex": "\\begin{align}a", "text/html": "<b>a</b>"}, "text/latex"),
        (
            "pdf",
            {"text/html": "<pre class=x-text-repr-fallback>", "text/plain": "z"},
            "text/plain",
        ),
    ],
)
def test_the_richest_form_that_paper_can_hold(to, data, kind):
    assert richest(data, to)[0] == kind


def test_nothing_to_show():
    assert richest({"application/x-unknown": "?"}, "pdf") is None


def test_code_is_shown_unless_hidden():
    hidden = [
        code("#| echo: false\na", display(text_plain="1")),
        code("a", display(text_plain="1"), tags=["remove-input"]),
        code("a", display(text_plain="1"), jupyter={"source_hidden": True}),
    ]
    prepared, _ = prepare(code("shown"), *hidden, code("#| include: false\nb"), code(""))
    assert [cell.source for cell in prepared] == ["shown", "", "", ""]


def test_a_report_hides_code_and_stderr():
    outputs = [
        new_output("stream", name="stderr", text="warning"),
        new_output("stream", name="stdout", text="printed"),
    ]
    prepared, _ = prepare(
        code("a", *outputs), code("#| echo: true\nb"), code("c"), echo=False, report=True
    )
    assert [cell.source for cell in prepared] == ["", "b"]
    assert texts(prepared[0]) == ["printed"]


def test_streams_are_joined_and_figure_reprs_dropped():
    pieces = [new_output("stream", name="stdout", text=text) for text in ("a", "b\n")]
    prepared, warnings = prepare(
        code("x", *pieces, display(text_plain="<Figure size 640x480 with 1 Axes>"))
    )
    assert texts(prepared[0]) == ["ab"]
    assert warnings == []
    assert prepare(code("", display(text_plain="")))[0] == []


def test_what_is_lost_is_said_with_its_cell():
    view = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "HBox()"}
    _, warnings = prepare(
        markdown("x"), code("w", new_output("display_data", data=view)),
        code("v", new_output("display_data", data={"video/mp4": "x"})),
        code("p", new_output("display_data", data={"application/pdf": "x", "text/plain": "<p>"})),
    )  # fmt: skip
    assert warnings == [
        'cell 2 ("w"): widget shown as its text',
        'cell 3 ("v"): output of type video/mp4 has no form for paper, left out',
        'cell 4 ("p"): application/pdf shown as text',
    ]


def test_tabs_keep_columns_apart():
    outputs = [new_output("stream", name="stdout", text="epoch\tloss\n1\t0.5"),
               display(text_plain="a\tb")]  # fmt: skip
    prepared, _ = prepare(code("x\ty", *outputs))
    assert texts(prepared[0]) == ["epoch   loss\n1       0.5", "a       b"]
    assert prepared[0].source == "x\ty"


def one(**data):
    """The text that an output becomes, and the warning."""
    names = {"json": "application/json", "view": "application/vnd.jupyter.widget-view+json"}
    data = {names.get(name, name.replace("_", "/", 1)): data[name] for name in data}
    prepared, warnings = prepare(code("x", new_output("display_data", data=data)))
    shown = [text for cell in prepared for text in texts(cell)]
    return next(iter(shown), None), [w.partition(": ")[2] for w in warnings]


def test_the_vectors_of_r_are_one_line():
    vector = "<style>x</style><ol class=list-inline><li>1</li><li>2</li></ol>"
    latex = "\\begin{enumerate*}\n\\item 1\n\\item 2\n\\end{enumerate*}"
    assert one(text_html=vector, text_latex=latex)[0].endswith("<p>1 · 2</p>")
    julia = r"\begin{verbatim}f(A)\end{verbatim}"
    assert one(text_latex=julia, text_markdown="    f(A)")[0] == "    f(A)"
    named = "<dl class=dl-inline><dt>a</dt><dd>1</dd><dt>b</dt><dd>2</dd></dl>"
    assert one(text_html=named)[0] == "<p><b>a</b>: 1 · <b>b</b>: 2</p>"


def test_json_is_shown_in_place_of_a_name():
    name = "<IPython.core.display.JSON object>"
    assert one(json={"a": 1}, text_plain=name) == ('{\n  "a": 1\n}', [])
    assert one(json={"a": 1}, text_plain="words") == ("words", [])


def test_a_script_without_words_leaves_its_warning_alone():
    gone = "output of type text/html has no form for paper, left out"
    assert one(text_html="<script>a</script>", text_plain="<IPython.core.display.HTML object>") == (
        None,
        [gone],
    )
    assert one(text_html="<style>a</style>", text_plain="<IPython.core.display.HTML object>") == (
        None,
        [],
    )
    upload = "<input type=file><output>Rerun this cell to enable.</output><script>a</script>"
    assert one(text_html=upload, text_plain="<IPython.core.display.HTML object>") == (None, [gone])
    alone = "<output>43</output>"  # which no script will replace
    assert one(text_html=alone, text_plain="<IPython.core.display.HTML object>") == (alone, [])
    folium = "<span>Make this Notebook Trusted</span><iframe srcdoc='x'></iframe>"
    assert one(text_html=folium, text_plain="<Map>") == ("<Map>", ["text/html shown as text"])


def test_an_animation_is_shown_by_its_first_frame():
    html = '<img id="a"><button>p</button><script>frames[0] = "data:image/png;base64,AB\\\nCD"'
    assert one(text_html=html) == ("ABCD", ["animation shown by its first frame"])


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"m": {"state": {"_data_url": "data:image/png;base64,AAAA"}}}, "AAAA"),
        (
            {
                "m": {"state": {"children": ["IPY_MODEL_i"]}},
                "i": {
                    "state": {"format": "png"},
                    "buffers": [{"path": ["value"], "data": "BBBB", "encoding": "base64"}],
                },
            },
            "BBBB",
        ),
        (
            {
                "m": {"state": {"children": ["IPY_MODEL_a", "IPY_MODEL_b", "IPY_MODEL_c"]}},
                "a": {"state": {"value": "100%"}},
                "b": {"state": {"value": 10.0}},
                "c": {"state": {"value": " 10/10 [00:01]"}},
            },
            "100% 10/10 [00:01]",
        ),
        ({"m": {"state": {"description": "x", "value": 3}}}, "IntSlider(value=3)"),
    ],
)
def test_widgets_are_shown_by_what_was_stored_of_them(state, shown):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "m"}}
    output = new_output("display_data", data={**view, "text/plain": "IntSlider(value=3)"})
    stored = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    warnings = []
    nb = notebook(code("x", output), widgets=stored)
    (cell,) = Cells("docx", warnings.append).prepare(nb)
    assert texts(cell) == [shown]
    assert len(warnings) == 1


def test_what_nobody_would_read_is_cut_with_a_warning():
    text, (warning,) = one(text_plain="1\n" * 4000)
    assert text.count("1") == 3000
    assert warning == "output of 4,001 lines, 8,000 characters, cut to the first 5,999 characters"
    rows = "<tr><td>1</td></tr>"
    text, (warning,) = one(text_html=f"<table>{rows * 1500}</table>")
    assert text == f"<table>{rows * 1001}</table>"
    assert warning == "table of 1,500 rows cut to the first 1,000"
    assert one(text_html=f"<table>{rows * 500}</table>" * 3)[1] == []


def test_the_size_that_an_output_declares_is_kept():
    size = {"image/png": {"width": 100}}
    output = new_output("display_data", data={"image/png": png()}, metadata=size)
    prepared, _ = prepare(code("x", output))
    assert prepared[0].outputs[0].metadata == size


def test_raw_cells():
    prepared, _ = prepare(
        new_raw_cell("plain"),
        new_raw_cell("<b>x</b>", metadata={"raw_mimetype": "text/html"}),
        new_raw_cell("x", metadata={"raw_mimetype": "text/asciidoc"}),
        new_raw_cell("---\ntitle: x\n---"),
    )
    assert [cell.cell_type for cell in prepared] == ["code", "markdown"]


def test_values_handed_over():
    values = code("#| values: true\nx", display(json={"a": 1}), display(json={"b": 2}))
    assert values_handed_over(notebook(markdown("x"), values)) == {"a": 1, "b": 2}
    assert values_handed_over(notebook(code("values = 1", display(json={"a": 1})))) is None
    assert values_handed_over(notebook(code("#| values: true"))) == {}


def test_cell_names_are_short():
    assert cell_name(7, "\n# A heading\ntext") == 'cell 7 ("# A heading")'
    assert len(cell_name(1, "x" * 500)) < 60


def test_image_outputs_are_left_whole():
    prepared, _ = prepare(code("x", display(image_png=png(), image_svg=SVG)))
    assert list(prepared[0].outputs[0].data) == ["image/png"]
