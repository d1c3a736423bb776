"""From logits and labels to numbers."""

import lazy_loader

from mnist_report.evaluation.evaluate import (
    ADDED,
    add,
    evaluate,
    load_evaluation,
    measure,
    part,
    pooled_pairs,
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
    "add",
    "evaluate",
    "load_evaluation",
    "measure",
    "part",
    "pooled_pairs",
    "temperature",
]
