"""One function a figure: `figures.class_balance(counts, language="zh-CN")`.

Each takes plain arrays, dictionaries or tables and returns a matplotlib `Figure`.
"""

from mnist_report.figures.evaluation import (
    class_scores,
    confusable_pairs,
    confusion_counts,
    confusion_rates,
    guess_against_truth,
)
from mnist_report.figures.exploration import (
    class_balance,
    class_pixel_statistics,
    deviation_digits,
    ink_shape,
    mean_digits,
    pixel_histogram,
    sample_grid,
    typical_digits,
)
from mnist_report.figures.galleries import hardest_digits, pair_gallery
from mnist_report.figures.likeness import (
    class_distances,
    confusability,
    pca_scatter,
    tsne_scatter,
)
from mnist_report.figures.preprocessing import (
    augmentation_grid,
    loader_cost,
    normalisation,
    split_balance,
)
from mnist_report.figures.studies import seeds
from mnist_report.figures.style import use_style
from mnist_report.figures.training import curves, feature_maps, filters, network

__all__ = [
    "augmentation_grid",
    "class_balance",
    "class_distances",
    "class_pixel_statistics",
    "class_scores",
    "confusability",
    "confusable_pairs",
    "confusion_counts",
    "confusion_rates",
    "curves",
    "deviation_digits",
    "feature_maps",
    "filters",
    "guess_against_truth",
    "hardest_digits",
    "ink_shape",
    "loader_cost",
    "mean_digits",
    "network",
    "normalisation",
    "pair_gallery",
    "pca_scatter",
    "pixel_histogram",
    "sample_grid",
    "seeds",
    "split_balance",
    "tsne_scatter",
    "typical_digits",
    "use_style",
]
