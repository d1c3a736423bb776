"""The figures of ablation, data size and faults draw what the records hold."""

import numpy as np
import pytest
import study_samples
from matplotlib.lines import Line2D

from mnist_report import figures
from mnist_report.common.words import LANGUAGES, words
from mnist_report.evaluation.metrics import Misclassified
from mnist_report.figures.style import panels, round_logarithms
from mnist_report.studies import ablation, definitions, scaling

pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture(scope="module")
def records():
    return study_samples.records()


def lines(axis, marker) -> list[Line2D]:
    return [line for line in axis.lines if line.get_marker() == marker]


@pytest.mark.parametrize("name", ["ladder", "leave_one_out"])
def test_every_run_of_every_step_is_drawn(records, name):
    figure = getattr(figures, name)(records.ablation)
    rows = getattr(ablation, name)(records.ablation)
    errors, seconds = figure.axes
    drawn = [line.get_xdata() for line in lines(errors, "o")]
    assert np.array(drawn) == pytest.approx(100 * np.array([row.errors for row in rows]))
    means = [line.get_xdata()[0] for line in lines(errors, "|")]
    assert means == pytest.approx([100 * row.mean for row in rows])
    bars = [bar.get_width() for bar in seconds.patches]
    assert bars == pytest.approx([row.seconds for row in rows])
    assert len(errors.get_yticklabels()) == len(rows)


def test_the_interval_is_that_of_the_step(records):
    errors = figures.ladder(records.ablation).axes[0]
    ends = [line.get_xdata() for line in lines(errors, "None")]
    last = ablation.ladder(records.ablation)[-1]
    assert ends[-1] == pytest.approx([100 * bound for bound in last.interval])


def test_a_ladder_of_one_seed_has_no_intervals():
    axis = figures.ladder(study_samples.ablation(seeds=1)).axes[0]
    assert lines(axis, "None") == []


def test_scale_draws_all_runs_and_its_laws(records):
    figure = figures.scale(records.data_size)
    images, widths, seconds, _ = figure.axes
    steps = scaling.equal_steps(records.data_size)
    drawn = lines(images, "o")[1]
    assert drawn.get_xdata().tolist() == steps.x.tolist()
    assert drawn.get_ydata() == pytest.approx(100 * steps.error)
    (law,) = [line for line in images.lines if line.get_linestyle() == "--"]
    assert law.get_label().startswith("slope −0.50")
    assert law.get_ydata()[-1] / law.get_ydata()[0] == pytest.approx(550**-0.5, rel=0.02)
    assert lines(widths, "o")[0].get_xdata().tolist() == sorted(3 * definitions.WIDTHS)
    assert any("µs" in line.get_label() for line in seconds.lines)


def test_peeking_marks_the_best_epoch_of_either_set(records):
    axis = figures.peeking(records.faults).axes[0]
    assert [line.get_xdata().tolist() for line in lines(axis, "o")] == [[2]] * 3
    assert [line.get_xdata().tolist() for line in lines(axis, "D")] == [[3]] * 3
    assert [line.get_ydata()[0] for line in lines(axis, "o")] == pytest.approx([96, 97, 98])
    assert len(axis.get_legend().get_texts()) == 2


def misclassified(predicted: dict[int, int]) -> Misclassified:
    return Misclassified(index=list(predicted), predicted=list(predicted.values()))


def test_discordant_images_are_shown_with_both_answers():
    images = np.arange(20 * 28 * 28, dtype=np.uint8).reshape(20, 28, 28)
    labels = np.arange(20) % 10
    wrong = misclassified({1: 7, 2: 9, 3: 5}), misclassified({3: 6, 14: 8})
    figure = figures.discordant(images, labels, wrong, ("one", "two"))
    axis = figure.axes[0]
    texts = [text.get_text() for text in axis.texts]
    assert "4 → 8" in texts  # 14 is classified by the first alone
    assert {"1 → 7", "2 → 9"} <= set(texts)
    assert not any(text.startswith("3 → ") for text in texts)
    assert np.array_equal(axis.images[0].get_array(), images[14])
    assert any("one" in text and "1 images" in text for text in texts)


def test_many_discordant_images_are_taken_evenly():
    images, labels = np.zeros((100, 28, 28), np.uint8), np.zeros(100, int)
    wrong = misclassified({}), misclassified(dict.fromkeys(range(100), 1))
    figure = figures.discordant(images, labels, wrong, ("a", "b"), 5)
    assert len(figure.axes[0].images) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_are_drawn_in_either_language(records, language):
    drawn = [
        figures.ladder(records.ablation, language=language),
        figures.leave_one_out(records.ablation, language=language),
        figures.scale(records.data_size, language=language),
        figures.peeking(records.faults, language=language),
    ]
    for figure in drawn:
        figure.canvas.draw()  # a missing glyph warns, warnings are errors
    assert drawn[0].axes[1].get_xlabel() == words(language)["training_time_s"]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(23, 177, [20, 30, 50, 100, 200]), (0.04, 90, [0.01, 0.1, 1, 10, 100])],
)
def test_logarithmic_axes_have_round_ends(low, high, ticks):
    _, axis = panels()
    axis.plot([low, high])
    round_logarithms(axis.yaxis)
    assert axis.yaxis.get_majorticklocs().tolist() == pytest.approx(ticks)
    assert axis.get_ylim() == pytest.approx((ticks[0], ticks[-1]))
