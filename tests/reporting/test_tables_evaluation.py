"""Tables of the evaluation's parts: their numbers, their rounding, and both languages."""

import re

import pytest

from mnist_report.common.errors import ReportError
from mnist_report.common.words import LANGUAGES
from mnist_report.datasets.corruptions import KINDS
from mnist_report.evaluation.baselines import Baseline
from mnist_report.evaluation.calibration import Calibration
from mnist_report.evaluation.confusable_pairs import RankedPair
from mnist_report.evaluation.label_errors import Accuracies, LabelAudit
from mnist_report.evaluation.rejection import PostOffice, Reject
from mnist_report.evaluation.robustness import CorruptionRow, Robustness
from mnist_report.evaluation.statistics import CountedAccuracy, Interval
from mnist_report.reporting.tables import evaluation as tables

CALIBRATION = Calibration.model_construct(
    temperature=0.53095,
    **{"ece": 0.04804, "ece_width": 0.0481, "brier": 0.009727, "nll": 0.05953},
    **{"ece_calibrated": 0.00055, "ece_width_calibrated": 0.00145},
    **{"brier_calibrated": 0.005793, "nll_calibrated": 0.01207},
)
REJECT = Reject.model_construct(
    **{"target": 0.001, "threshold": 0.97516, "coverage": 0.9821, "answered": 9821},
    **{"errors": 5, "error": 5 / 9821, "interval": Interval(0.0001653, 0.0011877)},
    **{"caught": 33 / 38, "hindsight": 0.9907},
    post_office=PostOffice(letters=100_000, digits=6, by_hand=10270.7, astray=273.7),
    post_office_without=PostOffice(letters=100_000, digits=6, by_hand=0, astray=2258.4),
)
ACCURACY = {"errors": 29, "accuracy": 0.99709, "interval": Interval(0.99583, 0.998054)}
ROW = CountedAccuracy(images=9985, **ACCURACY)
AUDIT = LabelAudit.model_construct(
    accuracy=Accuracies(as_given=ROW, left_out=ROW, corrected=ROW),
    **{"depths": [10, 50], "recall": [4 / 15, 0.8], "recall_with_ambiguous": [0.3, 0.75]},
)
RANKING = [
    RankedPair(
        *((4, 9), 6.0, Interval(2.0, 11.0)),
        *(7.06, Interval(3.27, 11.63), Interval(1.0, 5.6)),
    )
] * 12
ROBUSTNESS = Robustness.model_construct(
    kinds={
        kind: [CorruptionRow.model_construct(accuracy=0.1 * s) for s in range(5, 10)]
        for kind in KINDS
    }
)
BASELINES = [
    Baseline(
        **ACCURACY,
        **{"name": "nearest_mean", "training_images": 55_000, "training_seconds": 0.825},
        **{"prediction_seconds": 21.6, "bytes": 132_449},
    ),
    Baseline(
        **ACCURACY,
        **{"name": "standard", "training_images": 55_000, "training_seconds": 92.35},
        **{"prediction_seconds": 1.25, "bytes": 313_528},
    ),
]


def every_table(language):
    return [
        tables.calibration(CALIBRATION, language),
        tables.reject(REJECT, language),
        tables.label_accuracy(AUDIT, language),
        tables.label_recall(AUDIT, language),
        tables.pairs(RANKING, 10, language),
        tables.robustness(ROBUSTNESS, language),
        tables.baselines(BASELINES, language),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_is_text_and_the_header_is_one_row(language):
    for table in every_table(language):
        cells = [*table.index, *table.columns, *table.to_numpy().ravel()]
        assert all(isinstance(cell, str) for cell in cells)
        assert not any(re.search(r"None|nan|[{}]", cell) for cell in cells)
        assert table.to_html().split("</thead>")[0].count("<tr") == 1


def test_both_languages_show_the_same_numbers():
    for english, chinese in zip(*map(every_table, LANGUAGES), strict=True):
        assert english.to_numpy().tolist() == chinese.to_numpy().tolist()
        assert english.columns.name != chinese.columns.name


def test_calibration_before_and_after():
    table = tables.calibration(CALIBRATION)
    assert table.loc["ECE, bins of equal mass (%)"].tolist() == ["4.80", "0.06"]
    assert table.loc["temperature"].tolist() == ["1", "0.531"]


def test_the_reject_option_says_what_it_costs():
    value = tables.reject(REJECT)["value"]
    assert value["errors among those answered"] == "5 / 9,821"
    assert value["error among those answered (%)"] == "0.051 (0.017–0.119)"
    assert value["letters sorted by hand, of 100,000 a day"] == "10,271"
    assert value["letters sent astray (without threshold)"] == "274 (2,258)"


def test_no_threshold_is_a_dash():
    assert tables.reject(REJECT.model_copy(update={"threshold": None}))["value"]["threshold"] == "–"


def test_label_audit_tables():
    assert tables.label_accuracy(AUDIT).loc["as given"].tolist() == [
        *("9,985", "29", "99.71 (99.58–99.81)"),
    ]
    assert tables.label_recall(AUDIT).to_numpy().tolist() == [["27", "30"], ["80", "75"]]


def test_pairs_have_intervals_and_stop_at_count():
    table = tables.pairs(RANKING, count=3)
    assert len(table) == 3
    assert table.iloc[0].tolist() == ["7.1 (3.3–11.6)", "6 (2–11)", "1–6"]


def test_robustness_has_a_row_a_kind_and_a_mean():
    table = tables.robustness(ROBUSTNESS)
    assert len(table) == 16
    assert table.loc["clouds"].tolist() == ["50.0", "60.0", "70.0", "80.0", "90.0", "70.0"]


def test_baselines_end_with_the_network():
    table = tables.baselines(BASELINES)
    assert table.loc["nearest class mean"].tolist()[2:] == ["0.82", "22", "0.13"]
    assert table.loc["standard"].tolist() == [
        *("55,000", "99.71 (99.58–99.81)", "92", "1.25", "0.31"),
    ]


def test_an_unknown_language_is_refused():
    with pytest.raises(ReportError, match="'fr'"):
        tables.calibration(CALIBRATION, "fr")


def test_mnist_c_ends_with_its_mean():
    rows = {kind: CorruptionRow.model_construct(**ACCURACY) for kind in ("fog", "stripe")}
    assert tables.mnist_c(ROBUSTNESS).empty
    table = tables.mnist_c(ROBUSTNESS.model_copy(update={"mnist_c": rows}), "en")
    assert list(table.index) == ["fog", "stripe", "mean"]
    assert table.iloc[2, 0] == f"{100 * ACCURACY['accuracy']:.1f}"
