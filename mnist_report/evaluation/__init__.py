"""From logits and labels to numbers."""

# ruff: noqa: F401 (what is imported here is what notebooks call)

import pkgutil

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
    __name__, [module.name for module in pkgutil.iter_modules(__path__)]
)
