"""Recognising digits that people wrote: from a photo to digits with probabilities.

`image_files` (file → grey) → `binarisation` (grey → ink) → `segmentation` (ink →
digits in reading order) → `datasets.shapes` (digit → MNIST's 28×28) → `recognition`
(the network's answer, and its doubt). `synthetic_pages` makes test pages of MNIST's digits, and
`accuracy` counts what is found and recognised on them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=("accuracy", "image_files", "recognition", "segmentation", "synthetic_pages"),
    submod_attrs={"recognition": ["Recogniser"]},
)
