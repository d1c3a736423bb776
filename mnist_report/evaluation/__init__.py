"""From logits and labels to numbers."""

import lazy_loader

from .evaluate import (
    ADDED,
    KEYS,
    Evaluation,
    add,
    evaluate,
    load_evaluation,
    measure,
    pooled_pairs,
    robustness_with_original,
    temperature,
)

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submodules=(
        "attribution",
        "baselines",
        "calibration",
        "confusable_pairs",
        "label_errors",
        "logits",
        "metrics",
        "optdigits",
        "rejection",
        "robustness",
        "statistics",
    ),
)
__all__ = [
    "ADDED",
    "KEYS",
    "Evaluation",
    "add",
    "evaluate",
    "load_evaluation",
    "measure",
    "pooled_pairs",
    "robustness_with_original",
    "temperature",
]
