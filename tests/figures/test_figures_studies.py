"""The figure of a study draws every run, and can be read in either language."""

import pytest
from study_samples import TWO_RECIPES, study_of

from mnist_report import figures
from mnist_report.common.words import LANGUAGES

pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture
def study():
    return study_of(TWO_RECIPES)


def marked(axis, marker):
    """The errors drawn with a marker, a list a recipe."""
    return [line.get_xdata().tolist() for line in axis.lines if line.get_marker() == marker]


def test_every_run_its_mean_and_the_average_are_drawn(study):
    axis = figures.seeds(study).axes[0]
    assert marked(axis, "o") == [[4, 2, 3], [1, 2, 0.5]]  # no error is drawn at one half
    assert [x for (x,) in marked(axis, "|")] == pytest.approx([3, 1])
    assert marked(axis, "D") == [[1], [0.5]]
    low, high = axis.get_xlim()
    assert low < 0.5
    assert high > 4
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["fast", "standard"]


def test_the_interval_is_that_of_the_record(study):
    axis = figures.seeds(study).axes[0]
    ends = [line.get_xdata() for line in axis.lines if line.get_marker() == "None"]
    low, high = study.recipes[0].test.interval
    assert ends[0] == pytest.approx([max(1000 * (1 - high), 0.5), 1000 * (1 - low)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_drawn_in_either_language(study, language):
    figure = figures.seeds(study, language=language)
    figure.canvas.draw()  # a missing glyph warns, warnings are errors
    assert len(figure.legends[0].get_texts()) == 3
    assert "1,000" in figure.axes[0].get_xlabel()


def test_one_run_of_one_recipe_is_drawn():
    axis = figures.seeds(study_of({"fast": [[1, 2, 3]]})).axes[0]
    assert marked(axis, "o") == [[3]]
    assert axis.get_xlim() == (2, 5)
