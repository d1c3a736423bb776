"""From many runs to one record, and what it says."""

import lazy_loader

# Nothing is imported before it is used: every worker of a study begins in this room.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=("ablation", "comparison", "definitions", "published_program", "record", "scaling"),
    submod_attrs={"run": ["load", "load_all"]},
)
