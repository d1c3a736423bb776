"""The report on pictures of one's own, of three classes, by a network without convolutions."""

import json

import pytest
from PIL import Image

from mnist_report.common import settings
from mnist_report.reporting.notebooks import execute as execution
from mnist_report.reporting.notebooks import files
from notebook_report import export_notebook

pytestmark = pytest.mark.slow

NETWORK = """
class Flat(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.hidden = nn.Linear(784, 16)
        self.output = nn.Linear(16, classes)

    def forward(self, x):
        return self.output(F.relu(self.hidden(x.flatten(1))))
"""
RECIPE = 'based_on = "fast"\nnetwork = "flat.py:Flat"\nbatch_size = 20\nepochs = 3\n'
BOXES = {"wide bar": (2, 10, 26, 18), "tall bar": (10, 2, 18, 26), "dot": (11, 11, 17, 17)}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The HTML of the English and of the Chinese report."""
    folder = tmp_path_factory.mktemp("own")
    for name, box in BOXES.items():
        for number in range(60):
            place = folder / "signs" / name / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.new("L", (28, 28), 255 - number)
            picture.paste(number, box)
            picture.save(place)
    (folder / "flat.py").write_text(NETWORK, encoding="utf-8")
    (folder / "mine.toml").write_text(RECIPE, encoding="utf-8")
    pages = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(folder / "results"))
        patch.setenv("MNIST_REPORT_DATASET", str(folder / "signs"))
        patch.setenv("MNIST_REPORT_RECIPE", str(folder / "mine.toml"))
        copies = {path: folder / path.name for path in files.analysis_notebooks()}
        list(execution.execute_all(copies))
        for notebook, executed in copies.items():
            page = folder / f"{notebook.stem}.html"
            warnings = export_notebook(executed, "html", page, files.metadata_file())
            assert warnings == []
            pages[notebook.stem.removeprefix("own-data.")] = page.read_text(encoding="utf-8")
        return pages, json.loads(
            (folder / "results" / "signs" / "mine-s0" / "evaluation.json").read_text("utf-8")
        )


def test_it_names_the_classes_and_the_network(exported):
    pages, found = exported
    assert sorted(pages) == ["en", "zh-CN"]
    for page in pages.values():
        assert "signs" in page and "Flat" in page
        assert all(name in page for name in BOXES)
        assert f"{100 * found['test']['accuracy']:.2f}" in page
        assert page.count("data:image/") >= 10


def test_it_knows_nothing_of_digits(exported):
    pages, _ = exported
    text = pages["en"].lower()
    for word in ("digit", "handwrit", "convolutional", "{{"):
        assert word not in text
    assert "数字" not in pages["zh-CN"] and "卷积" not in pages["zh-CN"]


def test_a_network_of_ones_own_on_mnist_has_that_report_too(exported, monkeypatch, tmp_path):
    (tmp_path / "flat.py").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.delenv("MNIST_REPORT_DATASET", raising=False)
    monkeypatch.setenv("MNIST_REPORT_RECIPE", str(tmp_path / "mine.toml"))
    assert files.report_notebook("en").name == "own-data.en.ipynb"
    assert files.build_folder() == settings.project_root() / "report" / "build" / "mine"
