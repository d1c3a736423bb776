"""What a document leaves out: cells of the other length, and chapters by name."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_report import export_notebook, selection
from notebook_report.errors import ExportError

METADATA = "title: T\ntoc: false\n"
PNG_FREE = new_output("stream", name="stdout", text="drawn")


def cell(text, *tags):
    return new_markdown_cell(text, metadata={"tags": list(tags)})


NOTEBOOK = new_notebook(
    cells=[
        cell("# Brief {#sec-first}", "short"),
        cell("# Long {#sec-first}", "full"),
        cell(
            "Shared{% if 'sec-more' in document.anchors %}, see @sec-more{% endif %}"
            "{% if document.length == 'full' %}, in full{% endif %}."
        ),
        cell("## More {#sec-more}\n\nMuch more. As @sec-last says.", "full"),
        new_code_cell("draw()", outputs=[PNG_FREE], metadata={"tags": ["full"]}),
        cell("# Second {#sec-second}\n\nOf it.\n\n## Inner {#sec-inner}\n\n```\n# no heading\n```"),
        new_code_cell("draw()", outputs=[PNG_FREE]),
        cell("Still inner.\n\n# Last {#sec-last}\n\nThe end. It is unlike @sec-inner: shorter."),
    ]
)


def exported(tmp_path, notebook=NOTEBOOK, more="", **options):
    """The HTML page as text, and the warnings."""
    from nbformat import write

    write(notebook, tmp_path / "n.ipynb")
    (tmp_path / "metadata.yml").write_text(METADATA + more, encoding="utf-8")
    warnings = export_notebook(tmp_path / "n.ipynb", "html", tmp_path / "n.html", **options)
    return " ".join((tmp_path / "n.html").read_text(encoding="utf-8").split()), warnings


@pytest.mark.parametrize(
    ("more", "options", "is_full"),
    [
        ("", {}, False),
        ("length: full\n", {}, True),
        ("length: full\n", {"length": "short"}, False),
        ("", {"length": "full"}, True),
    ],
)
def test_a_length_leaves_out_the_cells_of_the_other(tmp_path, more, options, is_full):
    page, warnings = exported(tmp_path, more=more, **options)
    assert warnings == []
    assert ("Brief" in page, "Long" in page) == (not is_full, is_full)
    assert ("Much more" in page, "in full" in page) == (is_full, is_full)
    assert page.count("drawn") == 1 + is_full
    assert "Section 1.1" in page if is_full else "Shared." in page


def test_a_chapter_that_is_left_out_takes_all_below_it_along(tmp_path):
    page, warnings = exported(tmp_path, more="chapters: {second: false, last: true}\n")
    assert "Brief" in page and "The end." in page
    assert "Of it" not in page and "Still inner" not in page and "drawn" not in page
    assert any(
        "@sec-inner is not in the document; change the sentence “It is unlike @sec-inner: shorter.”"
        in warning
        for warning in warnings
    )


def test_a_section_may_be_left_out_alone(tmp_path):
    page, _ = exported(tmp_path, more="chapters: {inner: false}\n")
    assert "Of it" in page and "The end" in page
    assert "Inner" not in page and "no heading" not in page and "drawn" not in page


def test_a_chapter_without_a_heading_is_refused(tmp_path):
    with pytest.raises(ExportError, match="no heading is labelled 'nonsense'; known: first, more"):
        exported(tmp_path, more="chapters: {nonsense: false}\n")


@pytest.mark.parametrize("more", ["length: middling\n", "chapters: [inner]\n"])
def test_metadata_of_another_kind_are_refused(tmp_path, more):
    with pytest.raises(ExportError, match=r"metadata.yml line 3: must be"):
        exported(tmp_path, more=more)


def test_cells_keep_their_numbers(tmp_path):
    shown = selection.select(NOTEBOOK, "short", {})
    assert len(shown.cells) == len(NOTEBOOK.cells)
    assert [c.cell_type for c in shown.cells[1:5:2]] == ["raw", "raw"]
