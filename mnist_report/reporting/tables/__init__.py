"""One function a table: `tables.scores(test, language="zh-CN")` returns a DataFrame of words."""

# ruff: noqa: F401, I001 (what is imported here, line by line, is what notebooks call)

from mnist_report.common.words import words
from .evaluation import baselines, calibration, digits, disturbances, label_accuracy, label_recall
from .evaluation import mnist_c, pairs, per_class, reject, robustness, scores, shift
from .run import class_counts, comparison, data_files, environment, network, normalisations
from .run import origins, pixel_statistics, recipe, recipe_study, run, shapes

__all__ = [name for name, value in globals().items() if callable(value)]
