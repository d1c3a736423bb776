"""The gallery shows every figure, as the notebooks have it."""

import io

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from mnist_report import figures
from tools import gallery

LARGEST = 1.5e6  # bytes of all pictures


def png(colour: int) -> str:
    import base64

    made = io.BytesIO()
    Image.new("RGB", (840, 400), (colour, colour, colour)).save(made, "png")
    return base64.b64encode(made.getvalue()).decode()


def cell(source: str, *colours: int):
    outputs = [new_output("stream", text="1")]
    outputs += [new_output("display_data", {"image/png": png(colour)}) for colour in colours]
    return new_code_cell(source, outputs=outputs)


@pytest.fixture
def project(tmp_path):
    """A project with two notebooks: three figures, one of which comes twice."""
    (tmp_path / "notebooks").mkdir()
    notebooks = {
        "01_a": [
            cell("figures.use_style()"),
            cell("figures.filters(w)\nfigures.curves(h)", 10, 20),
        ],
        "02_b": [cell("figures.curves(h)", 30), cell("figures.scale(s)", 40), cell("f(1)", 50)],
    }
    for name, cells in notebooks.items():
        nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / f"{name}.ipynb")
    return tmp_path


def test_each_figure_is_shown_once_with_what_it_is(project):
    page = gallery.refresh(project).read_text(encoding="utf-8")
    assert page.index("## [01_a](../notebooks/01_a.ipynb)") < page.index("gallery/filters.png")
    assert page.count("gallery/curves.png") == 1
    assert page.index("gallery/curves.png") < page.index("## [02_b]")
    assert figures.scale.__doc__.splitlines()[0] in page
    shown = {path.stem: Image.open(path) for path in (project / "docs" / "gallery").iterdir()}
    assert {
        name: picture.convert("RGB").getpixel((0, 0))[0] for name, picture in shown.items()
    } == {
        "filters": 10,
        "curves": 20,
        "scale": 40,
    }
    assert {picture.size for picture in shown.values()} == {(420, 200)}


def test_pictures_of_figures_that_are_gone_go(project):
    (project / "docs" / "gallery").mkdir(parents=True)
    (project / "docs" / "gallery" / "old.png").touch()
    gallery.refresh(project)
    assert not (project / "docs" / "gallery" / "old.png").exists()


# The project's own gallery. After a change: `mnist-report notebooks --inplace`.


def test_every_figure_function_is_in_the_gallery():
    page = gallery.page().read_text(encoding="utf-8")
    assert [name for name in gallery.NAMES if f"`figures.{name}`" not in page] == []


def test_the_gallery_is_that_of_the_notebooks():
    entries = gallery.entries()
    assert gallery.page().read_text(encoding="utf-8") == gallery.text(entries)
    folder = gallery.page().with_suffix("")
    assert {path.stem for path in folder.iterdir()} == {entry.name for entry in entries}
    for entry in entries:
        shown = np.asarray(Image.open(folder / f"{entry.name}.png").convert("RGB"), dtype=int)
        assert np.abs(shown - np.asarray(entry.picture, dtype=int)).mean() < 3, entry.name


def test_the_gallery_is_small():
    folder = gallery.page().with_suffix("")
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST
