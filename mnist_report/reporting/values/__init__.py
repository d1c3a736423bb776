"""The values in the prose: `{{ test.accuracy | percent(2) }}`; they are made nowhere else."""

from mnist_report.reporting.values.reliability import of_probabilities, of_reliability
from mnist_report.reporting.values.run import (
    Values,
    as_json,
    hand_over,
    names,
    network_source,
    of_run,
)
from mnist_report.reporting.values.studies import of_recipe_study, of_studies
from mnist_report.studies.run import load_all as load_studies

__all__ = ["Values", "as_json", "hand_over", "load_studies", "names", "network_source"]
__all__ += ["of_probabilities", "of_recipe_study", "of_reliability", "of_run", "of_studies"]
