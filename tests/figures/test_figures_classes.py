"""Figures and tables of other classes than digits call them by their names, in both languages."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mnist_report import figures
from mnist_report.common.words import LANGUAGES
from mnist_report.datasets import exploration
from mnist_report.datasets.dataset import Classes
from mnist_report.evaluation import confusable_pairs, metrics
from mnist_report.evaluation.metrics import probabilities
from mnist_report.reporting import tables

pytestmark = pytest.mark.usefixtures("no_open_figures")

LONG = Classes(("narrow building", "ankle boot", "sea", "hill"), ("窄楼", "短靴", "海", "山"))
COUNT = len(LONG)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % COUNT
    images = rng.integers(0, 256, (80, 28, 28)).astype(np.uint8)
    logits = rng.normal(size=(80, COUNT))
    logits[np.arange(80), labels] += 1
    return images, labels, logits


def drawn(sample, language):
    """Every figure that names classes."""
    images, labels, logits = sample
    named = {"language": language, "classes": LONG}
    scores = metrics.evaluate_logits(logits, labels)
    matrix, given = scores.confusion_matrix, probabilities(logits)
    ranking = confusable_pairs.ranking(confusable_pairs.resample([logits], labels, replicates=20))
    spectra = confusable_pairs.spectra(logits, labels, [row.pair for row in ranking[:2]], 5)
    counts = exploration.class_counts({"training": labels, "test": labels[:9]}, COUNT)
    statistics = exploration.pixel_statistics(images, labels, COUNT)
    return [
        figures.sample_grid(images, labels, **named),
        figures.class_balance(counts, **named),
        figures.class_pixel_statistics(statistics, **named),
        figures.mean_digits(exploration.mean_images(images, labels, COUNT), **named),
        figures.confusion_counts(matrix, **named),
        figures.confusion_rates(matrix, **named),
        figures.class_scores(scores.per_class, **named),
        figures.hardest_digits(images[:5], labels[:5], given[:5], **named),
        figures.pair_spectrum(images, labels, given, spectra, **named),
        figures.pair_intervals(ranking, **named),
    ]


def texts(figure):
    words = [label.get_text() for axis in figure.axes for label in axis.get_xticklabels()]
    words += [label.get_text() for axis in figure.axes for label in axis.get_yticklabels()]
    words += [text.get_text() for text in figure.findobj(match=lambda x: hasattr(x, "get_text"))]
    return words


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_name_the_classes_and_none_speaks_of_digits(sample, language):
    for figure in drawn(sample, language):
        said = " | ".join(texts(figure))
        assert any(name in said for name in LONG.names(language))
        assert "digit" not in said and "数字" not in said
        assert "ink" not in said


def test_long_names_are_turned_where_they_would_touch(sample):
    _, labels, logits = sample
    matrix = np.array(metrics.evaluate_logits(logits, labels).confusion_matrix)
    turned = figures.confusion_counts(matrix, classes=LONG).axes[0].get_xticklabels()
    assert [label.get_text() for label in turned] == list(LONG.english)
    assert {label.get_rotation() for label in turned} == {40}
    short = figures.confusion_counts(matrix, language="zh-CN", classes=LONG).axes[0]
    assert {label.get_rotation() for label in short.get_xticklabels()} == {0}


def test_no_name_is_cut_off(sample):
    for figure in drawn(sample, "en"):
        width, height = figure.canvas.get_width_height()
        for axis in figure.axes:
            for label in (*axis.get_xticklabels(), *axis.get_yticklabels()):
                box = label.get_window_extent()
                if label.get_text() in LONG.english:
                    assert box.x0 >= -1 and box.y0 >= -1
                    assert box.x1 <= width + 1 and box.y1 <= height + 1


def test_a_class_with_fewer_images_shortens_the_grid(sample):
    images, labels, _ = sample
    keep = (labels != 2) | (np.arange(80) < 8)  # two of class 2
    picture = figures.sample_grid(images[keep], labels[keep], classes=LONG).axes[0].images[0]
    assert picture.get_array().shape == (2 * 30, COUNT * 30)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_name_the_classes(sample, language):
    _, labels, logits = sample
    scores = metrics.evaluate_logits(logits, labels)
    counts = exploration.class_counts({"test": labels}, COUNT)
    assert isinstance(counts, pd.DataFrame)
    for table in (
        tables.class_counts(counts, language, LONG),
        tables.per_class(scores, language, LONG),
    ):
        assert list(table.index[:COUNT]) == list(LONG.names(language))
        assert table.columns.name in {"class", "类别"}
    ranking = confusable_pairs.ranking(confusable_pairs.resample([logits], labels, replicates=20))
    assert len(ranking) == 6  # pairs of four classes
    table = tables.pairs(ranking, 2, language, LONG)
    assert table.index[0] == LONG.pair(ranking[0].pair, language)


def test_pairs_without_images_have_no_spectrum():
    logits = np.eye(3)[[0, 0, 2]] * 9
    labels = np.array([0, 0, 2])
    assert set(confusable_pairs.spectra(logits, labels, [(0, 1), (1, 2), (0, 2)])) == {
        (0, 1),
        (1, 2),
        (0, 2),
    }
    assert set(confusable_pairs.spectra(logits[:2], labels[:2], [(0, 1), (1, 2)])) == {(0, 1)}


def test_a_name_is_no_formula():
    """Nor does one that would be a wrong formula stop the figure."""
    names = (r"$\frac{$", "$x^2$", "{w} 100 %", "|$|")
    counts = pd.DataFrame({"training": range(1, 5), "test": range(1, 5)})
    matrix = np.eye(4, dtype=int) + 1
    for figure in (
        figures.class_balance(counts, classes=Classes(names)),
        figures.mean_digits(np.zeros((4, 28, 28)), classes=Classes(names)),
        figures.confusion_counts(matrix, classes=Classes(names)),
    ):
        assert {name.replace("$", r"\$") for name in names} <= set(texts(figure))
        plt.close(figure)
