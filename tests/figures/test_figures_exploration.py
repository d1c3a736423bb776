"""Figures of the data: each in both languages, and the plotted data are the data given."""

from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from mnist_report import figures
from mnist_report.common.errors import ReportError
from mnist_report.common.words import LANGUAGES, words
from mnist_report.datasets import exploration
from mnist_report.datasets import shapes as datasets_shapes

pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.train_images[:1000].numpy()


@pytest.fixture(scope="module")
def labels(mnist):
    return mnist.train_labels[:1000].numpy()


@pytest.fixture(scope="module")
def arguments(images, labels):
    """What each figure draws."""
    counts = exploration.class_counts({"training": labels[:700], "test": labels[700:]})
    with threadpool_limits(1):  # threads would wait for each other on a busy machine
        points, shares = exploration.pca(images, 10)
        guess = exploration.confusability_hypothesis(images, labels)
    best, worst = exploration.extremes(datasets_shapes.ink(images), labels, 2)
    return {
        "sample_grid": (images, labels),
        "class_balance": (counts,),
        "pixel_histogram": (images,),
        "class_pixel_statistics": (exploration.pixel_statistics(images, labels),),
        "mean_digits": (exploration.mean_images(images, labels),),
        "deviation_digits": (exploration.deviation_images(images, labels),),
        "ink_shape": (datasets_shapes.digit_shapes(images, labels),),
        "typical_digits": (images[best], images[worst]),
        "class_distances": (exploration.class_distances(images, labels),),
        "pca_scatter": (points, labels, shares),
        "tsne_scatter": (points[:, :2], labels),
        "confusability": (guess,),
    }


NAMES = [
    "sample_grid",
    "class_balance",
    "pixel_histogram",
    "class_pixel_statistics",
    "mean_digits",
    "deviation_digits",
    "ink_shape",
    "typical_digits",
    "class_distances",
    "pca_scatter",
    "tsne_scatter",
    "confusability",
]


@pytest.fixture(scope="module")
def drawn(arguments):
    """Each figure, drawn once in each language."""

    @cache
    def draw(name, language):
        figure = getattr(figures, name)(*arguments[name], language=language)
        figure.canvas.draw()  # a missing glyph or a squeezed layout warns
        return figure

    return draw


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_each_figure_fits_the_page_and_speaks_the_language(name, language, drawn):
    figure = drawn(name, language)
    assert figure.get_figwidth() == pytest.approx(6.3)
    texts = [t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text()]
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in "".join(texts))
    assert chinese == (language == "zh-CN")


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_cut_off_at_the_edge(name, drawn):
    for language in LANGUAGES:
        figure = drawn(name, language)
        inner = figure.get_tightbbox()  # inches
        assert inner.x0 > -0.02, language
        assert inner.y0 > -0.02, language
        assert inner.x1 < figure.get_figwidth() + 0.02, language
        assert inner.y1 < figure.get_figheight() + 0.02, language


def test_an_unknown_language_is_refused(arguments):
    with pytest.raises(ReportError, match="'de'"):
        figures.class_balance(*arguments["class_balance"], language="de")


def test_sample_grid_shows_the_first_images_of_each_digit(images, labels):
    picture = figures.sample_grid(images, labels, rows=2).axes[0].images[0].get_array()
    third = images[labels == 3][1]
    assert np.array_equal(picture[31:59, 91:119], third)


def test_class_balance_draws_shares_of_each_set(arguments):
    (counts,) = arguments["class_balance"]
    axis = figures.class_balance(counts).axes[0]
    heights = [[bar.get_height() for bar in container] for container in axis.containers]
    assert np.allclose(heights, (100 * counts / counts.sum()).to_numpy().T)
    legend = [text.get_text() for text in axis.get_legend().get_texts()]
    assert {"training", "test"} <= set(legend)


def test_pixel_histogram_adds_up_to_all_pixels_and_prints_their_statistics(images, labels):
    axis = figures.pixel_histogram(images).axes[0]
    assert sum(bar.get_height() for bar in axis.patches) == pytest.approx(100)
    mean, deviation, empty = exploration.pixel_statistics(images, labels).loc["all"]
    expected = words()["pixel_summary"].format(empty=100 * empty, mean=mean, deviation=deviation)
    assert axis.texts[0].get_text() == expected


def test_mean_digits_draws_each_mean(arguments):
    (means,) = arguments["mean_digits"]
    figure = figures.mean_digits(means)
    drawn = [axis.images[0].get_array() for axis in figure.axes[:10]]
    assert np.allclose(drawn, means)
    assert [axis.get_title() for axis in figure.axes[:10]] == list("0123456789")


def test_ink_shape_draws_the_median_of_each_digit(arguments):
    (shapes,) = arguments["ink_shape"]
    axis = figures.ink_shape(shapes).axes[1]
    medians = shapes.groupby("digit")["slant"].median()
    drawn = {line.get_ydata()[0] for line in axis.lines if len(set(line.get_ydata())) == 1}
    assert all(np.isclose(list(drawn), median).any() for median in medians)


def test_class_distances_writes_each_distance_once(arguments):
    (distances,) = arguments["class_distances"]
    left, right = figures.class_distances(distances).axes
    written = [text.get_text() for text in left.texts if text.get_text()]
    rows, columns = np.tril_indices(10, -1)
    assert written == [f"{value:.1f}" for value in distances[rows, columns]]
    assert sorted(tick.get_text() for tick in right.get_xticklabels()) == list("0123456789")


def test_the_scatter_marks_each_digit_once(arguments):
    for name in ("pca_scatter", "tsne_scatter"):
        axis = getattr(figures, name)(*arguments[name]).axes[0]
        assert [text.get_text() for text in axis.texts] == list("0123456789")
        assert sum(len(part.get_offsets()) for part in axis.collections) == 1000


def test_confusability_draws_the_first_pairs(arguments):
    (guess,) = arguments["confusability"]
    axis = figures.confusability(guess, count=4).axes[0]
    assert [bar.get_height() for bar in axis.patches] == guess["score"].tolist()[:4]
    assert axis.get_xticklabels()[0].get_text() == "{}–{}".format(*guess["pair"][0])
