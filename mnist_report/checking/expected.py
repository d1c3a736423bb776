"""What a report must say: its values and tables, made again from a run's results.

The recorded studies are the hand-in's own. Everything else is computed by this project's code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd

from mnist_report import datasets, evaluation, training
from mnist_report.common.errors import ReportError
from mnist_report.datasets import exploration, mnist
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Split, pixel_statistics, stratified_split
from mnist_report.evaluation import Evaluation, confusable_pairs
from mnist_report.evaluation.robustness import Robustness
from mnist_report.reporting import tables
from mnist_report.reporting.tables.naming import Name
from mnist_report.reporting.values import reliability as reliability_values
from mnist_report.reporting.values import run as run_values
from mnist_report.reporting.values import studies as study_values
from mnist_report.reporting.values.prose import Values, as_json
from mnist_report.training import layers
from mnist_report.training.runs import Run


@dataclass(frozen=True)
class Expected:
    """What the values and tables of a report are made from.

    Attributes:
        run: the run that the report is about.
        evaluation: its evaluation, with the parts that were added to it.
        others: all runs of the hand-in, with their evaluations.
        studies: the recorded studies by name.
        data: the data set.
        language: of the report.
    """

    run: Run
    evaluation: Evaluation
    others: Sequence[tuple[Run, Evaluation]]
    studies: Mapping[str, Mapping[str, Any]]
    data: Dataset
    language: str

    @cached_property
    def found(self) -> confusable_pairs.Resampled:
        """The pairs that the runs of this recipe confuse, all seeds together."""
        same = [
            run
            for run, _ in self.others
            if run.summary["fingerprint"] == self.run.summary["fingerprint"]
        ]
        return evaluation.pooled_pairs(same, self.data)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the report's cells publish, as far as the results go; the rest is left out."""
        made: dict[str, Any] = {}
        for part in (self._of_the_run, self._of_reliability, self._of_the_study, self._of_studies):
            try:
                made |= as_json(part())
            except (AttributeError, KeyError, TypeError, ReportError):
                continue  # the results do not have it: the caller sees what is missing
        return made

    def table(self, name: Name) -> pd.DataFrame | None:
        """Make the table of a name; None if it is not ours, or the results have no such part."""
        if name.name not in TABLES:
            return None
        count = {} if name.count is None else {"count": name.count}
        try:
            given = TABLES[name.name](self)
            return getattr(tables, name.name)(given, language=self.language, **count)
        except (AttributeError, KeyError, TypeError, ReportError):
            return None  # the results do not have what it shows

    def _of_the_run(self) -> Values:
        split, guess = _split_and_guess()
        return run_values.of_run(self.run, self.evaluation, self.data, split, guess, self.found)

    def _of_reliability(self) -> Values:
        runs = [run for run, _ in self.others]
        return reliability_values.of_reliability(
            self.evaluation, self._robustness(), runs, self.data, self.language
        )

    def _of_the_study(self) -> dict[str, Any]:
        return {"study": study_values.of_recipe_study(self.studies["recipes"], self.run.recipe)}

    def _of_studies(self) -> dict[str, Any]:
        labels = self.data.test_labels.numpy()
        return {"studies": study_values.of_studies(self.studies, self.run, labels, self.language)}

    def _robustness(self) -> dict[str, Robustness]:
        """Like `evaluation.robustness_with_original`, from what is stored."""
        beside = {
            run.recipe.name: stored.robustness
            for run, stored in self.others
            if run.recipe.name == "original"
            and run.summary["seed"] == self.run.summary["seed"]
            and stored.robustness is not None
        }
        return beside | {self.run.recipe.name: self.evaluation.robustness}


@cache
def _split_and_guess() -> tuple[Split, pd.DataFrame]:
    """What depends on the data alone, once for all hand-ins of a process."""
    data = datasets.load()
    split = stratified_split(data.train_labels)
    images, labels = (x[split.train].numpy() for x in (data.train_images, data.train_labels))
    return split, exploration.confusability_hypothesis(images, labels)


def _counts(e: Expected) -> pd.DataFrame:
    labels = e.data.train_labels.numpy()
    held_out = training.split_for(e.run.recipe, 0, e.data).validation.numpy()
    sets = {
        "training": np.delete(labels, held_out),
        "validation": labels[held_out],
        "test": e.data.test_labels.numpy(),
    }
    return exploration.class_counts(sets)


def _measured(e: Expected) -> Any:
    return pixel_statistics(e.data.train_images[stratified_split(e.data.train_labels).train])


# What each table is made from, by the name that it carries (`tables.naming`).
TABLES: dict[str, Callable[[Expected], object]] = {
    "data_files": lambda e: mnist.FILES,
    "class_counts": _counts,
    "normalisations": _measured,
    "network": lambda e: layers.summarise(e.run.model()),
    "recipe": lambda e: e.run.recipe,
    "run": lambda e: e.run.summary,
    "environment": lambda e: e.run.summary["provenance"],
    "scores": lambda e: e.evaluation.test,
    "per_class": lambda e: e.evaluation.test,
    "pairs": lambda e: confusable_pairs.ranking(e.found),
    "baselines": lambda e: e.evaluation.baselines,
    "calibration": lambda e: e.evaluation.calibration,
    "reject": lambda e: e.evaluation.reject,
    "label_accuracy": lambda e: e.evaluation.label_audit,
    "label_recall": lambda e: e.evaluation.label_audit,
    "recipe_study": lambda e: e.studies["recipes"],
    "comparison": lambda e: e.studies["recipes"],
}
