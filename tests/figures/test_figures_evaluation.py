"""Figures of the evaluation draw the numbers they are given, also when there are no errors."""

from itertools import combinations

import numpy as np
import pytest

from mnist_report import figures
from mnist_report.common.words import LANGUAGES
from mnist_report.evaluation.metrics import ClassScores
from mnist_report.figures.style import per_cent

PAIRS = list(combinations(range(10), 2))
PERFECT = np.diag(np.full(10, 100))


pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture
def matrix():
    counts = PERFECT.copy()
    counts[4, 9], counts[9, 4], counts[0, 6] = 3, 1, 20
    return counts


def gallery():
    """Four images with probabilities: a 4 read as 9, a close 9, a sure 4, a 2 read as something."""
    images = np.arange(4)[:, None, None] * np.ones((4, 28, 28), np.uint8)
    labels = np.array([4, 9, 4, 2])
    probabilities = np.full((4, 10), 0.0)
    probabilities[0, [4, 9, 1]] = 0.2, 0.7, 0.1
    probabilities[1, [4, 9]] = 0.4, 0.6
    probabilities[2, [4, 9]] = 0.999, 0.001
    probabilities[3, [7, 8, 1, 2]] = 0.5, 0.3, 0.15, 0.05
    return images, labels, probabilities


def cell_texts(axis):
    grid = [["" for _ in range(10)] for _ in range(10)]
    for text in axis.texts:
        column, row = map(round, text.get_position())
        grid[row][column] = text.get_text()
    return grid


def words_of(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_counts_are_written_into_their_cells_and_coloured_by_logarithm(matrix):
    axis = figures.confusion_counts(matrix).axes[0]
    written = cell_texts(axis)
    assert written[4][9] == "3"
    assert written[9][4] == "1"
    assert written[4][4] == "100"
    assert written[5][6] == ""
    mesh = axis.images[0]
    assert mesh.get_array().filled(0).tolist() == matrix.tolist()
    assert mesh.norm(10) == pytest.approx(0.5)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted digit", "true digit")


def test_rates_are_shares_of_the_true_digit_with_a_masked_diagonal(matrix):
    axis, side = figures.confusion_rates(matrix.tolist()).axes
    rates = axis.images[0].get_array()
    assert rates[0, 6] == pytest.approx(100 * 20 / 120)
    assert rates[4, 9] == pytest.approx(100 * 3 / 103)
    assert np.diag(rates).max() == 0
    masked = axis.images[1].get_array()
    assert (~np.ma.getmaskarray(masked)).nonzero()[0].tolist() == list(range(10))
    assert cell_texts(axis)[0][6] == "16.67"
    assert [bar.get_width() for bar in side.patches] == pytest.approx(rates.sum(axis=1).tolist())


@pytest.mark.parametrize("draw", [figures.confusion_counts, figures.confusion_rates])
@pytest.mark.parametrize("counts", [PERFECT, np.zeros((10, 10), int)])
def test_matrices_without_errors_or_images_are_drawn(draw, counts):
    written = cell_texts(draw(counts).axes[0])
    assert not any(written[i][j] for i in range(10) for j in range(10) if i != j)


def test_class_scores_are_in_per_cent():
    rows = [
        ClassScores(digit=d, precision=0.9 + d / 100, recall=0.8, f1=0.85, support=9)
        for d in range(10)
    ]
    axis = figures.class_scores(rows).axes[0]
    precision, recall, _ = (line.get_ydata() for line in axis.lines)
    assert precision == pytest.approx(np.arange(90, 100))
    assert recall == pytest.approx(np.full(10, 80))
    assert [t.get_text() for t in axis.get_legend().texts] == ["precision", "recall", "F1"]


def test_the_hardest_digits_always_show_the_true_one():
    images, labels, probabilities = gallery()
    drawn = words_of(figures.hardest_digits(images[2:], labels[2:], probabilities[2:]))
    assert drawn[:2] == ["4", ">99%"]
    assert drawn[6:] == ["7", "50%", "8", "30%", "2", "5%"]  # 1 is likelier, but 2 is the label


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        *((0.0, "<1%"), (0.005, "<1%"), (0.0051, "1%"), (0.5, "50%")),
        *((0.9949, "99%"), (0.995, ">99%"), (0.99999, ">99%")),
    ],
)
def test_a_probability_never_prints_as_nought_or_all(probability, text):
    assert per_cent(probability) == text


def test_the_guess_is_compared_by_ranks():
    shown = [(0, 1), (2, 7), (4, 9)]
    axis = figures.hypothesis_against_truth([1.0, 5.0, 9.0], [0.1, 40.0, 2.0], shown).axes[0]
    assert axis.collections[0].get_offsets().tolist() == [[3, 3], [2, 1], [1, 2]]
    assert [text.get_text() for text in axis.texts] == ["0–1", "2–7", "4–9"]
    assert axis.yaxis_inverted()


def test_a_guess_without_any_mass_is_drawn():
    axis = figures.hypothesis_against_truth([2.0, 1.0, 0.0], [0.0, 0.0, 0.0], PAIRS[:3]).axes[0]
    assert axis.collections[0].get_offsets()[:, 1].tolist() == [2, 2, 2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_all_its_glyphs_and_the_width_of_the_text(matrix, language):
    images, labels, probabilities = gallery()
    mass = [5.5, 2.5, *[0.0] * 43]
    classes = [ClassScores(digit=d, precision=1, recall=1, f1=1, support=9) for d in range(10)]
    drawn = [
        figures.confusion_counts(matrix, language=language),
        figures.confusion_rates(matrix, language=language),
        figures.class_scores(classes, language=language),
        figures.hardest_digits(images, labels, probabilities, language=language),
        figures.hypothesis_against_truth(mass, mass, PAIRS, language=language),
    ]
    for figure in drawn:
        figure.canvas.draw()  # a missing glyph warns, warnings are errors
        assert figure.get_figwidth() == 6.3
