"""One function a figure: `figures.class_balance(counts, language="zh-CN")`.

Each takes plain arrays, dictionaries or tables and returns a matplotlib `Figure`.
"""

from mnist_report.figures.ablation import ladder, leave_one_out
from mnist_report.figures.attribution import attribution, feature_map, neighbours
from mnist_report.figures.baselines import baselines
from mnist_report.figures.confusable_pairs import (
    hypothesis_against_truth,
    pair_intervals,
    pair_spectrum,
)
from mnist_report.figures.evaluation import class_scores, confusion_counts, confusion_rates
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
from mnist_report.figures.handwriting import (
    page_accuracy,
    page_looks,
    photo_answers,
    photo_digits,
    photo_steps,
)
from mnist_report.figures.hardest_digits import hardest_digits
from mnist_report.figures.label_errors import label_suspects
from mnist_report.figures.preprocessing import (
    augmentation_grid,
    loader_cost,
    normalisation,
    split_balance,
)
from mnist_report.figures.published_program import discordant, peeking
from mnist_report.figures.reliability import reliability, risk_coverage
from mnist_report.figures.robustness import corruption_grid, external_test_set, robustness
from mnist_report.figures.scaling import scale
from mnist_report.figures.seeds import seeds
from mnist_report.figures.similarity import (
    class_distances,
    confusability,
    pca_scatter,
    tsne_scatter,
)
from mnist_report.figures.style import use_style
from mnist_report.figures.training import curves, feature_maps, filters, network

__all__ = [
    "attribution",
    "augmentation_grid",
    "baselines",
    "class_balance",
    "class_distances",
    "class_pixel_statistics",
    "class_scores",
    "confusability",
    "confusion_counts",
    "confusion_rates",
    "corruption_grid",
    "curves",
    "deviation_digits",
    "discordant",
    "external_test_set",
    "feature_map",
    "feature_maps",
    "filters",
    "hardest_digits",
    "hypothesis_against_truth",
    "ink_shape",
    "label_suspects",
    "ladder",
    "leave_one_out",
    "loader_cost",
    "mean_digits",
    "neighbours",
    "network",
    "normalisation",
    "page_accuracy",
    "page_looks",
    "pair_intervals",
    "pair_spectrum",
    "pca_scatter",
    "peeking",
    "photo_answers",
    "photo_digits",
    "photo_steps",
    "pixel_histogram",
    "reliability",
    "risk_coverage",
    "robustness",
    "sample_grid",
    "scale",
    "seeds",
    "split_balance",
    "tsne_scatter",
    "typical_digits",
    "use_style",
]
