"""Figures of calibration, rejection, label audit, pairs, robustness, baselines and the inside."""

import numpy as np
import pytest

from mnist_report import figures
from mnist_report.common.words import LANGUAGES
from mnist_report.datasets.corruptions import KINDS
from mnist_report.evaluation import calibration, confusable_pairs, label_errors, rejection
from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.label_errors import Suspect
from mnist_report.evaluation.robustness import CorruptionRow, Robustness
from mnist_report.evaluation.statistics import Interval

pytestmark = pytest.mark.usefixtures("no_open_figures")


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    labels = np.arange(500) % 10
    logits = rng.normal(size=(500, 10))
    logits[np.arange(500), labels] += 3
    return logits, labels


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (500, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def calibrated(sample):
    return calibration.evaluate(*sample, 0.5)


@pytest.fixture(scope="module")
def reject(sample):
    return rejection.evaluate(sample, sample, 1.0, target=0.05)


@pytest.fixture(scope="module")
def ranking(sample):
    return confusable_pairs.ranking(
        confusable_pairs.resample([sample[0]], sample[1], replicates=50)
    )


SUSPECTS = [
    Suspect(
        index=index,
        given=index,
        predicted=predicted,
        probability=probability,
        given_probability=0.05,
        status=status,
    )
    for index, predicted, probability, status in (
        (3, 5, 0.9, "error"),
        (7, 1, 0.8, "ambiguous"),
        (9, 4, 0.7, ""),
    )
]


def part(accuracy):
    def row(value):
        interval = Interval(value - 0.01, value + 0.01)
        return CorruptionRow.model_construct(accuracy=value, interval=interval)

    kinds = {kind: [row(accuracy - 0.1 * k) for k in range(5)] for kind in KINDS}
    return Robustness.model_construct(clean=row(0.98), kinds=kinds)


def baseline(name, accuracy, interval):
    return Baseline.model_construct(name=name, accuracy=accuracy, interval=Interval(*interval))


BASELINES = [
    baseline(name, accuracy, (accuracy - 0.01, accuracy + 0.005))
    for name, accuracy in (("majority", 0.11), ("nearest_mean", 0.82), ("rbf_svm", 0.97))
]
NETWORK = baseline("standard", 0.996, (0.994, 0.997))


def scattered(labels):
    """Points of each digit around a place of its own."""
    noise = np.random.default_rng(0).normal(size=(len(labels), 2))
    return noise + 9 * np.stack([labels % 3, labels // 3], axis=1)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_reliability_draws_the_bins_of_both(calibrated):
    figure = figures.reliability(calibrated)
    for axis, bars, ending in zip(
        figure.axes[:2], figure.axes[2:], ("", "_calibrated"), strict=True
    ):
        rows = getattr(calibrated, f"reliability{ending}")
        points = axis.containers[0].lines[0].get_xydata()
        assert points.tolist() == [[row.confidence, row.accuracy] for row in rows]
        assert [bar.get_height() for bar in bars.patches] == [row.images for row in rows]
        (segments,) = axis.containers[0].lines[2]
        drawn = [segment[:, 1].tolist() for segment in segments.get_segments()]
        assert np.array(drawn) == pytest.approx(np.array([row.interval for row in rows]))
    assert "0.50" in figure.axes[1].get_title()


def test_the_reject_curve_and_its_threshold(reject):
    axis = figures.risk_coverage(reject).axes[0]
    curve = axis.lines[0].get_xydata() / 100
    assert curve[:, 1] == pytest.approx([row.error for row in reject.curve])
    assert 1 - curve[:, 0] == pytest.approx([row.coverage for row in reject.curve])
    chosen = axis.containers[0].lines[0].get_xydata()[0] / 100
    assert chosen == pytest.approx([1 - reject.coverage, reject.error])
    assert axis.get_xlim()[1] > 100 * (1 - reject.coverage)


def test_the_reject_curve_without_a_threshold(reject):
    axis = figures.risk_coverage(reject.model_copy(update={"threshold": None})).axes[0]
    assert len(axis.containers) == 0


def test_suspects_carry_their_index_and_what_was_read(images):
    figure = figures.label_suspects(images, SUSPECTS)
    assert texts(figure)[:4] == ["3", "3 → 5  90%", "7", "7 → 1  80%"]
    assert [image.get_array()[0, 0] for image in figure.axes[0].images] == [
        images[k, 0, 0] for k in (3, 7, 9)
    ]
    frames = [p for p in figure.axes[0].patches if p.get_linewidth() == 1.6]
    assert len(frames) == 2
    assert frames[0].get_edgecolor() != frames[1].get_edgecolor()


def test_the_spectrum_gives_both_digits_of_each_pair(images):
    given = np.full((500, 10), 0.0)
    given[0, [4, 9]], given[1, [4, 9]] = (0.9996, 0.0004), (0.25, 0.75)
    labels = np.array([4, 4])
    figure = figures.pair_spectrum(images[:2], labels, given, {(4, 9): [0, 1]})
    assert texts(figure)[2:] == ["4–9", "4: >99.9%", "9: <0.1%", "4: 25.0%", "9: 75.0%"]
    frames = [p for p in figure.axes[0].patches if p.get_linewidth() == 1.4]
    assert [frame.get_x() for frame in frames] == [2.08]  # the second image is misread


def test_pairs_have_their_intervals(ranking):
    left, right = figures.pair_intervals(ranking, count=5).axes
    assert left.containers[0].lines[0].get_xdata().tolist() == [row.expected for row in ranking[:5]]
    assert right.containers[0].lines[0].get_xdata().tolist() == [row.errors for row in ranking[:5]]
    (segments,) = left.containers[0].lines[2]
    drawn = np.array([segment[:, 0] for segment in segments.get_segments()])
    assert drawn == pytest.approx(np.array([row.expected_interval for row in ranking[:5]]))


def test_robustness_has_a_panel_a_kind_and_a_line_a_run():
    axes = figures.robustness({"original": part(0.7), "standard": part(0.9)}).axes
    assert len(axes) == 16
    for axis in axes:
        first, second = (line.get_ydata() for line in axis.lines)
        assert first == pytest.approx([98, 70, 60, 50, 40, 30])
        assert second == pytest.approx([98, 90, 80, 70, 60, 50])


def test_the_grid_shows_every_kind_and_severity(images):
    damaged = {kind: images[k * 5 : k * 5 + 5] for k, kind in enumerate(KINDS)}
    drawn = figures.corruption_grid(images[499], damaged).axes[0].images
    assert len(drawn) == 16 * 6
    assert np.array_equal(drawn[0].get_array(), images[499])
    assert np.array_equal(drawn[-1].get_array(), images[79])


def test_the_second_hand_frames_what_is_misread(images):
    figure = figures.external_test_set(images[:2, :8, :8] / 16, images[:2], [3, 4], [3, 9])
    assert texts(figure)[:2] == ["3", "4 → 9"]


def test_baselines_are_error_rates():
    axis = figures.baselines([*BASELINES, NETWORK]).axes[0]
    rates = [container.lines[0].get_xdata()[0] for container in axis.containers]
    assert rates == pytest.approx([89, 18, 3, 0.4])
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert (names[0], names[-1]) == ("most frequent class", "standard")
    marks = [container.lines[0].get_color() for container in axis.containers]
    assert marks[0] == marks[1] == marks[2] != marks[3]


def test_a_run_without_errors_can_be_drawn():
    perfect = baseline("best", 1.0, (0.9996, 1.0))
    assert "0.00" in texts(figures.baselines([perfect]))


def test_maps_are_scaled_to_their_strongest_pixel(images):
    maps = np.zeros((2, 28, 28))
    maps[0, 3, 4], maps[1, 5, 6] = -4, 0.5
    drawn = figures.attribution(images[:2], [(9, 4), (4, 9)], maps, maps).axes[0].images
    assert drawn[1].get_array().min() == -1
    assert drawn[4].get_array().max() == 1


def test_the_map_marks_the_misread():
    labels = np.arange(200) % 10
    points = scattered(labels)
    wrong = np.zeros(200, bool)
    wrong[[5, 50]] = True
    axis = figures.feature_map(points, labels, wrong).axes[0]
    assert np.asarray(axis.collections[-1].get_offsets()) == pytest.approx(points[[5, 50]])


def test_neighbours_are_framed_by_their_label(images):
    figure = figures.neighbours(
        images[:1], [4], [9], images[np.newaxis, 1:4], np.array([[9, 4, 9]])
    )
    assert texts(figure) == ["4 → 9", "9", "4", "9"]
    frames = [p.get_edgecolor() for p in figure.axes[0].patches if p.get_linewidth() == 1.0]
    assert frames[0] == frames[2] != frames[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_all_its_glyphs_and_the_width_of_the_text(
    sample, images, calibrated, reject, ranking, language
):
    logits, labels = sample
    given = label_errors.probabilities(logits)
    maps = np.random.default_rng(0).normal(size=(2, 28, 28))
    damaged = dict.fromkeys(KINDS, images[:5])
    points = scattered(labels)
    drawn = [
        figures.reliability(calibrated, language),
        figures.risk_coverage(reject, language),
        figures.label_suspects(images, SUSPECTS, language),
        figures.pair_spectrum(images, labels, given, {(4, 9): [4, 9]}, language),
        figures.pair_intervals(ranking, 15, language),
        figures.corruption_grid(images[0], damaged, language),
        figures.robustness({"a": part(0.9), "b": part(0.8)}, language),
        figures.external_test_set(
            images[:3, :8, :8] / 16, images[:3], [1, 2, 3], [1, 2, 5], language
        ),
        figures.baselines([*BASELINES, NETWORK], language),
        figures.attribution(images[:2], [(9, 4), (4, 9)], maps, maps, language),
        figures.feature_map(points, labels, logits.argmax(1) != labels, language),
        figures.neighbours(
            images[:1], [4], [9], images[np.newaxis, 1:4], np.array([[9, 4, 9]]), language
        ),
    ]
    for figure in drawn:
        figure.canvas.draw()  # a missing glyph warns, warnings are errors
        assert figure.get_figwidth() == 6.3
