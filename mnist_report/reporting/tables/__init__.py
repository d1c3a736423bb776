"""One function a table: `tables.scores(test, language="zh-CN")` returns a DataFrame of words."""

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
    data_files,
    environment,
    network,
    normalisations,
    pixel_statistics,
    recipe,
    run,
    shapes,
)
from mnist_report.reporting.tables.studies import comparison, origins, recipe_study

__all__ = ["baselines", "calibration", "digits", "disturbances", "label_accuracy", "label_recall"]
__all__ += ["mnist_c", "pairs", "per_class", "reject", "robustness", "scores", "shift"]
__all__ += ["class_counts", "data_files", "environment", "network", "normalisations"]
__all__ += ["pixel_statistics", "recipe", "run", "shapes"]
__all__ += ["comparison", "origins", "recipe_study", "words"]
