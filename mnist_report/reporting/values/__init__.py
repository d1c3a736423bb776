"""The values in the prose: `{{ test.accuracy | percent(2) }}`; they are made nowhere else."""

# ruff: noqa: F401 (what is imported here is what notebooks call)

from mnist_report.studies.run import load_all as load_studies

from .reliability import of_probabilities, of_reliability
from .run import Values, as_json, hand_over, names, network_source, of_run
from .studies import of_recipe_study, of_studies

__all__ = [name for name, value in globals().items() if callable(value)]
