"""One function a table: `tables.scores(test, language="zh-CN")` returns a DataFrame of words."""

# ruff: noqa: F401 (what is imported here is what notebooks call)

from mnist_report.common.words import words
from mnist_report.reporting.tables.evaluation import (
    baselines,
    calibration,
    digits,
    disturbances,
    label_accuracy,
    label_recall,
    mnist_c,
    pairs,
    per_class,
    reject,
    robustness,
    scores,
    shift,
)
from mnist_report.reporting.tables.run import (
    class_counts,
    comparison,
    data_files,
    environment,
    network,
    normalisations,
    origins,
    pixel_statistics,
    recipe,
    recipe_study,
    run,
    shapes,
)

__all__ = [name for name, value in globals().items() if callable(value)]
