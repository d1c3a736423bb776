"""One function a table: `tables.scores(test, language="zh-CN")` returns a DataFrame of words."""

from mnist_report.common.words import words
from mnist_report.reporting.tables.data import pixel_statistics, shapes
from mnist_report.reporting.tables.evaluation import (
    baselines,
    calibration,
    label_accuracy,
    label_recall,
    pairs,
    reject,
    robustness,
)
from mnist_report.reporting.tables.handwriting import digits, disturbances
from mnist_report.reporting.tables.run import (
    class_counts,
    data_files,
    environment,
    network,
    normalisations,
    per_class,
    recipe,
    run,
    scores,
)
from mnist_report.reporting.tables.studies import comparison, origins, recipe_study

__all__ = [
    "baselines",
    "calibration",
    "class_counts",
    "comparison",
    "data_files",
    "digits",
    "disturbances",
    "environment",
    "label_accuracy",
    "label_recall",
    "network",
    "normalisations",
    "origins",
    "pairs",
    "per_class",
    "pixel_statistics",
    "recipe",
    "recipe_study",
    "reject",
    "robustness",
    "run",
    "scores",
    "shapes",
    "words",
]
