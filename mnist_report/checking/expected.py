"""What a report must say: its values and tables, made again from a run's results.

The recorded studies are the hand-in's own. Everything else is computed by this project's code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from mnist_report.common.errors import ReportError
from mnist_report.datasets import exploration, load, mnist
from mnist_report.datasets.mnist import Mnist
from mnist_report.datasets.preprocessing import Split, pixel_statistics, stratified_split
from mnist_report.evaluation import confusable_pairs
from mnist_report.evaluation import evaluate as evaluation
from mnist_report.reporting.tables import evaluation as evaluation_tables
from mnist_report.reporting.tables import run as run_tables
from mnist_report.reporting.tables import studies as study_tables
from mnist_report.reporting.values import reliability as reliability_values
from mnist_report.reporting.values import run as run_values
from mnist_report.reporting.values import studies as study_values
from mnist_report.training import layers
from mnist_report.training import train as training
from mnist_report.training.runs import Run

LANGUAGE = re.compile(r",\s*language=LANGUAGE(?=\)$)")


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
    evaluation: Mapping[str, Any]
    others: Sequence[tuple[Run, Mapping[str, Any]]]
    studies: Mapping[str, Mapping[str, Any]]
    data: Mnist
    language: str

    @cached_property
    def found(self) -> confusable_pairs.Resampled:
        """The pairs that the runs of this recipe confuse, all seeds together."""
        same = [
            run
            for run, _ in self.others
            if run.summary["fingerprint"] == self.run.summary["fingerprint"]
        ]
        return evaluation.confusable_pairs(same, self.data)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the report's cells publish, as far as the results go; the rest is left out."""
        made: dict[str, Any] = {}
        for part in (self._of_the_run, self._of_reliability, self._of_the_study, self._of_studies):
            try:
                made |= part()
            except (KeyError, TypeError, ReportError):
                continue  # the results do not have it: the caller sees what is missing
        return json.loads(json.dumps(made))

    def table(self, source: str) -> pd.DataFrame | None:
        """The table that a cell of ours shows, found by its last line; None if it shows none."""
        call = LANGUAGE.sub("", source.strip().rsplit("\n", 1)[-1])
        if call not in TABLES:
            return None
        make, given = TABLES[call]
        try:
            return make(given(self), language=self.language)
        except (KeyError, TypeError, ReportError):
            return None  # the results do not have what it shows

    def _of_the_run(self) -> dict[str, Any]:
        split, guess = _split_and_guess()
        return run_values.collect(self.run, self.evaluation, self.data, split, guess, self.found)

    def _of_reliability(self) -> dict[str, Any]:
        runs = [run for run, _ in self.others]
        return reliability_values.collect(
            self.evaluation, self._robustness(), runs, self.data, self.language
        )

    def _of_the_study(self) -> dict[str, Any]:
        return {"study": study_values.recipe_values_of(self.studies["recipes"], self.run.recipe)}

    def _of_studies(self) -> dict[str, Any]:
        labels = self.data.test_labels.numpy()
        return {"studies": study_values.collect(self.studies, self.run, labels, self.language)}

    def _robustness(self) -> dict[str, Any]:
        """Like `robustness.beside_original`, from what is stored."""
        beside = {
            run.recipe.name: stored["robustness"]
            for run, stored in self.others
            if run.recipe.name == "original"
            and run.summary["seed"] == self.run.summary["seed"]
            and "robustness" in stored
        }
        return beside | {self.run.recipe.name: self.evaluation["robustness"]}


@cache
def _split_and_guess() -> tuple[Split, pd.DataFrame]:
    """What depends on the data alone, once for all hand-ins of a process."""
    data = load.load()
    split = stratified_split(data.train_labels)
    images, labels = (x[split.train].numpy() for x in (data.train_images, data.train_labels))
    return split, exploration.confusability_guess(images, labels)


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


# By the last line of the cells of notebooks and reports that show a table, its language left out:
# the function that makes it, and what it is given.
TABLES: dict[str, tuple[Callable[..., pd.DataFrame], Callable[[Expected], Any]]] = {
    "run_tables.data_files(mnist.checksums())": (run_tables.data_files, lambda e: mnist.FILES),
    "run_tables.class_counts(counts)": (run_tables.class_counts, _counts),
    "run_tables.normalisations(measured)": (run_tables.normalisations, _measured),
    "run_tables.network(layers)": (run_tables.network, lambda e: layers.summarise(e.run.model())),
    "run_tables.recipe(recipe)": (run_tables.recipe, lambda e: e.run.recipe),
    "run_tables.recipe(run.recipe)": (run_tables.recipe, lambda e: e.run.recipe),
    "run_tables.run(run.summary)": (run_tables.run, lambda e: e.run.summary),
    'run_tables.environment(run.summary["provenance"])': (
        run_tables.environment,
        lambda e: e.run.summary["provenance"],
    ),
    'run_tables.scores(result["test"])': (run_tables.scores, lambda e: e.evaluation["test"]),
    'run_tables.per_class(result["test"])': (run_tables.per_class, lambda e: e.evaluation["test"]),
    "evaluation_tables.pairs(ranking, count=8)": (
        partial(evaluation_tables.pairs, count=8),
        lambda e: confusable_pairs.ranking(e.found),
    ),
    'evaluation_tables.baselines(result["baselines"])': (
        evaluation_tables.baselines,
        lambda e: e.evaluation["baselines"],
    ),
    "evaluation_tables.baselines(rivals)": (
        evaluation_tables.baselines,
        lambda e: e.evaluation["baselines"],
    ),
    'evaluation_tables.calibration(result["calibration"])': (
        evaluation_tables.calibration,
        lambda e: e.evaluation["calibration"],
    ),
    'evaluation_tables.reject(result["reject"])': (
        evaluation_tables.reject,
        lambda e: e.evaluation["reject"],
    ),
    'evaluation_tables.label_accuracy(result["label_audit"])': (
        evaluation_tables.label_accuracy,
        lambda e: e.evaluation["label_audit"],
    ),
    "evaluation_tables.label_accuracy(audit)": (
        evaluation_tables.label_accuracy,
        lambda e: e.evaluation["label_audit"],
    ),
    "evaluation_tables.label_recall(audit)": (
        evaluation_tables.label_recall,
        lambda e: e.evaluation["label_audit"],
    ),
    "study_tables.table(study)": (study_tables.table, lambda e: e.studies["recipes"]),
    'study_tables.comparison_table(records["recipes"])': (
        study_tables.comparison_table,
        lambda e: e.studies["recipes"],
    ),
}
