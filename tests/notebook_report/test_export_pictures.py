"""Pictures of strangers' notebooks: found where they lie, as large as they say, missed aloud."""

import io
import re
import time
from base64 import b64decode

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Cm
from export_samples import SVG, code, display, markdown, notebook, png, write
from nbformat.v4 import new_output
from openxml_audit import OpenXmlValidator
from PIL import Image
from test_export_tables import typst_source

from notebook_report import FORMATS, export_notebook
from notebook_report.docx import ReportDocxExporter
from tools import shown


def export(folder, to, *cells):
    """The warnings and the exported file's bytes."""
    path, out = write(folder / "p.ipynb", notebook(*cells)), folder / f"p.{to}"
    return export_notebook(path, to, out), out.read_bytes()


def widths(folder):
    """Centimetres of the pictures of the Word file."""
    word = docx.Document(folder / "p.docx")
    return [round(shape.width / Cm(1), 2) for shape in word.inline_shapes]


@pytest.fixture
def project(tmp_path):
    """A notebook's folder beside one of pictures."""
    for name in ("figures", "notebooks"):
        (tmp_path / name).mkdir()
    (tmp_path / "figures" / "x.png").write_bytes(b64decode(png()))
    return tmp_path


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("mark", [".git", "pyproject.toml"])
def test_pictures_may_lie_anywhere_in_the_project(project, to, mark):
    (project / mark).touch()
    warnings, data = export(project / "notebooks", to, markdown("![A.](../figures/x.png)"))
    assert warnings == []
    assert shown.READERS[to](data).pictures == 1


def test_no_picture_comes_from_outside_the_project(project):
    folder = project / "notebooks"
    (folder / ".git").touch()
    (warning,), data = export(folder, "docx", markdown("![A.](../figures/x.png)"))
    assert warning.endswith("image ../figures/x.png lies outside of the project's folder")
    assert shown.of_docx(data).pictures == 0
    for path in ("/etc/../etc/x.png", "../notebooks/../figures/x.png", "file:///etc/x.png"):
        ((warning,), _) = export(folder, "docx", markdown(f"<img src='{path}'>"))
        assert "outside of the project" in warning


def test_the_folder_of_pictures_can_be_named(project):
    exporter = ReportDocxExporter(picture_root=str(project))
    nb = notebook(markdown("![A.](../figures/x.png)"))
    about = {"metadata": {"path": str(project / "notebooks"), "name": "p"}}
    data, _ = exporter.from_notebook_node(nb, about)
    assert exporter.warnings == []
    assert shown.of_docx(data).pictures == 1


@pytest.mark.parametrize(
    "address", ["a%20b.png", "a b.png", "a%20b.png?raw=true", "a%20b.png#center", "s\\a%20b.png"]
)
def test_addresses_of_pictures_as_people_write_them(tmp_path, address):
    (tmp_path / "s").mkdir()
    for folder in (tmp_path, tmp_path / "s"):
        (folder / "a b.png").write_bytes(b64decode(png()))
    warnings, data = export(tmp_path, "docx", markdown(f'<img src="{address}">'))
    assert (warnings, shown.of_docx(data).pictures) == ([], 1)


@pytest.mark.parametrize(
    "source",
    [
        "![x](attachment:a.png)",
        "![x](attachment:my%20pic.png)",
        "![x](attachment:my pic.png)",
        '![x](attachment:my pic.png "A title")',
        '<img src="attachment:a.png" width="80"/>',
    ],
)
def test_attachments_however_they_are_named(tmp_path, source):
    cell = markdown(f"Text\n\n{source}")
    cell.attachments = {name: {"image/png": png()} for name in ("a.png", "my pic.png")}
    warnings, data = export(tmp_path, "docx", cell)
    assert (warnings, shown.of_docx(data).pictures) == ([], 1)


def test_pictures_are_as_large_as_they_are_declared(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (800, 400), "red").save(stream, "PNG")
    (tmp_path / "x.png").write_bytes(stream.getvalue())
    size = {"image/png": {"width": 400, "height": 200}}
    output = new_output("display_data", data={"image/png": png(800, 400)}, metadata=size)
    export(
        tmp_path, "docx", code("", output), markdown('<img src="x.png" style="width:50%">'),
        markdown('<img src="x.png" style="max-width: 100%; height: 100px">'),
    )  # fmt: skip
    assert widths(tmp_path) == [10.58, 7.97, 5.29]


@pytest.mark.parametrize("alt", ["image.png", "alt text", "png", "image-20240101", "图片"])
def test_no_caption_that_nobody_wrote(tmp_path, alt):
    (tmp_path / "x.png").write_bytes(b64decode(png()))
    _, data = export(tmp_path, "docx", markdown(f"![{alt}](x.png)\n\n![A curve](x.png)"))
    assert shown.of_docx(data).text.split()[1:] in (["1.", "A", "curve"], ["1", "A", "curve"])


@pytest.mark.parametrize("to", FORMATS)
def test_a_missing_picture_is_a_frame_with_its_words_and_address(tmp_path, to):
    text = "![A curve](gone.png)\n\n![Web](https://x.y/z.png)\n\n![](none.png)"
    warnings, data = export(tmp_path, to, markdown(text))
    assert len(warnings) == 3
    words = " ".join(shown.READERS[to](data).text.split())
    assert words.startswith("Picture: A curve, gone.png Picture: Web, https://x.y/z.png Picture,")
    assert "Figure" not in words


