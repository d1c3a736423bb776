"""Values and tables that a report must show, made again from results and the hand-in's records."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pandas as pd

from mnist_report import datasets, evaluation, training
from mnist_report.common.errors import ReportError
from mnist_report.datasets import Dataset, Split, exploration, mnist, stratified_split
from mnist_report.datasets.preprocessing import pixel_statistics
from mnist_report.evaluation import Evaluation, confusable_pairs
from mnist_report.reporting import tables, values
from mnist_report.reporting.tables.naming import Name
from mnist_report.studies.run import Records
from mnist_report.training import Run, layers


@dataclass(frozen=True)
class Expected:
    """Sources of the values and tables of a report on a run."""

    run: Run
    evaluation: Evaluation  # with the parts that were added to it
    others: Sequence[tuple[Run, Evaluation]]  # all runs of the hand-in, this one among them
    studies: Records  # None for those that are not there, or not of our form
    data: Dataset
    language: str

    @cached_property
    def found(self) -> confusable_pairs.Resampled:
        """The pairs that the runs of this recipe confuse, all seeds together."""
        fingerprint = self.run.summary.fingerprint
        same = [run for run, _ in self.others if run.summary.fingerprint == fingerprint]
        return evaluation.pooled_pairs(same, self.data)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The values that the report's cells hand over, as JSON, as far as the results go."""
        split, hypothesis = _prepared()
        one, data = self.evaluation, self.data
        made = [values.of_run(self.run, one, data, split, hypothesis, self.found)]
        if set(one.added) == set(evaluation.ADDED):
            runs = [run for run, _ in self.others]
            # As `evaluation.robustness_with_original` gathers it, from what is stored.
            original = [e for _, e in self.others if (e.recipe, e.seed) == ("original", one.seed)]
            beside = {e.recipe: e.robustness for e in (*original, one) if e.robustness}
            made.append(values.of_reliability(one, beside, runs, data, self.language))
        labels = data.test_labels.numpy()
        if recipes := self.studies.recipes:
            made.append({"study": values.of_recipe_study(recipes, self.run.recipe)})
        with suppress(KeyError, ReportError):  # recipes that the record does not compare
            if all(self.studies):
                studies = values.of_studies(self.studies, self.run, labels, self.language)
                made.append({"studies": studies})
        return {key: value for part in made for key, value in values.as_json(part).items()}

    @cached_property
    def table(self) -> Callable[[Name | None], pd.DataFrame | None]:
        """Give the table of a name; None if it is not ours, or the results have no such part."""
        return cache(self._table)  # notebook, Word and PDF show the same

    def _table(self, name: Name | None) -> pd.DataFrame | None:
        # Pairs of recipes that the record does not have, and networks whose code is not run.
        with suppress(ReportError):
            given = TABLES[name.name](self) if name and name.name in TABLES else None
            if given is not None:
                count = {} if name.count is None else {"count": name.count}
                return getattr(tables, name.name)(given, language=self.language, **count)
        return None


Expectations = Callable[[str], Sequence[Expected]]  # language → what to expect of each run


@cache
def _prepared() -> tuple[Split, pd.DataFrame]:
    """Make what depends on the data alone, once for all runs and languages."""
    data = datasets.load()
    split = stratified_split(data.train_labels)
    images, labels = (x[split.train].numpy() for x in (data.train_images, data.train_labels))
    return split, exploration.confusability_hypothesis(images, labels)


def _counts(e: Expected) -> pd.DataFrame:
    labels, split = e.data.train_labels.numpy(), training.split_for(e.run.recipe, 0, e.data)
    sets = {"training": labels[split.train], "validation": labels[split.validation]}
    return exploration.class_counts(sets | {"test": e.data.test_labels.numpy()})


# What each table is made from, by the name that it carries (`tables.naming`).
TABLES: dict[str, Callable[[Expected], object]] = {
    "data_files": lambda e: mnist.FILES,
    "class_counts": _counts,
    "normalisations": lambda e: pixel_statistics(e.data.train_images[_prepared()[0].train]),
    "network": lambda e: layers.summarise(e.run.model()),
    "recipe": lambda e: e.run.recipe,
    "run": lambda e: e.run.summary,
    "environment": lambda e: e.run.summary.provenance,
    "scores": lambda e: e.evaluation.test,
    "per_class": lambda e: e.evaluation.test,
    "pairs": lambda e: confusable_pairs.ranking(e.found),
    "baselines": lambda e: e.evaluation.baselines,
    "calibration": lambda e: e.evaluation.calibration,
    "reject": lambda e: e.evaluation.reject,
    "label_accuracy": lambda e: e.evaluation.label_audit,
    "label_recall": lambda e: e.evaluation.label_audit,
    "recipe_study": lambda e: e.studies.recipes,
    "comparison": lambda e: e.studies.recipes,
}
