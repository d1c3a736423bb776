"""Values for the report's prose on reliability: how far the run can be trusted, and its cost."""

from collections.abc import Mapping, Sequence
from operator import itemgetter

import pandas as pd

from mnist_report.common.words import words
from mnist_report.datasets.dataset import Dataset
from mnist_report.evaluation import Evaluation, label_errors
from mnist_report.evaluation.baselines import Baseline, BaselineRecord, recorded
from mnist_report.evaluation.label_errors import LabelAudit
from mnist_report.evaluation.robustness import Robustness
from mnist_report.reporting.values.run import Values, largest_cell, only
from mnist_report.training.runs import Run

WORST = 3  # kinds of corruption named in the text
GEOMETRY = ("slant", "scale", "rotate", "displacement")  # what augmentation imitates
FOUND_AT = 1  # the place of `label_errors.DEPTHS` that the text speaks of


def of_reliability(
    evaluation: Evaluation,
    robustness: Mapping[str, Robustness],
    runs: Sequence[Run],
    data: Dataset,
    language: str | None = None,
) -> Values:
    """Gather the values of an evaluation with all its parts; names are in the language.

    `robustness` is that of `evaluation.robustness_with_original`, the run's last; by all finished
    `runs` the audit knows what no network classifies as labelled.
    """
    w = words(language)
    return Values(
        of_probabilities(evaluation),
        audit=_audit(evaluation.label_audit, runs, data),
        robustness=_robustness([*robustness.values()], w),
        second_hand=_external(evaluation),
        baselines=_baselines(evaluation.baselines, w, recorded(data)),
    )


def of_probabilities(evaluation: Evaluation) -> Values:
    """Return the values of calibration and reject option, which every evaluation has."""
    part = evaluation.reject
    reject = Values(part, left=part.left, familiar=part.familiar)  # None if it was made before
    return Values(calibration=evaluation.calibration, reject=reject)


def _audit(part: LabelAudit, runs: Sequence[Run], data: Dataset) -> Values:
    wrong = label_errors.never_right([run.test_logits for run in runs], data.test_labels.numpy())
    known = label_errors.DOUBTFUL_LABELS & set(wrong.tolist())
    return Values(
        only(part, "known", "found"),
        part.accuracy,
        depth=part.depths[FOUND_AT],
        recall=part.recall[FOUND_AT],
        recall_with_ambiguous=part.recall_with_ambiguous[FOUND_AT],
        runs=len(runs),
        never=Values(images=len(wrong), known=len(known)),
    )


def _robustness(parts: Sequence[Robustness], w: Mapping[str, str]) -> Values:
    """Values of the last of the parts, and of an earlier one, that of `original`, if any."""
    *others, part = parts
    worst = []
    for kind, mean in sorted(part.means.items(), key=itemgetter(1))[:WORST]:
        last = part.kinds[kind][-1]
        predicted = only(last, "confidence", "favourite", "favourite_share")
        worst.append(Values(predicted, name=w[f"kind_{kind}"], mean=mean, last=last.accuracy))
    return Values(
        _overall(part),
        images=part.images,
        kinds=len(part.means),
        worst=worst,
        original=_overall(others[0]) if others else None,
        shift=part.shift[-1] if part.shift else None,
    )


def _overall(part: Robustness) -> Values:
    """Mean accuracies, of all kinds, of those that move the strokes, and of all the others."""
    groups = {kind: "geometry" if kind in GEOMETRY else "others" for kind in part.means}
    means = pd.Series(part.means).groupby(groups).mean().to_dict()
    return Values(means, clean=part.clean.accuracy, mean=part.mean, mnist_c=part.mnist_c_mean)


def _external(evaluation: Evaluation) -> Values:
    """The drop in two steps: by the resolution, which MNIST's own digits show, and by the hands."""
    part, coarse = evaluation.external, evaluation.external.coarse.accuracy
    largest = largest_cell(part)
    return Values(
        only(part, "images", "accuracy", "errors"),
        coarse=coarse,
        by_resolution=evaluation.test.accuracy - coarse,
        by_hands=coarse - part.accuracy,
        largest=Values(largest, support=part.per_class[largest.true].support),
    )


def _baselines(
    rows: Sequence[Baseline], w: Mapping[str, str], record: BaselineRecord | None
) -> Values:
    """By name; `network` is the run's, `best` the most accurate of the others."""
    *others, network = rows
    best = max(others, key=lambda row: row.accuracy)
    named = {row.name: row for row in others} | {"best": best, "network": network}
    shown = {key: w.get(f"baseline_{row.name}", row.name) for key, row in named.items()}
    rows_by_name = {key: Values(row, name=shown[key]) for key, row in named.items()}
    origin = record and record.provenance
    return Values(
        rows_by_name,
        ratio=best.errors / max(network.errors, 1),  # times as many errors as the network makes
        recorded=origin and Values(date=origin.time[:10], device_name=origin.device_name),
    )
