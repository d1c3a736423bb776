"""One function a figure: `figures.class_balance(counts, language="zh-CN")`.

Each takes plain arrays, dictionaries or tables and returns a matplotlib `Figure`.
"""

# ruff: noqa: F401, I001 (what is imported here, line by line, is what notebooks call)

from .evaluation import baselines, class_scores, confusion_counts, confusion_rates
from .evaluation import reliability, risk_coverage
from .exploration import class_balance, class_pixel_statistics, deviation_digits, ink_shape
from .exploration import mean_digits, pixel_histogram, sample_grid, typical_digits
from .galleries import attribution, discordant, hardest_digits, label_suspects, neighbours
from .handwriting import page_accuracy, page_looks, photo_answers, photo_digits, photo_steps
from .preprocessing import augmentation_grid, loader_cost, normalisation, split_balance
from .robustness import corruption_grid, external_test_set, robustness
from .similarity import class_distances, confusability, feature_map, hypothesis_against_truth
from .similarity import pair_intervals, pair_spectrum, pca_scatter, tsne_scatter
from .studies import ladder, leave_one_out, peeking, scale, seeds
from .style import use_style
from .training import curves, feature_maps, filters, network

__all__ = [name for name, value in globals().items() if callable(value)]
