"""One function a figure: `figures.class_balance(counts, language="zh-CN")`.

Each takes plain arrays, dictionaries or tables and returns a matplotlib `Figure`.
"""

from mnist_report.figures.exploration import (
    class_balance,
    class_distances,
    class_pixel_statistics,
    confusability,
    deviation_digits,
    ink_shape,
    mean_digits,
    pca_scatter,
    pixel_histogram,
    sample_grid,
    tsne_scatter,
    typical_digits,
)
from mnist_report.figures.preprocessing import (
    augmentation_grid,
    loader_cost,
    normalisation,
    split_balance,
)
from mnist_report.figures.style import use_style

__all__ = [
    "augmentation_grid",
    "class_balance",
    "class_distances",
    "class_pixel_statistics",
    "confusability",
    "deviation_digits",
    "ink_shape",
    "loader_cost",
    "mean_digits",
    "normalisation",
    "pca_scatter",
    "pixel_histogram",
    "sample_grid",
    "split_balance",
    "tsne_scatter",
    "typical_digits",
    "use_style",
]