def test_a_missing_figure_keeps_the_number_that_the_text_speaks_of(tmp_path):
    _, data = export(tmp_path, "docx", markdown("![A.](gone.png){#fig-a}\n\nSee @fig-a."))
    assert "See Figure 1." in shown.of_docx(data).text


@pytest.mark.parametrize("to", FORMATS)
def test_a_drawing_written_in_markdown_is_a_picture(tmp_path, to):
    warnings, data = export(tmp_path, to, markdown(f"Before\n\n{SVG}\n\nAfter"))
    assert warnings == []
    assert shown.READERS[to](data).pictures == 1


def test_words_that_only_a_browser_shows_are_said(tmp_path):
    svg = SVG.replace("</svg>", "<foreignObject><p>word</p></foreignObject></svg>")
    cell = code("x", display(image_svg=svg))
    assert export(tmp_path, "html", cell)[0] == []
    (warning,) = export(tmp_path, "pdf", cell)[0]
    assert warning.endswith("image of an output holds words that only a browser shows")


@pytest.mark.parametrize("to", FORMATS)
def test_a_jpeg_of_endless_scans_is_refused_at_once(tmp_path, to):
    """Each scan goes over all pixels: 300 of them kept a typesetter at work for minutes."""
    stream = io.BytesIO()
    Image.new("L", (2000, 2000)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    scan = data[data.index(b"\xff\xda", data.index(b"\xff\xda") + 2) : -2]
    (tmp_path / "slow.jpg").write_bytes(data[:-2] + 300 * scan + data[-2:])
    (tmp_path / "well.jpg").write_bytes(data)
    start = time.process_time()
    warnings, _ = export(tmp_path, to, markdown("![](slow.jpg)\n\n![](well.jpg)"))
    assert warnings == ['cell 1 ("![](slow.jpg)"): image slow.jpg has more than 100 scans']
    assert time.process_time() - start < 20


PARTS = """::: {#fig-both layout-ncol=2}

![One](x.png){#fig-one}

![Two](x.png)

Both of them
:::

@fig-both, @fig-one, @fig-runs and @fig-runs-2"""


@pytest.mark.parametrize("to", FORMATS)
def test_figures_within_a_figure_have_letters(tmp_path, to):
    """The notation is Quarto's: a div around pictures, and captions of a cell's pictures."""
    (tmp_path / "x.png").write_bytes(b64decode(png()))
    options = (
        "#| label: fig-runs\n#| fig-cap: Runs\n#| fig-subcap: [left, right]\n#| layout-ncol: 2\n"
    )
    pictures = (display(image_png=png(9)), display(image_png=png(8)))
    warnings, data = export(tmp_path, to, markdown(PARTS), code(f"{options}x", *pictures))
    text = " ".join(shown.READERS[to](data).text.split())
    assert warnings == []
    assert "(a) One (b) Two Figure 1. Both of them" in text
    assert "Figure 1, Figure 1a, Figure 2 and Figure 2b" in text
    assert "(a) left (b) right Figure 2. Runs" in text


@pytest.mark.parametrize("to", FORMATS)
def test_figures_within_a_figure_stand_side_by_side_where_asked(tmp_path, to):
    """Word has a table without rules for it, the PDF and the page a grid."""
    (tmp_path / "x.png").write_bytes(b64decode(png(300, 200)))
    options = "#| label: fig-runs\n#| fig-cap: Runs\n#| layout-ncol: 3\n"
    pictures = [display(image_png=png(900 + place)) for place in range(3)]
    cells = markdown(PARTS.replace(" and @fig-runs-2", "")), code(f"{options}x", *pictures)
    warnings, data = export(tmp_path, to, *cells)
    assert warnings == []
    if to == "docx":
        word = docx.Document(io.BytesIO(data))
        assert [(len(t.rows), len(t.columns)) for t in word.tables] == [(1, 2), (1, 3)]
        assert all(width < 7.8 for width in widths(tmp_path))
        assert [
            str(error) for error in OpenXmlValidator().validate(f"{tmp_path}/p.docx").errors
        ] == []
    else:
        grid = {"html": r"repeat\((\d), 1fr", "pdf": r"\(1fr,\) \* (\d)"}[to]
        assert re.findall(
            grid, typst_source(tmp_path, *cells) if to == "pdf" else data.decode()
        ) == ["2", "3"]


def test_word_refers_to_a_part_of_a_figure_as_to_any_figure(tmp_path):
    (tmp_path / "x.png").write_bytes(b64decode(png()))
    _, data = export(
        tmp_path,
        "docx",
        markdown(PARTS.replace(", @fig-runs and @fig-runs-2", " [see](#fig-both)")),
    )
    body = docx.Document(io.BytesIO(data)).element.body
    links = {link.get(qn("w:anchor")): link for link in body.iter(qn("w:hyperlink"))}
    marks = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}
    assert [*links] == ["_Ref_fig_one", "_Ref_fig_both"]
    assert set(links) <= marks
    assert not list(links["_Ref_fig_one"].iter(qn("w:rStyle")))
